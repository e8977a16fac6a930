import { assertProof, type EnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** A record that was known once, and whose. */
export type OwnRecordId = { readonly enterpriseId: EnterpriseId; readonly recordId: string };

/** What became of a version: it is live, another of the same natural key followed it, or it ended. */
export type RecordFate =
  | { readonly state: 'live' }
  | { readonly state: 'ended' }
  | { readonly state: 'replaced'; readonly by: string };

/**
 * What became of these records of one contract, by `<delivery>:<row>`; no value is read. One that the enterprise, and who was
 * merged into it, never had is not in the map. For whoever keeps marks where they belong, see `putMark`.
 */
export async function findFates(
  tx: Tx,
  grant: Grant,
  { contract, records }: { readonly contract: Contract; readonly records: readonly OwnRecordId[] },
): Promise<Map<string, RecordFate>> {
  assertProof(grant, 'Grant');
  const rows = await tx.rows<{ record: string; is_live: boolean; by: string | null }>(statement(contract), [
    records.map(({ enterpriseId }) => enterpriseId),
    records.map(({ recordId }) => recordId),
    contract.id,
  ]);
  return new Map(rows.map((row) => [row.record, fateOf(row)]));
}

function fateOf({ is_live, by }: { is_live: boolean; by: string | null }): RecordFate {
  if (is_live) return { state: 'live' };
  return by === null ? { state: 'ended' } : { state: 'replaced', by };
}

function statement(contract: Contract): string {
  const table = tableName(contract);
  const isSame = contract.naturalKey.map((name) => ` and s.${name} = r.${name}`).join('');
  return `
    select distinct on (asked.record) asked.record, r.known_to = 'infinity' as is_live, followed.by
    from unnest($1::bigint[], $2::text[]) as asked (enterprise_id, record)
    join lists.deliveries d on d.delivery_id = split_part(asked.record, ':', 1) and d.contract_id = $3
    cross join lateral (
      select asked.enterprise_id as id
      union all
      select a.alias_id from lists.enterprise_aliases a
      where a.enterprise_id = asked.enterprise_id and a.known_to = 'infinity'
    ) own
    join ${table} r on r.enterprise_id = own.id and r.delivery_no = d.delivery_no
      and r.row_no = split_part(asked.record, ':', 2)::integer
    left join lateral (
      select n.delivery_id || ':' || s.row_no as by from ${table} s join lists.deliveries n using (delivery_no)
      where s.enterprise_id = r.enterprise_id and s.known_to = 'infinity'${isSame}
      limit 1
    ) followed on true
    order by asked.record, r.known_to desc`;
}
