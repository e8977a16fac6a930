import type { Selectable } from 'kysely';
import { type EnterpriseId, type FieldPlace, openField, sealField, type Tx } from '#kernel';
import type { SelfContext } from '../self-context.ts';
import { SELF_LIMITS } from '../self-limits.ts';
import type { ExportState, SelfTables } from './self-tables.ts';

/** An export as its enterprise sees it; no content. */
export type OwnExport = {
  readonly exportId: string;
  readonly state: ExportState;
  readonly asOf: string | null;
  readonly askedAt: Date;
  readonly madeAt: Date | null;
  /** Until then it can be fetched. */
  readonly removeAt: Date | null;
  readonly items: number | null;
  readonly bytes: number | null;
  readonly digest: string | null;
  readonly disclosureId: string | null;
  readonly receiptId: string | null;
  readonly refusal: string | null;
};

export type ExportAddress = { readonly enterpriseId: EnterpriseId; readonly exportId: string };

type Row = Selectable<SelfTables['rights.own_exports']>;

/** Newest first. */
export async function selectExports(
  tx: Tx,
  { enterpriseId, exportId, limit }: { enterpriseId: EnterpriseId; exportId?: string; limit: number },
): Promise<(OwnExport & { readonly askedBy: string })[]> {
  const own = tx
    .tables<SelfTables>()
    .selectFrom('rights.own_exports')
    .selectAll()
    .select((eb) => eb.cast<string | null>('as_of', 'text').as('as_of_day'))
    .where('enterprise_id', '=', enterpriseId);
  const wanted = exportId === undefined ? own : own.where('export_id', '=', exportId);
  const rows = await wanted.orderBy('export_id', 'desc').limit(limit).execute();
  return rows.map((row) => ({ ...toExport(row, row.as_of_day), askedBy: row.asked_by }));
}

function toExport(row: Row, asOf: string | null): OwnExport {
  return {
    exportId: row.export_id,
    state: row.state,
    asOf,
    askedAt: row.asked_at,
    madeAt: row.made_at,
    removeAt: row.remove_at,
    items: row.items,
    bytes: row.bytes === null ? null : Number(row.bytes),
    digest: row.digest,
    disclosureId: row.disclosure_id,
    receiptId: row.receipt_id,
    refusal: row.refusal,
  };
}

function placeOf({ enterpriseId }: ExportAddress): FieldPlace {
  return { table: 'rights.own_export_pages', column: 'sealed', owner: `enterprise:${enterpriseId}` };
}

/** Keeps the bundle in pages, each sealed by the enterprise's own key. */
export async function keepBundle(
  tx: Tx,
  { cipher }: SelfContext,
  address: ExportAddress,
  bundle: Buffer,
): Promise<void> {
  const { exportPageBytes } = SELF_LIMITS;
  for (let pageNo = 1; (pageNo - 1) * exportPageBytes < bundle.length; pageNo += 1) {
    const piece = bundle.subarray((pageNo - 1) * exportPageBytes, pageNo * exportPageBytes);
    const sealed = await sealField(
      tx,
      cipher,
      placeOf(address),
      headOf(address, pageNo) + piece.toString('base64'),
    );
    await tx
      .tables<SelfTables>()
      .insertInto('rights.own_export_pages')
      .values({ enterprise_id: address.enterpriseId, export_id: address.exportId, page_no: pageNo, sealed })
      .execute();
  }
}

/** Throws what `openField` throws, also for a page that was put into another's place. */
export async function openBundle(tx: Tx, { cipher }: SelfContext, address: ExportAddress): Promise<Buffer> {
  const rows = await tx
    .tables<SelfTables>()
    .selectFrom('rights.own_export_pages')
    .select(['page_no', 'sealed'])
    .where('enterprise_id', '=', address.enterpriseId)
    .where('export_id', '=', address.exportId)
    .orderBy('page_no')
    .execute();
  const pieces: Buffer[] = [];
  for (const { page_no: pageNo, sealed } of rows) {
    const text = await openField(tx, cipher, placeOf(address), sealed);
    pieces.push(Buffer.from(text.slice(headOf(address, pageNo).length), 'base64'));
  }
  return Buffer.concat(pieces);
}

/** Stands before each piece, so that the whole does not come together in another order unnoticed: the digest decides. */
function headOf({ exportId }: ExportAddress, pageNo: number): string {
  return `${exportId}:${String(pageNo).padStart(6, '0')}:`;
}
