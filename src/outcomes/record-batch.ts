import { canonicalJson, type Tx } from '#kernel';
import { MerkleTree } from '#lists';
import { type Admission, type Caller, recordLeaf } from '#security';
import type { BatchFacts } from './fact-sql.ts';
import type { OutcomesContext } from './outcomes-context.ts';
import { type BatchCounts, type BatchResult, FATES, type ItemResult, type ReportedItem } from './shape.ts';

export type BatchSource =
  | { readonly kind: 'call' }
  /** `month` is `YYYY-MM`; the digest is that of the file's bytes, `sha256:…`. */
  | { readonly kind: 'sheet'; readonly month: string; readonly fileDigest: string };

export type JudgedBatch = {
  readonly batch: BatchFacts;
  readonly admission: Admission;
  readonly caller: Caller;
  readonly items: readonly ReportedItem[];
  readonly source: BatchSource;
  readonly results: readonly ItemResult[];
};

/** Writes the batch, its refused items and its leaf, in the transaction of the facts. */
export async function recordBatch(
  tx: Tx,
  context: OutcomesContext,
  judged: JudgedBatch,
): Promise<BatchResult> {
  const { batch, admission, results } = judged;
  const counts = countFates(results);
  const merkleRoot = rootOf(judged);
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'outcome_batch',
    at: batch.at,
    body: {
      batch: batch.batchId,
      institution: batch.institutionId,
      branch: admission.branchId,
      channel: batch.channel,
      operator: admission.operator,
      caller: judged.caller.id,
      source: judged.source,
      counts,
      merkleRoot,
    },
  });
  const result = { batchId: batch.batchId, reportedAt: batch.at, counts, merkleRoot, receipt, results };
  await insertBatch(tx, judged, result);
  await insertRefused(tx, judged);
  return result;
}

function countFates(results: readonly ItemResult[]): BatchCounts {
  const of = (fate: string): number => results.filter((result) => result.fate === fate).length;
  const counts = Object.fromEntries(FATES.map((fate) => [fate, of(fate)])) as Record<
    (typeof FATES)[number],
    number
  >;
  return { items: results.length, ...counts };
}

/** One leaf per item, RFC 8785 form of `{row, item, fate}`: the reporter holds all of it and can show any one. */
function rootOf({ items, results }: JudgedBatch): string {
  const tree = new MerkleTree();
  for (const [at, { row, raw }] of items.entries())
    tree.add(Buffer.from(canonicalJson({ row, item: raw, fate: results[at]?.fate })));
  return tree.root();
}

async function insertBatch(
  tx: Tx,
  { batch, admission, caller, source }: JudgedBatch,
  { counts, merkleRoot, receipt }: BatchResult,
): Promise<void> {
  const { month, fileDigest } =
    source.kind === 'sheet'
      ? { month: `${source.month}-01`, fileDigest: source.fileDigest }
      : { month: null, fileDigest: null };
  await tx.rows(
    `insert into outcomes.batches (batch_id, institution_id, branch_id, channel, operator, reported_by, source,
       month, file_digest, reported_at, items, new_items, confirmed_items, changed_items, corrected_items,
       unchanged_items, conflicting_items, refused_items, merkle_root, receipt)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      batch.batchId,
      batch.institutionId,
      admission.branchId,
      batch.channel,
      admission.operator,
      caller.id,
      source.kind,
      month,
      fileDigest,
      batch.at,
      counts.items,
      counts.new,
      counts.confirmed,
      counts.changed,
      counts.corrected,
      counts.unchanged,
      counts.conflicting,
      counts.refused,
      merkleRoot,
      JSON.stringify(receipt),
    ],
  );
}

async function insertRefused(tx: Tx, { batch, items, results }: JudgedBatch): Promise<void> {
  const refused = items.flatMap(({ row, raw }, at) => {
    const faults = results[at]?.faults ?? [];
    return faults.length === 0 ? [] : [{ item_no: row, faults, raw }];
  });
  if (refused.length === 0) return;
  await tx.rows(
    `insert into outcomes.refused_items (batch_id, item_no, faults, raw)
     select $2, item_no, faults, raw
     from jsonb_to_recordset($1::jsonb) as x(item_no integer, faults jsonb, raw jsonb)`,
    [JSON.stringify(refused), batch.batchId],
  );
}
