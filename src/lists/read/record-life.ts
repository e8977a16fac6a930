import assert from 'node:assert';
import { assertProof, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';
import { WITHHOLDING_SQL } from './mark-kinds.ts';
import { businessDay } from './records.ts';

/** Text of an instant as the database writes it, in microseconds; `infinity`: until now. */
export type ExactInstant = string;

/** When others could read a version of a record, and under which enterprise: its own, or one that it was merged into. */
export type RecordWindow = {
  readonly enterpriseId: EnterpriseId;
  readonly from: ExactInstant;
  readonly to: ExactInstant;
};

/** The times of one record and none of its values but its day. */
export type RecordLife = {
  readonly enterpriseId: EnterpriseId;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly recordId: string;
  readonly contract: string;
  /** Beijing date of its business time; null: it is of no period. */
  readonly businessDay: string | null;
  readonly windows: readonly RecordWindow[];
  /** When marks hid it from everybody but its enterprise. */
  readonly withheld: readonly { readonly from: Date; readonly to: Date | null }[];
};

/** A record as deliveries name it, `<delivery>:<row>`, of this enterprise and no other. */
export type RecordAddress = { readonly enterpriseId: EnterpriseId; readonly recordId: string };

/**
 * When these records of a contract could be read and when they were withheld, whether they stand still or not; what never was a
 * record is left out. For whoever must find what was told of them: the Grant is of such an act.
 */
export async function readRecordLives(
  tx: Tx,
  grant: Grant,
  { contract, records }: { readonly contract: Contract; readonly records: readonly RecordAddress[] },
): Promise<RecordLife[]> {
  assertProof(grant, 'Grant');
  const split = records.map(({ recordId }) => /^([^:]+):(\d{1,9})$/.exec(recordId));
  const versions = await tx.rows<VersionRow>(versionsOf(contract), [
    records.map(({ enterpriseId }) => enterpriseId),
    split.map((parts) => parts?.[1] ?? ''),
    split.map((parts) => Number(parts?.[2] ?? 0)),
    contract.id,
  ]);
  const marks = await tx.rows<MarkRow>(WITHHELD, [
    versions.map(({ enterprise_id }) => enterprise_id),
    versions.map(({ delivery_no }) => delivery_no),
    versions.map(({ row_no }) => row_no),
    contract.id,
  ]);
  const withheld = Map.groupBy(marks, placeOf);
  return [...Map.groupBy(versions, placeOf)].map(([place, own]) =>
    lifeOf(contract, own, withheld.get(place) ?? []),
  );
}

type Place = { readonly enterprise_id: string; readonly delivery_no: string; readonly row_no: number };
type VersionRow = Place & {
  readonly record: string;
  readonly business_day: string | null;
  readonly reader: string;
  readonly from: ExactInstant;
  readonly to: ExactInstant;
};
type MarkRow = Place & { readonly from: Date; readonly to: Date | null };

function placeOf({ enterprise_id, delivery_no, row_no }: Place): string {
  return `${enterprise_id} ${delivery_no} ${row_no}`;
}

function lifeOf(contract: Contract, versions: readonly VersionRow[], marks: readonly MarkRow[]): RecordLife {
  const [first] = versions;
  assert(first !== undefined, 'a record has its versions');
  return {
    enterpriseId: toEnterpriseId(first.enterprise_id),
    deliveryNo: first.delivery_no,
    rowNo: first.row_no,
    recordId: first.record,
    contract: contract.id,
    businessDay: first.business_day,
    windows: versions.map(({ reader, from, to }) => ({ enterpriseId: toEnterpriseId(reader), from, to })),
    withheld: marks.map(({ from, to }) => ({ from, to })),
  };
}

/** One row for each version and each enterprise under which it could be read. */
function versionsOf(contract: Contract): string {
  return `
    select v.enterprise_id, v.delivery_no, v.row_no, v.record, v.business_day::text, w.reader,
      w.known_from::text as from, w.known_to::text as to
    from (
      select r.enterprise_id, r.delivery_no, r.row_no, r.known_from, r.known_to,
        d.delivery_id || ':' || r.row_no as record, ${businessDay(contract)} as business_day
      from unnest($1::bigint[], $2::text[], $3::integer[]) as asked (enterprise_id, delivery_id, row_no)
      join lists.deliveries d on d.delivery_id = asked.delivery_id and d.contract_id = $4
      join ${tableName(contract)} r on r.enterprise_id = asked.enterprise_id and r.delivery_no = d.delivery_no
        and r.row_no = asked.row_no
    ) v
    cross join lateral (
      select v.enterprise_id as reader, v.known_from, v.known_to
      union all
      select a.enterprise_id, greatest(a.known_from, v.known_from), least(a.known_to, v.known_to)
      from lists.enterprise_aliases a
      where a.alias_id = v.enterprise_id and a.known_from < v.known_to and a.known_to > v.known_from
    ) w
    order by v.enterprise_id, v.delivery_no, v.row_no, w.known_from`;
}

const WITHHELD = `
  select distinct m.enterprise_id, m.delivery_no, m.row_no, greatest(m.known_from, m.valid_from) as from,
    nullif(least(m.known_to, m.valid_to), 'infinity') as to
  from unnest($1::bigint[], $2::bigint[], $3::integer[]) as asked (enterprise_id, delivery_no, row_no)
  join lists.marks m on m.enterprise_id = asked.enterprise_id and m.contract_id = $4
    and m.delivery_no = asked.delivery_no and m.row_no = asked.row_no
  where m.mark in (${WITHHOLDING_SQL})
    and greatest(m.known_from, m.valid_from) < least(m.known_to, m.valid_to)`;
