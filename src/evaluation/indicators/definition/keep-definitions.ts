import { canonicalHash, type Tx } from '#kernel';
import type { IndicatorBook, IndicatorDefinition } from '../indicator.ts';

/** Keeps every definition of the book for ever; one that is kept already stays as it is. Returns how many were new. */
export async function keepDefinitions(tx: Tx, book: IndicatorBook, at: Date): Promise<number> {
  const indicators = [...book.indicators.values()].map(({ definition, hash }) => ({
    kind: 'indicator',
    definition,
    hash,
  }));
  const releases = [...book.releases.values()].map((definition) => ({
    kind: 'release',
    definition,
    hash: canonicalHash(definition),
  }));
  const rows = [...indicators, ...releases].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const kept = await tx.rows<{ hash: string }>(
    `insert into evaluation.definitions (hash, kind, definition_id, version, body, stored_at)
     select hash, kind, id, version, body, $6
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[]) as d (hash, kind, id, version, body)
     on conflict (hash) do nothing returning hash`,
    [
      rows.map(({ hash }) => hash),
      rows.map(({ kind }) => kind),
      rows.map(({ definition }) => definition.id),
      rows.map(({ definition }) => definition.version),
      rows.map(({ definition }) => JSON.stringify(definition)),
      at,
    ],
  );
  return kept.length;
}

/** The definition that a value was computed by, whatever the files say now. */
export async function readKeptIndicator(tx: Tx, hash: string): Promise<IndicatorDefinition | undefined> {
  const [row] = await tx.rows<{ body: IndicatorDefinition }>(
    `select body from evaluation.definitions where hash = $1 and kind = 'indicator'`,
    [hash],
  );
  return row?.body;
}
