import { distinct, startAll, type Tx } from '#kernel';
import type { Permit } from '#security';
import type { Contract } from '../contract/shape.ts';

/** What must be known before the records of one enterprise are read. */
export type Standing = {
  /** Enterprises merged into this one: their records never moved, so they are read with it. */
  readonly aliases: readonly string[];
  /** In force now, on any record of the enterprise. */
  readonly marks: readonly Mark[];
  /** What the deliveries of the contracts asked about had brought by the Permit's instant. */
  readonly last: ReadonlyMap<string, LastDelivery>;
};

type Mark = {
  readonly contract_id: string;
  readonly delivery_no: string;
  readonly row_no: number;
  readonly mark: string;
};

export type LastDelivery = { readonly at: Date; readonly cut_off: string | null };

type Row = { readonly n: number } & (
  | { readonly kind: 'alias'; readonly alias_id: string }
  | ({ readonly kind: 'mark' } & Mark)
);

/** Marks in force now, whatever the as-of of the read; `m` is the row of `lists.marks`. */
export const IN_FORCE = "m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now()";

/** Two questions in one statement: each alone would cost a journey to the database for a few rows. */
const SELECT_STANDING = `
  with asked as (
    select enterprise_id, known_at, n::integer as n
    from unnest((select $1::bigint[]), (select $2::timestamptz[])) with ordinality as given (enterprise_id, known_at, n)
  )
  select asked.n, 'alias' as kind, a.alias_id, null::text as contract_id, null::bigint as delivery_no,
    null::integer as row_no, null::text as mark
  from asked join lists.enterprise_aliases a
    on a.enterprise_id = asked.enterprise_id and a.known_from <= asked.known_at and a.known_to > asked.known_at
  union all
  select distinct asked.n, 'mark', null::bigint, m.contract_id, m.delivery_no, m.row_no, m.mark
  from asked
  cross join lateral (
    select asked.enterprise_id as whose
    union all
    select a.alias_id from lists.enterprise_aliases a where a.enterprise_id = asked.enterprise_id
  ) own
  join lists.marks m on m.enterprise_id = own.whose
  where ${IN_FORCE}`;

/** Reads it for the Permit's subject and instant; marks in their order by name. */
export async function readStanding(
  tx: Tx,
  permit: Permit,
  contracts: readonly Contract[],
): Promise<Standing> {
  permit.assertUsable(tx);
  const { knownAt } = permit.asOf;
  const contractIds = contracts.map(({ id }) => id);
  const [standing, last] = startAll(
    tx.together(selectStandings, permit),
    tx.together(selectLastDeliveries, { contractIds, knownAt }),
  );
  const rows = await standing;
  return {
    aliases: rows.flatMap((row) => (row.kind === 'alias' ? [row.alias_id] : [])),
    marks: rows.filter((row) => row.kind === 'mark').sort((a, b) => (a.mark < b.mark ? -1 : 1)),
    last: await last,
  };
}

async function selectStandings(tx: Tx, permits: readonly Permit[]): Promise<Row[][]> {
  const rows = await tx.hotRows<Row>('lists.standing', SELECT_STANDING, [
    permits.map(({ subject }) => subject),
    permits.map(({ asOf }) => asOf.knownAt),
  ]);
  const found = Map.groupBy(rows, ({ n }) => n - 1);
  return permits.map((_, n) => found.get(n) ?? []);
}

type LastAsked = { readonly contractIds: readonly string[]; readonly knownAt: Date };
type LastDeliveries = ReadonlyMap<string, LastDelivery>;

/** Of the city, not of an enterprise: who asks about the same contracts together asks once. */
async function selectLastDeliveries(tx: Tx, asked: readonly LastAsked[]): Promise<LastDeliveries[]> {
  const { unique, at } = distinct(asked, ({ contractIds, knownAt }) =>
    [knownAt.getTime(), ...contractIds].join(),
  );
  const found: LastDeliveries[] = [];
  for (const { contractIds, knownAt } of unique) {
    const rows = await tx.hotRows<{ contract_id: string } & LastDelivery>(
      'lists.last_deliveries',
      `select contract_id, max(known_from) as at, max(business_time_max)::text as cut_off
       from lists.deliveries
       where contract_id = any($1) and state in ('published', 'partly_published') and known_from <= $2
       group by contract_id`,
      [contractIds, knownAt],
    );
    found.push(new Map(rows.map((row) => [row.contract_id, row])));
  }
  return at.map((place) => found[place] ?? new Map());
}

/** The Permit's subject and the enterprises merged into it, for reads that need nothing else. */
export async function readAliases(tx: Tx, permit: Permit): Promise<string[]> {
  const rows = await tx.hotRows<{ alias_id: string }>(
    'lists.aliases',
    `select alias_id from lists.enterprise_aliases
     where enterprise_id = $1 and known_from <= $2 and known_to > $2`,
    [permit.subject, permit.asOf.knownAt],
  );
  return [permit.subject, ...rows.map(({ alias_id }) => alias_id)];
}
