import { assertProof, beijingDate, type Tx } from '#kernel';
import { findEnterprise, readEnterprise } from '#lists';
import { type Admission, type Caller, requireAllowed } from '#security';
import { prepareConsent } from '../ask/prepare-consent.ts';
import { partiesOf } from '../ask/request-consent.ts';
import { requireAskerAdmitted } from '../ask/require-asker.ts';
import type { ConsentRequest } from '../ask/request-shape.ts';
import { requirePurpose } from '../ask/shape-terms.ts';
import { writeConsent } from '../ask/write-consent.ts';
import { changeState, type ChangedConsent, lockConsent, requireStep } from '../change-state.ts';
import type { ConsentContext } from '../consent-context.ts';
import { CONSENT_LIMITS } from '../consent-limits.ts';
import { consentRefusal } from '../consent-refusals.ts';
import type { ConsentRecord } from '../read-consents.ts';
import { sealConsent } from '../seal.ts';
import type { Line } from '../tables.ts';
import { readScan } from './scans.ts';

/** At whose hands: a person of the institution, under its admission. */
export type AtCounter = { readonly admission: Admission; readonly caller: Caller };

export type EnteredConsent = {
  readonly consentId: string;
  readonly state: 'pending';
  readonly words: readonly Line[];
  readonly digest: string;
  readonly confirmBy: Date;
};

/**
 * A clerk enters what an enterprise signed on paper, with the scan that `storeScan` keeps; it holds nothing before a
 * second person has confirmed it. The day on the paper is today or earlier.
 */
export async function enterPaperConsent(
  tx: Tx,
  context: ConsentContext,
  entered: AtCounter & {
    readonly request: ConsentRequest;
    readonly scanDigest: string;
    readonly signedOn: string;
  },
): Promise<EnteredConsent> {
  const { admission, caller, request, scanDigest, signedOn } = entered;
  assertProof(admission, 'Admission');
  requireAllowed(context.policies, caller, 'enter_paper_consent', {
    participant: caller.participantId ?? '',
  });
  requireAskerAdmitted(context.policies, { caller, admission, purpose: requirePurpose(request.purpose) });
  const at = context.clock.now();
  if (signedOn > beijingDate(at)) {
    throw consentRefusal('consent.dates_wrong', { reason: 'signedOn > today' });
  }
  const { type } = await readScan(context.scansFolder, scanDigest);
  const { enterprise: code, ...requested } = request;
  const enterprise = await findEnterprise(tx, code);
  const parties = partiesOf(admission, request.branch);
  const prepared = await prepareConsent(tx, context, { requested, parties, enterprise });
  const confirmBy = new Date(at.getTime() + CONSENT_LIMITS.confirmWithinMs);
  const { consentId } = await writeConsent(tx, {
    enterprise,
    ...prepared,
    fairUse: context.fairUse,
    givenHow: 'paper',
    requestedBy: caller.id,
    operator: admission.operator,
    requestedThrough: admission.platformId,
    paper: { digest: scanDigest, type, signedOn },
    at,
    answerBy: confirmBy,
  });
  const { lines, digest } = prepared.words;
  return { consentId, state: 'pending', words: lines, digest, confirmBy };
}

/** What the second person holds against the scan. Throws `consent.unknown` for anyone but the same institution. */
export async function readPaperConsent(
  tx: Tx,
  context: ConsentContext,
  { consentId, admission, caller }: AtCounter & { readonly consentId: string },
): Promise<ConsentRecord> {
  const record = await lockConsent(tx, context, consentId);
  if (record.institutionId !== admission.institutionId) throw consentRefusal('consent.unknown');
  requireAllowed(context.policies, caller, 'confirm_paper_consent', {
    participant: caller.participantId ?? '',
    earlierPersons: [record.requestedBy],
  });
  if (record.givenHow !== 'paper') throw consentRefusal('consent.not_on_paper');
  return record;
}

/**
 * The second person has held the entry against the paper: from now on it holds. Throws `policy.…` for the person who
 * entered it, `consent.words_changed` when the digest is not of what is shown.
 */
export async function confirmPaperConsent(
  tx: Tx,
  context: ConsentContext,
  confirmed: AtCounter & { readonly consentId: string; readonly digest: string },
): Promise<ChangedConsent> {
  const record = await readPaperConsent(tx, context, confirmed);
  requireStep('confirm', record.state);
  if (confirmed.digest !== record.digest) throw consentRefusal('consent.words_changed');
  const { code: enterpriseCode } = await readEnterprise(tx, record.enterpriseId);
  const signatory = { accountId: confirmed.caller.id, capacity: null, mandateId: null };
  const seal = sealConsent(context.keys, record, { signatory, enterpriseCode, at: context.clock.now() });
  return await changeState(tx, context, record, { act: 'confirm', by: confirmed.caller.id, seal });
}
