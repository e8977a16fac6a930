import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf } from '#lists';
import type { FinancingPurpose } from '#security';
import { type StoredState, stateAt } from './states.ts';

/** A consent that is in force, towards its institution; what it covers is for `proveConsent` to say. */
export type StandingConsent = {
  /** Of merged enterprises the one that goes on. */
  readonly enterpriseId: EnterpriseId;
  readonly consentId: string;
  readonly institutionId: string;
  /** The one office that may use it; null: any. */
  readonly branchId: string | null;
  readonly platforms: readonly string[];
  readonly validTo: Date;
};

export type StandingAsked = {
  readonly enterpriseIds: readonly EnterpriseId[];
  readonly purpose: FinancingPurpose;
  readonly at: Date;
  /** Under a share lock to the end of the transaction: a revocation being written is waited for, a later one waits. */
  readonly isLocked?: boolean;
};

/**
 * The consents for one purpose that are in force at this instant, of these enterprises and of whoever is merged into them;
 * of several for one institution the one that lasts longest comes first.
 */
export async function readStandingConsents(tx: Tx, asked: StandingAsked): Promise<StandingConsent[]> {
  const { enterpriseIds, purpose, at, isLocked = false } = asked;
  const rows = await tx.rows<Row>(isLocked ? `${ACTIVE} for share of s` : ACTIVE, [enterpriseIds, purpose]);
  return rows.filter((row) => isActive(row, at)).map(toConsent);
}

type Row = {
  enterprise_id: string;
  consent_id: string;
  institution_id: string;
  branch_id: string | null;
  platforms: string[];
  state: StoredState;
  valid_to: Date;
  answer_by: Date;
  is_used_up: boolean;
};

/** Time and use may have ended it before anybody wrote that down. */
function isActive({ state, answer_by, valid_to, is_used_up }: Row, at: Date): boolean {
  const times = { answerBy: answer_by, validTo: valid_to };
  return stateAt({ stored: state, isUsedUp: is_used_up, ...times }, at) === 'active';
}

function toConsent(row: Row): StandingConsent {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    consentId: row.consent_id,
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platforms: row.platforms,
    validTo: row.valid_to,
  };
}

/** The share lock meets the update by which a change of state ends the row: who waited for it finds no such row. */
const ACTIVE = `
  select f.enterprise_id, c.consent_id, c.institution_id, c.branch_id, c.platforms, s.state, c.valid_to, c.answer_by,
    c.fetch_mode = 'once' and exists (
      select from consent.use_counts u
      where u.enterprise_id = c.enterprise_id and u.consent_id = c.consent_id) as is_used_up
  from ${familiesOf('$1')} f
  join consent.consents c on c.enterprise_id = f.member_id and c.purpose = $2
  join consent.states s on s.enterprise_id = c.enterprise_id and s.consent_id = c.consent_id
    and s.known_to = 'infinity' and s.state = 'active'
  order by f.enterprise_id, c.valid_to desc, c.consent_id`;
