import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { readEnterprise, requireExactCode } from '#lists';
import { type ConsentAsked, type ConsentType, proveMandate } from '#platform';
import { type Caller, requireAllowed } from '#security';
import { grantConsent, readConsentWords, rejectConsent } from './answer-consent.ts';
import { askByBackchannel, progressOf } from './ask-by-backchannel.ts';
import { readAskingParties, readPartyNames } from './ask/parties.ts';
import { checkTerms, prepareConsent, type PreparedConsent } from './ask/prepare-consent.ts';
import { type ConsentDetail, type RequestedTerms, requireDetail } from './ask/request-shape.ts';
import type { Parties } from './ask/shape-terms.ts';
import { writeConsent } from './ask/write-consent.ts';
import type { ConsentContext } from './consent-context.ts';
import { CONSENT_LIMITS } from './consent-limits.ts';
import { consentRefusal } from './consent-refusals.ts';
import { proveConsent } from './prove-consent.ts';
import { type ConsentRecord, findConsent } from './read-consents.ts';

type Full = Exclude<ConsentDetail, { consent_id: string }>;

/** Consent as identity carries it through OAuth 2.0 (PAR, RAR `credit_information`); the grant id is the consent id. */
export function makeConsentType(context: ConsentContext): ConsentType {
  const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(context.database, work);
  const stateOf = (consentId: string) =>
    within(async (tx) => (await proveConsent(tx, context.clock, { consentId }))?.state);
  return {
    type: 'credit_information',
    validate: async (asked) => within((tx) => validate(tx, context, asked)),
    describe: async (asked, enterpriseId) =>
      within(async (tx) => {
        const { words, digest } = await describe(tx, context, { asked, enterpriseId });
        return { lines: words, digest };
      }),
    onGranted: async (asked, by) => within((tx) => onGranted(tx, context, { asked, ...by })),
    onRejected: async (asked, { caller }) => within((tx) => onRejected(tx, context, { asked, caller })),
    ask: async (asked, by) => await askByBackchannel(context, { asked, ...by }),
    progressOf: async (consentId) => progressOf(await stateOf(consentId)),
    isLive: async (consentId) => (await stateOf(consentId)) === 'active',
  };
}

async function validate(tx: Tx, context: ConsentContext, asked: ConsentAsked): Promise<void> {
  requireExactEnterprise(asked.detail);
  const detail = requireDetail(asked.detail);
  if ('consent_id' in detail) {
    await requireOwnConsent(tx, context, asked, detail.consent_id);
    return;
  }
  const parties = await partiesOf(tx, asked, detail);
  await readPartyNames(tx, checkTerms(context, { requested: termsOf(detail), parties }));
}

/** Before the shape, which would only say that something in it is wrong. */
function requireExactEnterprise(detail: unknown): void {
  if (typeof detail !== 'object' || detail === null || !('enterprise' in detail)) return;
  if (typeof detail.enterprise === 'string') requireExactCode(detail.enterprise);
}

type Read = { readonly words: ConsentRecord['words']; readonly digest: string };

async function describe(
  tx: Tx,
  context: ConsentContext,
  { asked, enterpriseId }: { asked: ConsentAsked; enterpriseId: EnterpriseId },
): Promise<Read> {
  const detail = requireDetail(asked.detail);
  if (!('consent_id' in detail)) {
    const { words } = await prepare(tx, context, { asked, detail, enterpriseId });
    return { words: words.lines, digest: words.digest };
  }
  const record = await requireOwnConsent(tx, context, asked, detail.consent_id);
  if (record.enterpriseId !== enterpriseId) throw consentRefusal('consent.other_enterprise');
  return record;
}

type Answered = { readonly asked: ConsentAsked; readonly caller: Caller };

async function onGranted(
  tx: Tx,
  context: ConsentContext,
  { asked, caller, digest }: Answered & { digest: string },
): Promise<string> {
  const detail = requireDetail(asked.detail);
  if ('consent_id' in detail) {
    const { consentId, state } = await requireOwnConsent(tx, context, asked, detail.consent_id);
    const read = await readConsentWords(tx, context, { caller, consent: consentId });
    if (digest !== read.digest) throw consentRefusal('consent.words_changed');
    if (state !== 'active') await grantConsent(tx, context, { caller, consent: consentId, digest });
    return consentId;
  }
  const consentId = await writeAsked(tx, context, { asked, caller, detail });
  await grantConsent(tx, context, { caller, consent: consentId, digest });
  return consentId;
}

/** What was refused stands in the enterprise's list too. */
async function onRejected(tx: Tx, context: ConsentContext, { asked, caller }: Answered): Promise<void> {
  const detail = requireDetail(asked.detail);
  const consent =
    'consent_id' in detail ? detail.consent_id : await writeAsked(tx, context, { asked, caller, detail });
  await rejectConsent(tx, context, { caller, consent });
}

async function writeAsked(
  tx: Tx,
  context: ConsentContext,
  { asked, caller, detail }: Answered & { detail: Full },
): Promise<string> {
  const { enterpriseId } = caller;
  if (enterpriseId === null) throw consentRefusal('consent.not_own');
  requireAllowed(context.policies, caller, 'answer_consent', { enterprise: enterpriseId });
  await proveMandate(tx, context.clock, caller, 'consent');
  const prepared = await prepare(tx, context, { asked, detail, enterpriseId });
  const at = context.clock.now();
  const { consentId } = await writeConsent(tx, {
    enterprise: { enterpriseId },
    ...prepared,
    fairUse: context.fairUse,
    givenHow: 'redirect',
    requestedBy: `client:${asked.clientId}`,
    operator: `client:${asked.clientId}`,
    requestedThrough: asked.participantKind === 'platform' ? asked.participantId : null,
    at,
    answerBy: new Date(at.getTime() + CONSENT_LIMITS.answerWithinMs),
  });
  return consentId;
}

async function prepare(
  tx: Tx,
  context: ConsentContext,
  { asked, detail, enterpriseId }: { asked: ConsentAsked; detail: Full; enterpriseId: EnterpriseId },
): Promise<PreparedConsent> {
  const enterprise = await readEnterprise(tx, enterpriseId);
  if (detail.enterprise !== undefined && detail.enterprise !== enterprise.code) {
    throw consentRefusal('consent.other_enterprise');
  }
  const parties = await partiesOf(tx, asked, detail);
  return await prepareConsent(tx, context, { requested: termsOf(detail), parties, enterprise });
}

function termsOf(detail: Full): RequestedTerms {
  const { type: _type, enterprise: _enterprise, institution: _institution, ...terms } = detail;
  return terms;
}

function partiesOf(tx: Tx, asked: ConsentAsked, { institution, branch }: Full): Promise<Parties> {
  return readAskingParties(tx, { ...asked, institution, branch });
}

/** A consent of the client's own institution, or one that names the client's platform. Throws `consent.unknown`. */
async function requireOwnConsent(
  tx: Tx,
  context: ConsentContext,
  asked: ConsentAsked,
  consentId: string,
): Promise<ConsentRecord> {
  const record = await findConsent(tx, context.clock, consentId);
  if (record === undefined || !(await isOwn(tx, asked, record))) throw consentRefusal('consent.unknown');
  return record;
}

async function isOwn(tx: Tx, asked: ConsentAsked, record: ConsentRecord): Promise<boolean> {
  if (asked.participantKind === 'platform') return record.platforms.includes(asked.participantId);
  const parties = await readAskingParties(tx, { ...asked, institution: undefined, branch: undefined });
  return parties.institutionId === record.institutionId;
}
