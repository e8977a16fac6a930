import { assertProof, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grant } from './decision/require-allowed.ts';
import type { DisclosureKind } from './disclosures.ts';

/** Under which enterprise a record could be read, and from when until when; instants as text of the database. */
export type ReadableWindow = {
  /** The caller's name for the record. Windows of one record and enterprise do not overlap. */
  readonly record: string;
  readonly enterpriseId: EnterpriseId;
  readonly from: string;
  readonly to: string;
};

export type TraceRequest = {
  readonly contract: string;
  readonly windows: readonly ReadableWindow[];
  /** What left before it is left out. */
  readonly since: Date;
};

/** What left of this contract, to whom, and nothing of what it said. */
export type TracedDisclosure = {
  /** Of which windows. */
  readonly record: string;
  readonly disclosureId: string;
  readonly enterpriseId: EnterpriseId;
  readonly kind: DisclosureKind;
  /** Names of the contract's fields that left; null: all that were permitted. Empty: something was made from them. */
  readonly fields: readonly string[] | null;
  readonly institution: string | null;
  readonly platform: string | null;
  readonly purpose: string;
  readonly consentId: string | null;
  readonly receiptId: string;
  readonly at: Date;
};

/**
 * Every disclosure whose contracts include this one and which showed a state of the node within one of the windows, in the
 * order of events. For whoever must correct what left: the Grant is of such an act.
 */
export async function traceDisclosures(
  tx: Tx,
  grant: Grant,
  { contract, windows, since }: TraceRequest,
): Promise<TracedDisclosure[]> {
  assertProof(grant, 'Grant');
  const rows = await tx.rows<Omit<TracedDisclosure, 'enterpriseId'> & { enterpriseId: string }>(TRACE, [
    windows.map(({ record }) => record),
    windows.map(({ enterpriseId }) => enterpriseId),
    windows.map(({ from }) => from),
    windows.map(({ to }) => to),
    contract,
    since,
  ]);
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}

/** An earlier state is asked about by `as_of`, a score of the past likewise; nothing later than `known_at` was in it. */
const TRACE = `
  select w.record, d.disclosure_id as "disclosureId", d.enterprise_id::text as "enterpriseId", d.kind,
    case when d.fields is not null then coalesce(d.fields -> $5::text, '[]') end as fields,
    d.institution, d.platform, d.purpose, d.consent_id as "consentId", d.receipt_id as "receiptId", d.at
  from unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) as w (record, enterprise_id, known_from, known_to)
  join security.disclosures d on d.enterprise_id = w.enterprise_id
    and least(d.as_of, d.known_at) >= w.known_from and least(d.as_of, d.known_at) < w.known_to
  where $5 = any(d.contracts) and d.at >= $6
  order by d.disclosure_id, w.record`;
