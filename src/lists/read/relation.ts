import type { Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/**
 * The only SQL under which a population's records may be read: a parenthesised select with the permitted fields,
 * the Permit's instant, its population and today's withholdings, which the planner inlines.
 * Columns: enterprise_id, delivery_no, row_no, known_from, is_disputed, then the permitted fields.
 */
export function relation(tx: Tx, permit: PopulationPermit, contract: Contract): string {
  permit.assertUsable(tx);
  const fields = permit.fields(contract.id).map(({ name }) => `, r.${name}`);
  const at = `timestamptz '${permit.asOf.knownAt.toISOString()}'`;
  const mark = `from lists.marks m
      where m.enterprise_id = r.enterprise_id and m.contract_id = '${contract.id}'
        and m.delivery_no = r.delivery_no and m.row_no = r.row_no
        and m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now()`;
  return `(
    select r.enterprise_id, r.delivery_no, r.row_no, r.known_from,
      exists (select ${mark} and m.mark = 'disputed') as is_disputed${fields.join('')}
    from ${tableName(contract)} r
    where r.known_from <= ${at} and r.known_to > ${at} and ${inPopulation(permit)}
      and not exists (select ${mark} and m.mark in ('withheld', 'repaired', 'annulled')))`;
}

function inPopulation(permit: PopulationPermit): string {
  const { population } = permit;
  return population.kind === 'list'
    ? `r.enterprise_id = any('{${population.ids.map((id) => String(BigInt(id))).join(',')}}'::bigint[])`
    : 'true';
}
