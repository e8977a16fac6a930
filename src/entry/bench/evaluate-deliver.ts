import { createReadStream, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert';
import { beijingDate, inTransaction } from '#kernel';
import { processDelivery, readReceipt, receive, requireContract } from '#lists';
import type { Node } from '../node.ts';
import { MONTH_FILES, type MonthOf, writeMonthFile, writeRegister } from './evaluate-files.ts';

export type Filling = { readonly codes: readonly string[]; readonly months: number };

/** Registers the enterprises and delivers the months; returns how many records there are. */
export async function fillTables(node: Node, folder: string, { codes, months }: Filling): Promise<number> {
  const path = join(folder, 'month.csv');
  await writeRegister(path, codes);
  let records = await deliverFile(node, 'n01_registration', path);
  for (let month = 0; month < months; month += 1) {
    for (const file of MONTH_FILES) {
      await writeMonthFile(file, { path, codes, month, day: dayOf(node, months - month) });
      records += await deliverFile(node, file.contract, path);
    }
    process.stderr.write(`month ${month + 1} of ${months}: ${records} records\n`);
  }
  // As the server does by itself within minutes of such growth.
  await node.database.pool.query('vacuum analyze');
  return records;
}

/** By the path of every delivery; in this process, which begins no measurement before the last one is in. */
export async function deliverFile({ lists }: Node, contractId: string, path: string): Promise<number> {
  const { provider } = requireContract(lists, contractId);
  const received = await receive(
    lists,
    {
      contractId,
      provider,
      kind: 'records',
      fileName: 'month.csv',
      mapping: '',
      isSynthetic: true,
      receivedBy: 'bench',
    },
    createReadStream(path),
  );
  await processDelivery(lists, received.deliveryNo);
  const receipt = await inTransaction(lists.database, (tx) =>
    readReceipt(tx, { delivery: received.deliveryId }),
  );
  assert.equal(receipt.quarantined, 0, `${contractId}: the benchmark's rows hold`);
  unlinkSync(path);
  return receipt.new ?? 0;
}

/** The fifteenth of a month so many before this one. */
function dayOf(node: Node, monthsBack: number): string {
  const [year = 0, month = 0] = beijingDate(node.clock.now()).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 - monthsBack, 15)).toISOString().slice(0, 10);
}

/** A delivery of one dataset about one enterprise in a hundred. */
export async function touchSome(node: Node, folder: string, { codes, months }: Filling): Promise<void> {
  const [file] = MONTH_FILES;
  assert(file !== undefined);
  const path = join(folder, 'touch.csv');
  // Every hundredth and its month's turn: even numbers in even months.
  const month: MonthOf['month'] = months + (months % 2);
  const only = (enterprise: number): boolean => enterprise % 100 === 0;
  await writeMonthFile(file, { path, codes, month, day: dayOf(node, 0), only });
  await deliverFile(node, file.contract, path);
}
