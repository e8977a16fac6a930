import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { type DeliveryReceipt, type ListsContext, readQuarantine } from '#lists';
import { assertWhole } from './delivery-crash.ts';
import { accountedRows, deliver } from './lists.ts';
import { CONTRACT, HEAD, row } from './sample-penalties.ts';

export const COLUMNS = HEAD.trim().split(',');
export const good = (n: number, no: string): string => row(n, { no });
/** So many good rows that a few bad ones do not return the delivery whole. */
export const many = (no: string, count = 60): string =>
  Array.from({ length: count }, (_, n) => good(n, `${no}${n}`)).join('');

export const bytesOf = (text: string): Buffer => Buffer.from(text);

/** Numbers the good deliveries, so that no two are the same bytes. */
let serial = 0;

/** After every hostile file: the node is whole, and the next good file goes in. */
export async function assertWorks(context: ListsContext): Promise<void> {
  await assertWhole(context.database);
  serial += 1;
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD + good(serial, `好${serial}`) });
  assert.deepEqual([receipt.state, receipt.new], ['published', 1], 'a good delivery right after fails');
}

function countRecords(of: ListsContext): Promise<number> {
  return inTransaction(of.database, async (tx) => {
    const [row] = await tx.rows<{ n: number }>('select count(*)::integer as n from lists.n08_penalty_v1');
    return row?.n ?? -1;
  });
}

type Refused = { code: string; message: { zh: string }; remedy: { zh: string } };

/** The whole file is refused with this code and a sentence in Chinese; nothing else changes; the node goes on. */
export async function refuses(
  context: ListsContext,
  content: string | Uint8Array,
  code: string,
): Promise<void> {
  const before = await countRecords(context);
  const receipt = await deliver(context, { contract: CONTRACT, content });
  const refusal = receipt.refusal as Refused | null;
  assert.deepEqual(
    [receipt.state, refusal?.code],
    ['refused', code],
    JSON.stringify(receipt.refusal ?? receipt.defects.slice(0, 3)),
  );
  assert.match(refusal?.message.zh ?? '', /\p{Script=Han}{4}/u);
  assert.match(refusal?.remedy.zh ?? '', /\p{Script=Han}{4}/u);
  assert.doesNotMatch(JSON.stringify(refusal), /\{\w+\}/, 'a place in the sentence is not filled');
  assert.equal(await countRecords(context), before);
  await assertWorks(context);
}

type Wanted = { good: number; bad: Readonly<Record<string, number>> };

/** Bad rows are in quarantine under these codes, each with a sentence in Chinese; every row is accounted for. */
export async function quarantines(
  context: ListsContext,
  content: string | Uint8Array,
  wanted: Wanted,
): Promise<DeliveryReceipt> {
  const receipt = await deliver(context, { contract: CONTRACT, content });
  const shown = JSON.stringify({ ...receipt, defects: receipt.defects.slice(0, 5) });
  const rows = await inTransaction(context.database, (tx) =>
    readQuarantine(tx, { delivery: receipt.delivery, afterRow: 0, limit: 10_000 }),
  );
  const codes: Record<string, number> = {};
  for (const { defects } of rows) {
    const code = defects[0]?.code ?? '';
    codes[code] = (codes[code] ?? 0) + 1;
    for (const { message } of defects) {
      assert.match(message, /\p{Script=Han}{4}/u);
      assert.doesNotMatch(message, /\{\w+\}/);
    }
  }
  assert.deepEqual([codes, receipt.new], [wanted.bad, wanted.good], shown);
  assert.equal(receipt.rows, accountedRows(receipt));
  await assertWorks(context);
  return receipt;
}
