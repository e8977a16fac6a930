import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { Permit } from '#security';
import { IN_FORCE, readAliases } from '../read/standing.ts';
import type { MarkKind } from '../read/mark-kinds.ts';

/**
 * The records of the Permit's subject under a mark in force, by `<delivery>:<row>`, with the instant from which it holds.
 * For the enterprise itself alone: to others a withheld record does not exist.
 */
export async function readMarkedSince(tx: Tx, permit: Permit, mark: MarkKind): Promise<Map<string, Date>> {
  permit.assertUsable(tx);
  assert(permit.purpose === 'self', 'marks with their time are read by the enterprise itself');
  const ids = await readAliases(tx, permit);
  const rows = await tx.rows<{ record: string; since: Date }>(
    `select d.delivery_id || ':' || m.row_no as record, min(m.valid_from) as since
     from lists.marks m join lists.deliveries d on d.delivery_no = m.delivery_no
     where m.enterprise_id = any($1::bigint[]) and m.mark = $2 and ${IN_FORCE}
     group by 1`,
    [ids, mark],
  );
  return new Map(rows.map(({ record, since }) => [record, since]));
}
