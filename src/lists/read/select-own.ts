import type { EnterpriseId, Tx } from '#kernel';
import type { Permit, PopulationPermit } from '#security';
import type { Contract } from '../contract/shape.ts';
import { ownRelation } from './relation.ts';
import { readAliases } from './standing.ts';

/** What is asked of one enterprise's records in a statement of the caller's own. */
export type OwnQuestion = {
  readonly contracts: readonly { readonly contract: Contract; readonly fields: readonly string[] }[];
  /** Writes the statement over the relations, in the order of `contracts`, and names it; its values begin at $3. */
  readonly statement: (relations: readonly string[]) => {
    readonly name: string;
    readonly text: string;
    readonly values: readonly unknown[];
  };
};

/** The kind of the Permit's subject, `organisation` or `sole_trader`, as SQL for such a statement. */
export const OWN_KIND = '(select e.kind from lists.enterprises e where e.enterprise_id = ($1::bigint[])[1])';

/**
 * Runs one prepared statement over the records of the Permit's subject, and of whoever was merged into it by then. Fields that
 * the Permit lets be computed with are there too: whoever writes the statement lets nothing of them out but what is released.
 */
export async function selectOwn<Row extends object>(
  tx: Tx,
  permit: Permit,
  { contracts, statement }: OwnQuestion,
): Promise<Row[]> {
  const ids = await readAliases(tx, permit);
  const relations = contracts.map(({ contract, fields }) => ownRelation(tx, permit, contract, fields));
  const { name, text, values } = statement(relations);
  return await tx.hotRows<Row>(name, text, [ids, permit.asOf.knownAt, ...values]);
}

/** Whose records count for each enterprise at each instant: its own, then those of whoever was merged into it. */
export async function readMembers(
  tx: Tx,
  permit: PopulationPermit,
  pairs: readonly { readonly enterpriseId: EnterpriseId; readonly knownAt: Date }[],
): Promise<string[][]> {
  permit.assertUsable(tx);
  const rows = await tx.rows<{ n: number; alias_id: string }>(
    `select p.n::integer as n, a.alias_id
     from unnest($1::bigint[], $2::timestamptz[]) with ordinality as p (id, known_at, n)
     join lists.enterprise_aliases a
       on a.enterprise_id = p.id and a.known_from <= p.known_at and a.known_to > p.known_at
     order by 1, 2`,
    [pairs.map(({ enterpriseId }) => enterpriseId), pairs.map(({ knownAt }) => knownAt)],
  );
  const merged = Map.groupBy(rows, ({ n }) => n - 1);
  return pairs.map(({ enterpriseId }, at) => [
    enterpriseId,
    ...(merged.get(at) ?? []).map(({ alias_id }) => alias_id),
  ]);
}

/** When the dataset was last delivered before each of the instants; null: not at all. In the order of the instants. */
export async function readLastDelivered(
  tx: Tx,
  { contractIds, knownAts }: { contractIds: readonly string[]; knownAts: readonly Date[] },
): Promise<Map<string, (Date | null)[]>> {
  const rows = await tx.hotRows<{ n: number; contract_id: string; at: Date }>(
    'lists.last_delivered',
    `select k.n::integer as n, d.contract_id, max(d.known_from) as at
     from unnest($2::timestamptz[]) with ordinality as k (known_at, n)
     join lists.deliveries d on d.known_from <= k.known_at
     where d.contract_id = any($1) and d.kind = 'records' and d.state in ('published', 'partly_published')
     group by 1, 2`,
    [contractIds, knownAts],
  );
  const found = new Map(rows.map(({ n, contract_id, at }) => [`${contract_id} ${n}`, at]));
  return new Map(
    contractIds.map((id) => [id, knownAts.map((_, at) => found.get(`${id} ${at + 1}`) ?? null)]),
  );
}

/** Public ids of records by internal delivery and row, `<delivery>:<row>`; a delivery unknown by now keeps its number. */
export async function nameRecords(tx: Tx, places: readonly string[]): Promise<Map<string, string>> {
  const numbers = [...new Set(places.map((place) => place.split(':')[0] ?? ''))];
  if (numbers.length === 0) return new Map();
  const rows = await tx.hotRows<{ delivery_no: string; delivery_id: string }>(
    'lists.delivery_ids',
    'select delivery_no, delivery_id from lists.deliveries where delivery_no = any($1::bigint[])',
    [numbers],
  );
  const ids = new Map(rows.map(({ delivery_no, delivery_id }) => [delivery_no, delivery_id]));
  return new Map(
    places.map((place) => {
      const [number = '', row = ''] = place.split(':');
      return [place, `${ids.get(number) ?? number}:${row}`];
    }),
  );
}
