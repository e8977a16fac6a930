import type { EnterpriseId, Tx } from '#kernel';

/** Of which days a consent lets data leave; Beijing dates, both included; `to` null: no end. */
export type DataRange = { readonly from: string; readonly to: string | null };

/** The ranges of these consents of these enterprises, by consent id, whatever their state: terms never change. */
export async function readDataRanges(
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
  consentIds: readonly string[],
): Promise<ReadonlyMap<string, DataRange>> {
  const rows = await tx.rows<{ id: string } & DataRange>(
    `select consent_id as id, data_from::text as from, data_to::text as to
     from consent.consents where enterprise_id = any($1::bigint[]) and consent_id = any($2)`,
    [enterpriseIds, consentIds],
  );
  return new Map(rows.map(({ id, from, to }) => [id, { from, to }]));
}
