import type { Tx } from '#kernel';
import { readEnterprise, readMergedIds } from '#lists';
import { type Mandate, proveMandate } from '#platform';
import { type Caller, requireAllowed } from '#security';
import { changeState, type ChangedConsent, lockConsent, requireStep } from './change-state.ts';
import type { ConsentContext } from './consent-context.ts';
import { consentRefusal } from './consent-refusals.ts';
import { type ConsentRecord, findConsent } from './read-consents.ts';
import { sealConsent, type Signatory } from './seal.ts';

/** Who answers, and for which consent: its id, or the code of its link. */
export type Answer = { readonly caller: Caller; readonly consent: string };

/**
 * The consent as the enterprise reads it, words first. Whoever has not signed in for that enterprise learns nothing,
 * not even that there is one: `consent.unknown`.
 */
export async function readConsentWords(
  tx: Tx,
  context: ConsentContext,
  { caller, consent }: Answer,
): Promise<ConsentRecord> {
  const found = await findConsent(tx, context.clock, consent);
  if (found === undefined || !(await isOwn(tx, caller, found))) throw consentRefusal('consent.unknown');
  return found;
}

/** Asked of the caller's enterprise, or of one that is merged into it. */
async function isOwn(tx: Tx, { kind, enterpriseId }: Caller, found: ConsentRecord): Promise<boolean> {
  if (kind !== 'enterprise' || enterpriseId === null) return false;
  return (
    enterpriseId === found.enterpriseId ||
    (await readMergedIds(tx, enterpriseId)).includes(found.enterpriseId)
  );
}

/**
 * The enterprise agrees to the words whose digest it sends back; from now on the consent holds. Throws
 * `consent.words_changed`, `consent.on_paper`, `consent.wrong_state`, or why the caller may not answer.
 */
export async function grantConsent(
  tx: Tx,
  context: ConsentContext,
  { digest, ...answer }: Answer & { readonly digest: string },
): Promise<ChangedConsent> {
  const { record, signatory } = await openAnswer(tx, context, answer);
  if (record.givenHow === 'paper') throw consentRefusal('consent.on_paper');
  requireStep('grant', record.state);
  if (digest !== record.digest) throw consentRefusal('consent.words_changed');
  const { code: enterpriseCode } = await readEnterprise(tx, record.enterpriseId);
  const at = context.clock.now();
  const seal = sealConsent(context.keys, record, { signatory, enterpriseCode, at });
  return await changeState(tx, context, record, { act: 'grant', by: answer.caller.id, signatory, seal });
}

/** The enterprise declines; also a consent on paper that it does not know of, before the second person confirms it. */
export async function rejectConsent(
  tx: Tx,
  context: ConsentContext,
  answer: Answer,
): Promise<ChangedConsent> {
  return await answerWith(tx, context, { ...answer, act: 'reject' });
}

/** Nothing is given until it is resumed; time goes on. */
export async function pauseConsent(tx: Tx, context: ConsentContext, answer: Answer): Promise<ChangedConsent> {
  return await answerWith(tx, context, { ...answer, act: 'pause' });
}

export async function resumeConsent(
  tx: Tx,
  context: ConsentContext,
  answer: Answer,
): Promise<ChangedConsent> {
  return await answerWith(tx, context, { ...answer, act: 'resume' });
}

/** Ends it for good, from the next look on. */
export async function revokeConsent(
  tx: Tx,
  context: ConsentContext,
  answer: Answer,
): Promise<ChangedConsent> {
  return await answerWith(tx, context, { ...answer, act: 'revoke' });
}

async function answerWith(
  tx: Tx,
  context: ConsentContext,
  { act, ...answer }: Answer & { readonly act: 'reject' | 'pause' | 'resume' | 'revoke' },
): Promise<ChangedConsent> {
  const { record, signatory } = await openAnswer(tx, context, answer);
  return await changeState(tx, context, record, { act, by: answer.caller.id, signatory });
}

/** The consent under its lock, and who answers for the enterprise: by mandate, and for this enterprise only. */
async function openAnswer(
  tx: Tx,
  context: ConsentContext,
  { caller, consent }: Answer,
): Promise<{ record: ConsentRecord; signatory: Signatory }> {
  const { consentId, enterpriseId } = await readConsentWords(tx, context, { caller, consent });
  // What was asked of an enterprise merged into the caller's is the caller's own to answer, as just established.
  const enterprise = caller.enterpriseId ?? enterpriseId;
  requireAllowed(context.policies, caller, 'answer_consent', { enterprise });
  const mandate = await proveMandate(tx, context.clock, caller, 'consent');
  return { record: await lockConsent(tx, context, consentId), signatory: signatoryOf(mandate) };
}

function signatoryOf({ accountId, capacity, mandateId }: Mandate): Signatory {
  return { accountId, capacity, mandateId };
}
