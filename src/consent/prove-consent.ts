import { type Clock, type EnterpriseId, proofMaker, toEnterpriseId, type Tx } from '#kernel';
import { readMergedIds } from '#lists';
import type { Consent, ConsentFacts, ConsentPurpose } from '#security';
import { mayEnterLevels } from './model-purposes.ts';
import { type StoredState, stateAt } from './states.ts';
import type { Scope } from './tables.ts';

/** The only maker of consents: what it states was looked at in this transaction. */
const mintConsent = proofMaker<'Consent', ConsentFacts>('Consent');

/** One form only: another case or width is another id, and there is none of that id. */
const CONSENT_ID = /^cns_[0-9a-hjkmnp-tv-z]{26}$/;

export function isConsentId(text: string): boolean {
  return CONSENT_ID.test(text);
}

export type ConsentAskedFor = {
  readonly consentId: string;
  /** Given: a consent of another enterprise is not found. */
  readonly enterpriseId?: EnterpriseId;
  /** To give an answer once more: the use that it counted is not held against it. */
  readonly isRepeat?: boolean;
};

/**
 * Looks the consent up as it stands now, in one prepared statement; called for every call and again in the transaction
 * of the answer, so that a revocation holds from the next look on. Undefined: there is no such consent. State, user,
 * purpose and scope are facts for the policy to judge; nothing is refused here.
 */
export async function proveConsent(
  tx: Tx,
  clock: Clock,
  { consentId, enterpriseId, isRepeat = false }: ConsentAskedFor,
): Promise<Consent | undefined> {
  if (!isConsentId(consentId)) return undefined;
  const row =
    enterpriseId === undefined
      ? await tx.together(findConsentsById, consentId)
      : await findConsent(tx, { consentId, enterpriseId });
  if (row === undefined) return undefined;
  const stored = isRepeat && row.stored === 'exhausted' ? 'active' : row.stored;
  const found = { ...row, stored, is_used_up: row.is_used_up && !isRepeat };
  return mintConsent(toFacts(found, { subject: enterpriseId, now: clock.now() }));
}

/** Of the enterprise itself, else of one that was merged into it. */
async function findConsent(
  tx: Tx,
  { consentId, enterpriseId }: { consentId: string; enterpriseId: EnterpriseId },
): Promise<Row | undefined> {
  const own = await tx.together(findConsents, { consentId, enterpriseId });
  if (own !== undefined) return own;
  for (const merged of (await readMergedIds(tx, enterpriseId)).slice(1)) {
    const found = await tx.together(findConsents, { consentId, enterpriseId: merged });
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findConsentsById(tx: Tx, ids: readonly string[]): Promise<(Row | undefined)[]> {
  const rows = await tx.hotRows<Row>('consent.prove_by_id', PROVE_BY_ID, [ids]);
  const found = new Map(rows.map((row) => [row.consent_id, row]));
  return ids.map((id) => found.get(id));
}

async function findConsents(
  tx: Tx,
  asked: readonly { consentId: string; enterpriseId: EnterpriseId }[],
): Promise<(Row | undefined)[]> {
  const rows = await tx.hotRows<Row>('consent.prove', PROVE, [
    asked.map(({ consentId }) => consentId),
    asked.map(({ enterpriseId }) => enterpriseId),
  ]);
  const found = new Map(rows.map((row) => [`${row.consent_id} ${row.enterprise_id}`, row]));
  return asked.map(({ consentId, enterpriseId }) => found.get(`${consentId} ${enterpriseId}`));
}

type Row = {
  consent_id: string;
  enterprise_id: string;
  stored: StoredState;
  purpose: ConsentPurpose;
  institution_id: string;
  branch_id: string | null;
  platforms: string[];
  /** JSON text of a `Scope`. */
  scope: string;
  data_from: string;
  data_to: string | null;
  template: string;
  valid_to: Date;
  answer_by: Date;
  is_used_up: boolean;
  terms_digest: string;
};

function toFacts(row: Row, { subject, now }: { subject: EnterpriseId | undefined; now: Date }): ConsentFacts {
  const givenAs = toEnterpriseId(row.enterprise_id);
  const times = { answerBy: row.answer_by, validTo: row.valid_to };
  return {
    consentId: row.consent_id,
    enterpriseId: subject ?? givenAs,
    givenAs,
    state: stateAt({ stored: row.stored, isUsedUp: row.is_used_up, ...times }, now),
    purpose: row.purpose,
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platforms: Object.freeze(row.platforms),
    ...readScope(row.scope, mayEnterLevels(row)),
    dataFrom: row.data_from,
    dataTo: row.data_to,
    termsDigest: row.terms_digest,
  };
}

type Scopes = Pick<ConsentFacts, 'scope' | 'verifyScope' | 'computeScope'>;

/**
 * Scopes read so far by their text. Consents are looked up at every call and many name the same fields; the same text
 * is the same sets here, by which the decision knows that it was asked before.
 */
const scopes = new Map<string, Scopes>();
const SCOPES_MAX = 2_000;

const NOTHING: ConsentFacts['computeScope'] = new Map();

/** `isComputed`: what may be compared and not shown may be computed with as well. */
function readScope(text: string, isComputed: boolean): Scopes {
  const key = `${isComputed} ${text}`;
  const known = scopes.get(key);
  if (known !== undefined) return known;
  const scope = JSON.parse(text) as Scope; // as this module wrote it
  const verifyScope = fieldsOf(scope, 'verifyOnly');
  const computeScope = isComputed ? verifyScope : NOTHING;
  const read = { scope: fieldsOf(scope, 'fields'), verifyScope, computeScope };
  if (scopes.size >= SCOPES_MAX) scopes.clear();
  scopes.set(key, read);
  return read;
}

function fieldsOf(scope: Scope, part: 'fields' | 'verifyOnly'): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(scope).map(([id, covered]) => [id, new Set(covered[part])]));
}

const CURRENT = `
  select c.consent_id, c.enterprise_id, s.state as stored, c.purpose, c.institution_id, c.branch_id, c.platforms,
    c.scope::text, c.data_from::text, c.data_to::text, c.template, c.valid_to, c.answer_by, c.terms_digest,
    c.fetch_mode = 'once' and exists (
      select from consent.use_counts u
      where u.enterprise_id = c.enterprise_id and u.consent_id = c.consent_id) as is_used_up
  from consent.consents c
  join consent.states s
    on s.enterprise_id = c.enterprise_id and s.consent_id = c.consent_id and s.known_to = 'infinity'`;

const PROVE = `${CURRENT}
  join (select distinct consent_id, enterprise_id from unnest((select $1::text[]), (select $2::bigint[])) as asked (consent_id, enterprise_id))
    asked on asked.consent_id = c.consent_id and asked.enterprise_id = c.enterprise_id`;

const PROVE_BY_ID = `${CURRENT}
  join consent.handles h on h.enterprise_id = c.enterprise_id and h.consent_id = c.consent_id
  where h.consent_id = any($1::text[])`;
