import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { ExitReason } from '../whitelist-tables.ts';

/** An entry that was valid and has ended. */
export type WhitelistExit = {
  readonly enterpriseId: EnterpriseId;
  readonly listId: string;
  readonly reason: ExitReason;
  readonly leftAt: Date;
};

/** Valid entries of these enterprises that had ended by the Permit's instant and are out still; with `since`, that ended after it. */
export async function readExits(
  tx: Tx,
  permit: PopulationPermit,
  { enterpriseIds, since }: { enterpriseIds: readonly EnterpriseId[]; since: Date | null },
): Promise<WhitelistExit[]> {
  permit.assertUsable(tx);
  const rows = await tx.rows<{ enterprise_id: string; list_id: string; reason: ExitReason; left_at: Date }>(
    `select e.enterprise_id, e.list_id, e.reason, e.known_from as left_at
     from evaluation.whitelist_entries e
     join evaluation.whitelist_entries v
       on v.enterprise_id = e.enterprise_id and v.list_id = e.list_id and v.known_to = e.known_from
     where e.enterprise_id = any($1::bigint[]) and e.state = 'left' and v.state = 'valid'
       and e.known_from <= $2 and e.known_to > $2 and ($3::timestamptz is null or e.known_from > $3)
     order by e.enterprise_id, e.list_id`,
    [enterpriseIds, permit.asOf.knownAt, since],
  );
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    listId: row.list_id,
    reason: row.reason,
    leftAt: row.left_at,
  }));
}
