import { inTransaction, Refusal } from '#kernel';
import { type ConsentAsked, type ConsentProgress, proveAdmission } from '#platform';
import { type Caller, type ConsentState, recordRefusal } from '#security';
import { requestConsent } from './ask/request-consent.ts';
import { requireDetail } from './ask/request-shape.ts';
import type { ConsentContext } from './consent-context.ts';
import { consentRefusal } from './consent-refusals.ts';

export type BackchannelAsk = {
  readonly asked: ConsentAsked;
  readonly caller: Caller;
  /** Code of the enterprise, from the login hint. */
  readonly enterprise: string;
  readonly answerBy: Date;
};

/** How the question stands in the log when it is refused. */
const OPERATION = 'POST /oidc/backchannel';

/**
 * Asks an enterprise through OAuth without a browser (OpenID CIBA); it finds the request among its consents and answers
 * there. Undefined: there is no such enterprise, found out last, so that whoever may not ask is refused the same way
 * for any. Throws `consent.…`, `admission.…`, or `policy.…`, which leaves its leaf.
 */
export async function askByBackchannel(
  context: ConsentContext,
  ask: BackchannelAsk,
): Promise<string | undefined> {
  try {
    return await writeRequest(context, ask);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'register.no_enterprise') return undefined;
    if (error.text.status === 403) {
      await recordRefusal(context, error, { caller: ask.caller, operation: OPERATION });
    }
    throw error;
  }
}

async function writeRequest(context: ConsentContext, ask: BackchannelAsk): Promise<string> {
  const { asked, caller, enterprise, answerBy } = ask;
  const detail = requireDetail(asked.detail);
  if ('consent_id' in detail) throw consentRefusal('consent.unknown');
  const { type: _, institution, enterprise: __, ...terms } = detail;
  const use = {
    operator: caller.id,
    ...(institution === undefined ? {} : { institutionId: institution }),
    ...(terms.branch === undefined ? {} : { branchId: terms.branch }),
  };
  return await inTransaction(context.database, async (tx) => {
    const admission = await proveAdmission(tx, context.clock, caller, use);
    const request = { ...terms, enterprise };
    const { consentId } = await requestConsent(tx, context, { admission, caller, request, answerBy });
    return consentId;
  });
}

/** A consent that was paused or ended before its token was fetched gives none. */
export function progressOf(state: ConsentState | undefined): ConsentProgress {
  if (state === 'pending') return 'pending';
  return state === 'active' ? 'live' : 'declined';
}
