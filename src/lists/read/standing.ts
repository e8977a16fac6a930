import type { Tx } from '#kernel';
import type { Permit } from '#security';

/** What must be known before the records of one enterprise are read. */
export type Standing = {
  /** Enterprises merged into this one: their records never moved, so they are read with it. */
  readonly aliases: readonly string[];
  /** In force now, on any record of the enterprise. */
  readonly marks: readonly Mark[];
  /** What each contract's deliveries had brought by the Permit's instant. */
  readonly last: ReadonlyMap<string, LastDelivery>;
};

type Mark = {
  readonly contract_id: string;
  readonly delivery_no: string;
  readonly row_no: number;
  readonly mark: string;
};

export type LastDelivery = { readonly at: Date; readonly cut_off: string | null };

type Row =
  | { readonly kind: 'alias'; readonly alias_id: string }
  | ({ readonly kind: 'mark' } & Mark)
  | ({ readonly kind: 'last'; readonly contract_id: string } & LastDelivery);

/** Marks in force now, whatever the as-of of the read; `m` is the row of `lists.marks`. */
export const IN_FORCE = "m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now()";

/** Three questions in one statement: each alone would cost a journey to the database for a few rows. */
const STANDING = `
  select 'alias' as kind, alias_id, null::text as contract_id, null::bigint as delivery_no, null::integer as row_no,
    null::text as mark, null::timestamptz as at, null::text as cut_off
  from lists.enterprise_aliases
  where enterprise_id = $1::bigint and known_from <= $2 and known_to > $2
  union all
  select distinct 'mark', null::bigint, m.contract_id, m.delivery_no, m.row_no, m.mark, null::timestamptz, null::text
  from lists.marks m
  where m.enterprise_id in (
      select $1::bigint union all
      select a.alias_id from lists.enterprise_aliases a where a.enterprise_id = $1::bigint)
    and ${IN_FORCE}
  union all
  select 'last', null::bigint, contract_id, null::bigint, null::integer, null::text, max(known_from),
    max(business_time_max)::text
  from lists.deliveries
  where state in ('published', 'partly_published') and known_from <= $2
  group by contract_id`;

/** Reads it for the Permit's subject and instant; marks in their order by name. */
export async function readStanding(tx: Tx, permit: Permit): Promise<Standing> {
  permit.assertUsable(tx);
  const rows = await tx.hotRows<Row>('lists.standing', STANDING, [permit.subject, permit.asOf.knownAt]);
  return {
    aliases: rows.flatMap((row) => (row.kind === 'alias' ? [row.alias_id] : [])),
    marks: rows.filter((row) => row.kind === 'mark').sort((a, b) => (a.mark < b.mark ? -1 : 1)),
    last: new Map(rows.filter((row) => row.kind === 'last').map((row) => [row.contract_id, row])),
  };
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
