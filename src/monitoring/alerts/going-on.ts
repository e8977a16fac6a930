import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf } from '#lists';

/** The enterprises that go on for those that were merged, and the same for the rest: rows stay under the id they came with. */
export type GoingOn = {
  /** The enterprise under which an id is read now. */
  of(id: EnterpriseId): EnterpriseId;
  /** Every id under which rows of these enterprises stand. */
  readonly members: readonly EnterpriseId[];
};

export async function readGoingOn(tx: Tx, ids: readonly EnterpriseId[]): Promise<GoingOn> {
  const rows = await tx.rows<{ member_id: string; enterprise_id: string }>(
    `select f.member_id, f.enterprise_id from ${familiesOf('$1')} f order by f.member_id`,
    [ids],
  );
  const goesOnAs = new Map(
    rows.map((row) => [toEnterpriseId(row.member_id), toEnterpriseId(row.enterprise_id)]),
  );
  return { of: (id) => goesOnAs.get(id) ?? id, members: [...goesOnAs.keys()] };
}
