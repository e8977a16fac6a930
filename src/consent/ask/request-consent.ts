import assert from 'node:assert';
import type { Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Admission, type Caller, requireAllowed } from '#security';
import type { ConsentContext } from '../consent-context.ts';
import { CONSENT_LIMITS } from '../consent-limits.ts';
import type { Line } from '../tables.ts';
import { prepareConsent } from './prepare-consent.ts';
import type { ConsentRequest } from './request-shape.ts';
import { requireAskerAdmitted } from './require-asker.ts';
import { type Parties, requirePurpose } from './shape-terms.ts';
import { writeConsent } from './write-consent.ts';

export type PendingConsent = {
  readonly consentId: string;
  readonly state: 'pending';
  /** Given to the enterprise, by link or as a QR code; it shows nothing before that enterprise has signed in. */
  readonly code: string;
  readonly link: string;
  readonly expiresAt: Date;
  readonly words: readonly Line[];
  readonly digest: string;
};

export type AskedBy = {
  readonly admission: Admission;
  readonly caller: Caller;
  readonly request: ConsentRequest;
  /** When the asker stops waiting; absent: after a day. */
  readonly answerBy?: Date;
};

/**
 * Asks an enterprise for its consent, decoupled: it answers on its own phone, within a day. `request` has the shape of
 * `ConsentRequest`, see `requireRequest`. Throws what is wrong with it, or `policy.…` when the caller may not ask.
 */
export async function requestConsent(
  tx: Tx,
  context: ConsentContext,
  { admission, caller, request, ...asked }: AskedBy,
): Promise<PendingConsent> {
  requireAllowed(context.policies, caller, 'request_consent');
  const purpose = requirePurpose(request.purpose);
  requireAskerAdmitted(context.policies, { caller, admission, purpose });
  const { enterprise: code, ...requested } = request;
  const enterprise = await findEnterprise(tx, code);
  const parties = partiesOf(admission, request.branch);
  const prepared = await prepareConsent(tx, context, { requested, parties, enterprise });
  const at = context.clock.now();
  const answerBy = asked.answerBy ?? new Date(at.getTime() + CONSENT_LIMITS.answerWithinMs);
  const written = await writeConsent(tx, {
    enterprise,
    ...prepared,
    fairUse: context.fairUse,
    givenHow: 'decoupled',
    requestedBy: caller.id,
    operator: admission.operator,
    requestedThrough: admission.platformId,
    at,
    answerBy,
  });
  assert(written.code !== null, 'a decoupled consent has a code');
  return {
    consentId: written.consentId,
    state: 'pending',
    code: written.code,
    link: linkOf(context.publicUrl, written.code),
    expiresAt: answerBy,
    words: prepared.words.lines,
    digest: prepared.words.digest,
  };
}

/** Where the enterprise answers. */
function linkOf(publicUrl: string, code: string): string {
  return `${publicUrl.replace(/\/$/, '')}/consent/${code}`;
}

export function partiesOf(admission: Admission, branch: string | undefined): Parties {
  const { institutionId, institutionType, platformId } = admission;
  return { institutionId, institutionType, branchId: branch ?? null, platformId };
}
