import { type Clock, type EnterpriseId, proofMaker, toEnterpriseId, type Tx } from '#kernel';
import type { Consent, ConsentFacts, FinancingPurpose } from '#security';
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
};

/**
 * Looks the consent up as it stands now, in one prepared statement; called for every call and again in the transaction
 * of the answer, so that a revocation holds from the next look on. Undefined: there is no such consent. State, user,
 * purpose and scope are facts for the policy to judge; nothing is refused here.
 */
export async function proveConsent(
  tx: Tx,
  clock: Clock,
  { consentId, enterpriseId }: ConsentAskedFor,
): Promise<Consent | undefined> {
  if (!isConsentId(consentId)) return undefined;
  const [row] =
    enterpriseId === undefined
      ? await tx.hotRows<Row>('consent.prove_by_id', PROVE_BY_ID, [consentId])
      : await tx.hotRows<Row>('consent.prove', PROVE, [consentId, enterpriseId]);
  return row === undefined ? undefined : mintConsent(toFacts(row, clock.now()));
}

type Row = {
  consent_id: string;
  enterprise_id: string;
  stored: StoredState;
  purpose: FinancingPurpose;
  institution_id: string;
  branch_id: string | null;
  platforms: string[];
  scope: Scope;
  data_from: string;
  data_to: string | null;
  valid_to: Date;
  answer_by: Date;
  is_used_up: boolean;
  terms_digest: string;
};

function toFacts(row: Row, now: Date): ConsentFacts {
  const times = { answerBy: row.answer_by, validTo: row.valid_to };
  return {
    consentId: row.consent_id,
    enterpriseId: toEnterpriseId(row.enterprise_id),
    state: stateAt({ stored: row.stored, isUsedUp: row.is_used_up, ...times }, now),
    purpose: row.purpose,
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platforms: Object.freeze(row.platforms),
    scope: fieldsOf(row.scope, 'fields'),
    verifyScope: fieldsOf(row.scope, 'verifyOnly'),
    dataFrom: row.data_from,
    dataTo: row.data_to,
    termsDigest: row.terms_digest,
  };
}

function fieldsOf(scope: Scope, part: 'fields' | 'verifyOnly'): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(scope).map(([id, covered]) => [id, new Set(covered[part])]));
}

const CURRENT = `
  select c.consent_id, c.enterprise_id, s.state as stored, c.purpose, c.institution_id, c.branch_id, c.platforms,
    c.scope, c.data_from::text, c.data_to::text, c.valid_to, c.answer_by, c.terms_digest,
    c.fetch_mode = 'once' and exists (
      select from consent.use_counts u
      where u.enterprise_id = c.enterprise_id and u.consent_id = c.consent_id) as is_used_up
  from consent.consents c
  join consent.states s
    on s.enterprise_id = c.enterprise_id and s.consent_id = c.consent_id and s.known_to = 'infinity'`;

const PROVE = `${CURRENT}
  where c.consent_id = $1 and c.enterprise_id = $2`;

const PROVE_BY_ID = `${CURRENT}
  join consent.handles h on h.enterprise_id = c.enterprise_id and h.consent_id = c.consent_id
  where h.consent_id = $1`;
