import { LIMITS, type Tx } from '#kernel';
import { defectSentence } from '../check/defects.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { DeliveryState } from '../tables.ts';

export type DeliverySummary = {
  readonly delivery: string;
  readonly contract: string;
  readonly provider: string;
  readonly kind: 'records' | 'withdrawal';
  readonly file: string;
  readonly state: DeliveryState;
  readonly receivedAt: Date;
  readonly finishedAt: Date | null;
  readonly rows: number | null;
  readonly new: number | null;
  readonly changed: number | null;
  readonly unchanged: number | null;
  readonly held: number | null;
  readonly quarantined: number | null;
  readonly duplicateInFile: number | null;
};

export type ReceiptDefect = {
  readonly row: number;
  readonly field: string;
  readonly code: string;
  readonly message: string;
};

/** The receipt of a delivery: rows = new + changed + unchanged + held + quarantined + duplicateInFile, always. */
export type DeliveryReceipt = DeliverySummary & {
  readonly digest: string;
  readonly bytes: number;
  readonly merkleRoot: string | null;
  readonly knownFrom: Date | null;
  readonly returnDueOn: string | null;
  readonly refusal: unknown;
  readonly ignoredColumns: readonly string[];
  readonly defects: readonly ReceiptDefect[];
  /** Rows with a defect in all; `defects` shows the first of them, the rest is in the quarantine file. */
  readonly defectsTotal: number;
  readonly receipt: unknown;
};

const SUMMARY = `
  d.delivery_id as delivery, d.contract_id as contract, d.provider, d.kind, d.file_name as file, d.state,
  d.received_at as "receivedAt", d.finished_at as "finishedAt", d.rows, d.new_rows as new, d.changed_rows as changed,
  d.unchanged_rows as unchanged, d.held_rows as held, d.quarantined_rows as quarantined,
  d.duplicate_rows as "duplicateInFile"`;

/** The latest deliveries, newest first; a provider sees its own. */
export async function listDeliveries(
  tx: Tx,
  {
    contract,
    provider,
    limit,
  }: { contract?: string | undefined; provider?: string | undefined; limit: number },
): Promise<DeliverySummary[]> {
  return await tx.rows<DeliverySummary>(
    `select ${SUMMARY} from lists.deliveries d
     where ($1::text is null or d.contract_id = $1) and ($2::text is null or d.provider = $2)
     order by d.received_at desc, d.delivery_no desc limit $3`,
    [contract ?? null, provider ?? null, limit],
  );
}

/** How many deliveries stand in each state; counts alone, for whoever watches the node. */
export async function countDeliveriesByState(tx: Tx): Promise<Map<DeliveryState, number>> {
  const rows = await tx.rows<{ state: DeliveryState; n: number }>(
    'select state, count(*)::integer as n from lists.deliveries group by state',
  );
  return new Map(rows.map(({ state, n }) => [state, n]));
}

/** Reads a receipt by the delivery's public id; `provider` limits it to that provider's own. */
export async function readReceipt(
  tx: Tx,
  { delivery, provider }: { delivery: string; provider?: string | undefined },
): Promise<DeliveryReceipt> {
  const [row] = await tx.rows<Omit<DeliveryReceipt, 'defects' | 'defectsTotal'> & { delivery_no: string }>(
    `select ${SUMMARY}, d.delivery_no, d.digest, d.bytes::float8 as bytes, d.merkle_root as "merkleRoot",
       d.known_from as "knownFrom", d.return_due_on::text as "returnDueOn", d.refusal, d.receipt,
       coalesce(d.summary -> 'ignoredColumns', '[]') as "ignoredColumns"
     from lists.deliveries d where d.delivery_id = $1 and ($2::text is null or d.provider = $2)`,
    [delivery, provider ?? null],
  );
  if (row === undefined) throw listsRefusal('delivery.unknown', { delivery });
  const { delivery_no, ...receipt } = row;
  return { ...receipt, ...(await readDefects(tx, delivery_no)) };
}

type DefectRow = {
  row_no: number;
  field: string;
  code: string;
  rule: string;
  params: Record<string, string | number>;
};

async function readDefects(
  tx: Tx,
  deliveryNo: string,
): Promise<{ defects: ReceiptDefect[]; defectsTotal: number }> {
  const [count] = await tx.rows<{ total: number }>(
    'select count(distinct row_no)::integer as total from lists.defects where delivery_no = $1',
    [deliveryNo],
  );
  const rows = await tx.rows<DefectRow>(
    `select row_no, field, code, rule, params from lists.defects
     where delivery_no = $1 order by severity, row_no, defect_no limit $2`,
    [deliveryNo, LIMITS.receiptDefectsMax],
  );
  return { defects: rows.map(toDefect), defectsTotal: count?.total ?? 0 };
}

function toDefect(row: DefectRow): ReceiptDefect {
  const message = defectSentence(row.code, row.params, row.field).zh;
  return { row: row.row_no, field: row.field, code: row.code, message };
}

export type QuarantinedRow = {
  readonly row: number;
  /** Cells of the row as they came, identifiers of persons masked; an object by column for rows that collided. */
  readonly raw: unknown;
  readonly defects: readonly ReceiptDefect[];
};

/** Quarantined rows page by page, in file order, for the download that a department fixes and redelivers. */
export async function readQuarantine(
  tx: Tx,
  {
    delivery,
    provider,
    afterRow,
    limit,
  }: { delivery: string; provider?: string | undefined; afterRow: number; limit: number },
): Promise<QuarantinedRow[]> {
  const rows = await tx.rows<{ row_no: number; raw: unknown; defects: DefectRow[] }>(
    `select q.row_no, (array_agg(q.raw) filter (where q.raw is not null))[1] as raw,
       jsonb_agg(jsonb_build_object('row_no', q.row_no, 'field', q.field, 'code', q.code, 'rule', q.rule, 'params', q.params)
                 order by q.defect_no) as defects
     from lists.defects q
     join lists.deliveries d on d.delivery_no = q.delivery_no
     where d.delivery_id = $1 and ($2::text is null or d.provider = $2) and q.row_no > $3
     group by q.row_no
     having bool_or(q.severity = 'block') -- the row as it came may stand on the line of a warning
     order by q.row_no limit $4`,
    [delivery, provider ?? null, afterRow, limit],
  );
  return rows.map(({ row_no, raw, defects }) => ({ row: row_no, raw, defects: defects.map(toDefect) }));
}
