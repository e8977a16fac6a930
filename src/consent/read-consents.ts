import { type Clock, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { readMergedIds } from '#lists';
import type { ConsentPurpose, Permit } from '#security';
import { hashCode, isConsentCode } from './ask/write-consent.ts';
import { CONSENT_LIMITS } from './consent-limits.ts';
import { consentRefusal } from './consent-refusals.ts';
import { isConsentId } from './prove-consent.ts';
import { type StateReason, type StoredState, stateAt } from './states.ts';
import type {
  Capacity,
  DataLifeUnit,
  FrequencyUnit,
  GivenHow,
  Line,
  ScanType,
  Scope,
  Seal,
} from './tables.ts';

/** One version of a consent: what changed, by what, provable by its receipt. */
export type ConsentVersion = {
  readonly version: number;
  readonly state: StoredState;
  readonly reason: StateReason;
  readonly at: string;
  readonly capacity: Capacity | null;
  readonly receiptId: string | null;
};

/** A consent as its parties may see it. Dates are Beijing dates. */
export type ConsentRecord = {
  readonly consentId: string;
  readonly enterpriseId: EnterpriseId;
  readonly version: number;
  /** As of now: time and use are already in it. */
  readonly state: StoredState;
  readonly institutionId: string;
  readonly branchId: string | null;
  readonly platforms: readonly string[];
  readonly purpose: ConsentPurpose;
  readonly product: string | null;
  readonly scope: Scope;
  readonly fetch: 'once' | 'periodic';
  readonly frequency: { readonly count: number; readonly unit: FrequencyUnit } | null;
  readonly dataFrom: string;
  readonly dataTo: string | null;
  /** Since it was given; null: it was not. */
  readonly validFrom: Date | null;
  readonly validTo: Date;
  readonly dataLife: { readonly count: number; readonly unit: DataLifeUnit };
  readonly onwardSharing: false;
  readonly template: string;
  readonly words: readonly Line[];
  readonly digest: string;
  readonly fairUseHash: string;
  readonly givenHow: GivenHow;
  /** Kind of the scan and the day on the paper; null: not on paper. */
  readonly paper: { readonly digest: string; readonly type: ScanType; readonly signedOn: string } | null;
  readonly requestedBy: string;
  readonly requestedThrough: string | null;
  readonly requestedAt: Date;
  readonly answerBy: Date;
  readonly uses: number;
  readonly lastUsedAt: Date | null;
  readonly seal: Seal | null;
  readonly history: readonly ConsentVersion[];
};

/** The consent of this id or behind this code; undefined: there is none. Whom it may be shown is the caller's to see to. */
export async function findConsent(tx: Tx, clock: Clock, handle: string): Promise<ConsentRecord | undefined> {
  const [where, value] = isConsentId(handle)
    ? ['h.consent_id = $1', handle]
    : ['h.code_hash = $1', isConsentCode(handle) ? hashCode(handle) : null];
  if (value === null) return undefined;
  const [row] = await tx.rows<Row>(
    `${RECORDS}
     join consent.handles h on h.enterprise_id = c.enterprise_id and h.consent_id = c.consent_id
     where ${where}`,
    [value],
  );
  return row === undefined ? undefined : toRecord(row, clock.now());
}

/** What was found; throws `consent.unknown` when there is nothing, or nothing that may be told. */
export function requireConsent<Found>(found: Found | undefined): Found {
  if (found === undefined) throw consentRefusal('consent.unknown');
  return found;
}

/**
 * Every consent that the Permit's subject, or an enterprise merged into it, was asked for, newest first. Throws `consent.not_own` for a Permit that does
 * not include who learnt what of it.
 */
export async function listConsents(
  tx: Tx,
  clock: Clock,
  { permit, limit = CONSENT_LIMITS.listedMax }: { permit: Permit; limit?: number | 'all' },
): Promise<ConsentRecord[]> {
  permit.assertUsable(tx);
  if (!permit.mayListAccesses) throw consentRefusal('consent.not_own');
  const rows = await tx.rows<Row>(
    `${RECORDS} where c.enterprise_id = any($1::bigint[]) order by c.consent_id desc limit $2`,
    [
      await readMergedIds(tx, permit.subject),
      limit === 'all' ? null : Math.min(limit, CONSENT_LIMITS.listedMax),
    ],
  );
  return rows.map((row) => toRecord(row, clock.now()));
}

type Row = {
  consent_id: string;
  enterprise_id: string;
  version: number;
  state: StoredState;
  institution_id: string;
  branch_id: string | null;
  platforms: string[];
  purpose: ConsentPurpose;
  product: string | null;
  scope: Scope;
  fetch_mode: 'once' | 'periodic';
  frequency_count: number | null;
  frequency_unit: FrequencyUnit | null;
  data_from: string;
  data_to: string | null;
  valid_from: Date | null;
  valid_to: Date;
  data_life_count: number;
  data_life_unit: DataLifeUnit;
  template: string;
  words: Line[];
  terms_digest: string;
  fair_use_hash: string;
  given_how: GivenHow;
  scan_digest: string | null;
  scan_type: ScanType | null;
  signed_on: string | null;
  requested_by: string;
  requested_through: string | null;
  requested_at: Date;
  answer_by: Date;
  uses: number;
  last_used_at: Date | null;
  seal: Seal | null;
  history: ConsentVersion[];
};

const RECORDS = `
  select c.consent_id, c.enterprise_id, s.version, s.state, c.institution_id, c.branch_id, c.platforms, c.purpose,
    c.product, c.scope, c.fetch_mode, c.frequency_count, c.frequency_unit, c.data_from::text, c.data_to::text, c.valid_to,
    c.data_life_count, c.data_life_unit, c.template, c.words, c.terms_digest, c.fair_use_hash, c.given_how,
    c.scan_digest, c.scan_type, c.signed_on::text, c.requested_by, c.requested_through, c.requested_at, c.answer_by,
    v.history, v.valid_from, v.seal, u.uses, u.last_used_at
  from consent.consents c
  join consent.states s
    on s.enterprise_id = c.enterprise_id and s.consent_id = c.consent_id and s.known_to = 'infinity'
  cross join lateral (
    select coalesce(sum(uses), 0)::integer as uses, max(last_at) as last_used_at
    from consent.use_counts
    where enterprise_id = c.enterprise_id and consent_id = c.consent_id) u
  cross join lateral (
    select min(known_from) filter (where reason in ('granted', 'confirmed')) as valid_from,
      (array_agg(seal) filter (where seal is not null))[1] as seal,
      json_agg(json_build_object('version', version, 'state', state, 'reason', reason, 'capacity', capacity,
        'receiptId', receipt_id,
        'at', to_char(known_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by version) as history
    from consent.states
    where enterprise_id = c.enterprise_id and consent_id = c.consent_id) v`;

function toRecord(row: Row, now: Date): ConsentRecord {
  const isUsedUp = row.fetch_mode === 'once' && row.uses > 0;
  const times = { answerBy: row.answer_by, validTo: row.valid_to };
  return {
    consentId: row.consent_id,
    enterpriseId: toEnterpriseId(row.enterprise_id),
    version: row.version,
    state: stateAt({ stored: row.state, isUsedUp, ...times }, now),
    ...termsOf(row),
    validFrom: row.valid_from,
    validTo: row.valid_to,
    onwardSharing: false,
    template: row.template,
    words: row.words,
    digest: row.terms_digest,
    fairUseHash: row.fair_use_hash,
    givenHow: row.given_how,
    paper: paperOf(row),
    requestedBy: row.requested_by,
    requestedThrough: row.requested_through,
    requestedAt: row.requested_at,
    answerBy: row.answer_by,
    uses: row.uses,
    lastUsedAt: row.last_used_at,
    seal: row.seal,
    history: row.history,
  };
}

function termsOf(row: Row) {
  const { frequency_count: count, frequency_unit: unit } = row;
  return {
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platforms: row.platforms,
    purpose: row.purpose,
    product: row.product,
    scope: row.scope,
    fetch: row.fetch_mode,
    frequency: count === null || unit === null ? null : { count, unit },
    dataFrom: row.data_from,
    dataTo: row.data_to,
    dataLife: { count: row.data_life_count, unit: row.data_life_unit },
  };
}

function paperOf({ scan_digest: digest, scan_type: type, signed_on: signedOn }: Row): ConsentRecord['paper'] {
  return digest === null || type === null || signedOn === null ? null : { digest, type, signedOn };
}
