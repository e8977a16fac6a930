import assert from 'node:assert';
import { assertProof, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

export type CorrectedSince = {
  readonly contract: Contract;
  /** Fields of which a change is a correction. */
  readonly fields: readonly string[];
  /** What ended after this instant … */
  readonly since: Date;
  /** … and by this one. */
  readonly until: Date;
};

/** A version that deliveries, or decisions about held rows, ended. */
export type CorrectedRecord = {
  readonly enterpriseId: EnterpriseId;
  readonly recordId: string;
  /** `withdrawn`: nothing came in its place. */
  readonly how: 'changed' | 'withdrawn';
  /** The delivery that changed it, or its own where it was withdrawn. */
  readonly deliveryId: string;
};

/**
 * The records of a contract that became known to be wrong between two instants, in the order of enterprises: changed in one of
 * the fields, or withdrawn. No value is in it. For whoever must find what was told of them: the Grant is of such an act.
 */
export async function findCorrected(tx: Tx, grant: Grant, asked: CorrectedSince): Promise<CorrectedRecord[]> {
  assertProof(grant, 'Grant');
  const { contract, since, until } = asked;
  requireFields(asked);
  const found = await readPublished(tx, asked);
  const parts = [
    ...(found.published && asked.fields.length > 0 ? [changedOf(asked)] : []),
    ...(found.ending ? [withdrawnOf(contract)] : []),
  ];
  if (parts.length === 0) return [];
  const rows = await tx.rows<{
    enterprise_id: string;
    record: string;
    how: 'changed' | 'withdrawn';
    by: string;
  }>(
    `select f.enterprise_id, d.delivery_id || ':' || f.row_no as record, f.how, b.delivery_id as by
     from (${parts.join('\n      union all ')}) f
     join lists.deliveries d on d.delivery_no = f.delivery_no
     join lists.deliveries b on b.delivery_no = f.by_no
     order by f.enterprise_id, f.delivery_no, f.row_no`,
    [since, until],
  );
  return rows.map(({ enterprise_id, record, how, by }) => ({
    enterpriseId: toEnterpriseId(enterprise_id),
    recordId: record,
    how,
    deliveryId: by,
  }));
}

function requireFields({ contract, fields }: CorrectedSince): void {
  const known = new Set(contract.fields.map(({ name }) => name));
  for (const name of fields) assert(known.has(name), `${contract.id} has no field ${name}`);
}

/** Whether anything was published in between, and whether something of it may have ended records without new versions. */
async function readPublished(
  tx: Tx,
  { contract, since, until }: CorrectedSince,
): Promise<{ readonly published: boolean; readonly ending: boolean }> {
  const [row] = await tx.rows<{ published: boolean; ending: boolean }>(
    `select coalesce(bool_or(true), false) as published,
       coalesce(bool_or(d.kind = 'withdrawal' or r.undone_at > $2), false) as ending
     from lists.deliveries d left join lists.held_releases r on r.delivery_no = d.delivery_no
     where d.contract_id = $1 and (d.known_from > $2 and d.known_from <= $3
       or r.released_at > $2 and r.released_at <= $3 or r.undone_at > $2 and r.undone_at <= $3)`,
    [contract.id, since, until],
  );
  assert(row !== undefined, 'an aggregate has its row');
  return row;
}

function isSameRecord(contract: Contract): string {
  return ['enterprise_id', ...contract.naturalKey].map((name) => `n.${name} = o.${name}`).join(' and ');
}

/** The version that ended at the instant at which the newer one began. */
function changedOf({ contract, fields }: CorrectedSince): string {
  const table = tableName(contract);
  const row = (alias: string): string => fields.map((name) => `${alias}.${name}`).join(', ');
  return `select o.enterprise_id, o.delivery_no, o.row_no, 'changed' as how, n.delivery_no as by_no
       from ${table} n join ${table} o on ${isSameRecord(contract)} and o.known_to = n.known_from
       where n.known_from > $1 and n.known_from <= $2 and (${row('n')}) is distinct from (${row('o')})`;
}

function withdrawnOf(contract: Contract): string {
  const table = tableName(contract);
  return `select o.enterprise_id, o.delivery_no, o.row_no, 'withdrawn', o.delivery_no
       from ${table} o
       where o.known_to > $1 and o.known_to <= $2
         and not exists (select from ${table} n where ${isSameRecord(contract)} and n.known_from = o.known_to)`;
}
