import type { Tx } from '#kernel';
import type { Permit, PopulationPermit } from '#security';
import type { Contract } from '../contract/shape.ts';
import type { Slice } from '../read/apart.ts';
import { inPopulation } from '../read/relation.ts';
import { lockMarks } from '../read/mark-lock.ts';
import { IN_FORCE, readAliases } from '../read/standing.ts';
import { tableName } from '../store/table-plan.ts';

/**
 * What the register itself says of the enterprises of a slice, whatever their records: a parenthesised select with
 * enterprise_id, standing (`registered`, `provisional`) and size_class as they are now. Merged ones are in it.
 */
export function registerRelation(tx: Tx, permit: PopulationPermit, { from, until }: Slice): string {
  permit.assertUsable(tx);
  return `(select e.enterprise_id, e.standing, e.size_class from lists.enterprises e
    where e.enterprise_id >= ${from} and e.enterprise_id < ${until}${inPopulation(permit, 'e')})`;
}

export type TouchedSince = {
  readonly contracts: readonly Contract[];
  /** Enterprises of which anything in these contracts became known, or ceased to be, after this instant … */
  readonly since: Date;
  /** … and by this one. */
  readonly until: Date;
};

/**
 * The enterprises that deliveries, released rows, decisions of the register or marks touched between two instants, in the
 * order of their numbers; what was touched in a merged enterprise touches the one it went to. Ids, and no field of a record.
 */
export async function findTouched(
  tx: Tx,
  permit: PopulationPermit,
  { contracts, since, until }: TouchedSince,
): Promise<bigint[]> {
  permit.assertUsable(tx);
  await lockMarks(tx);
  const delivered = await readDelivered(tx, { contracts, since, until });
  const parts = contracts.flatMap((contract) => {
    const kind = delivered.get(contract.id);
    if (kind === undefined) return [];
    const begun = `select enterprise_id from ${tableName(contract)} where known_from > $1 and known_from <= $2`;
    // What a newer version ended has the newer version; only a withdrawal, or a decision undone, ends without one.
    const ended = `select enterprise_id from ${tableName(contract)} where known_to > $1 and known_to <= $2`;
    return kind.isEnding ? [begun, ended] : [begun];
  });
  const rows = await tx.rows<{ id: string }>(
    `with touched as (
       ${[...parts, ...REGISTER_PARTS].join('\n       union ')}
     )
     select distinct coalesce(a.enterprise_id, t.enterprise_id) as id
     from touched t
     left join lists.enterprise_aliases a
       on a.alias_id = t.enterprise_id and a.known_from <= $2 and a.known_to > $2
     order by 1`,
    [since, until, contracts.map(({ id }) => id)],
  );
  return rows.map(({ id }) => BigInt(id));
}

/** New enterprises, mergers made or undone, and marks set, lifted, or come to their day. */
const REGISTER_PARTS = [
  'select enterprise_id from lists.enterprises where made_at > $1 and made_at <= $2',
  `select unnest(array[enterprise_id, alias_id]) from lists.enterprise_aliases
         where known_from > $1 and known_from <= $2 or known_to > $1 and known_to <= $2`,
  `select enterprise_id from lists.marks where contract_id = any($3) and (
           known_from > $1 and known_from <= $2 or known_to > $1 and known_to <= $2
           or valid_from > $1 and valid_from <= $2 or valid_to > $1 and valid_to <= $2)`,
];

/** Contracts with a publication in between, and whether one of them may have ended records without new versions. */
async function readDelivered(
  tx: Tx,
  { contracts, since, until }: TouchedSince,
): Promise<Map<string, { readonly isEnding: boolean }>> {
  const rows = await tx.rows<{ contract_id: string; is_ending: boolean }>(
    `select d.contract_id, coalesce(bool_or(d.kind = 'withdrawal' or r.undone_at > $1), false) as is_ending
     from lists.deliveries d left join lists.held_releases r on r.delivery_no = d.delivery_no
     where d.contract_id = any($3) and (d.known_from > $1 and d.known_from <= $2
       or r.released_at > $1 and r.released_at <= $2 or r.undone_at > $1 and r.undone_at <= $2)
     group by d.contract_id`,
    [since, until, contracts.map(({ id }) => id)],
  );
  return new Map(rows.map(({ contract_id, is_ending }) => [contract_id, { isEnding: is_ending }]));
}

/** Whether an objection is open against any record of the Permit's subject in these contracts. */
export async function hasDisputed(tx: Tx, permit: Permit, contracts: readonly Contract[]): Promise<boolean> {
  const ids = await readAliases(tx, permit);
  const [row] = await tx.hotRows<{ found: boolean }>(
    'lists.has_disputed',
    `select exists (
       select from lists.marks m
       where m.enterprise_id = any($1) and m.contract_id = any($2) and m.mark = 'disputed' and ${IN_FORCE}) as found`,
    [ids, contracts.map(({ id }) => id)],
  );
  return row?.found === true;
}
