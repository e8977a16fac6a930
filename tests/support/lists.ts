import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTransaction, openKeyStore, silentLogger, systemClock } from '#kernel';
import {
  type DeliveryReceipt,
  type ListsContext,
  loadCatalogue,
  processDelivery,
  readReceipt,
  receive,
} from '#lists';
import { type Admission, loadPolicies } from '#security';
import { type Cleanup, cloneDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Lists on a database and folders of their own. */
export async function openTestLists(t: Cleanup): Promise<ListsContext> {
  const database = await cloneDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-lists-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    database,
    catalogue: loadCatalogue([join(ROOT, 'lists')]),
    policies: loadPolicies([join(ROOT, 'policies')]),
    clock: systemClock,
    logger: silentLogger,
    keys: openKeyStore(join(folder, 'keys')),
    packageFolder: ROOT,
    deliveriesFolder: join(folder, 'deliveries'),
  };
}

export type TestDelivery = {
  readonly contract: string;
  readonly content: string | Uint8Array;
  readonly mapping?: string;
  readonly kind?: 'records' | 'withdrawal';
  /** Of what institutions give back. */
  readonly giver?: Admission;
};

/** Delivers as a department does, waits, and returns the receipt. */
export async function deliver(context: ListsContext, delivery: TestDelivery): Promise<DeliveryReceipt> {
  const contract = context.catalogue.contracts.get(delivery.contract);
  if (contract === undefined) throw new TypeError(`no contract ${delivery.contract}`);
  const received = await receive(
    context,
    {
      contractId: contract.id,
      provider: contract.provider,
      ...(delivery.giver === undefined ? {} : { giver: delivery.giver }),
      kind: delivery.kind ?? 'records',
      fileName: 'delivery.csv',
      mapping: delivery.mapping ?? '',
      isSynthetic: true,
      receivedBy: 'test',
    },
    chunks(delivery.content),
  );
  await processDelivery(context, received.deliveryNo);
  return await inTransaction(context.database, (tx) => readReceipt(tx, { delivery: received.deliveryId }));
}

async function* chunks(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof content === 'string' ? Buffer.from(content) : content;
}

/** The invariant of every receipt. */
export function accountedRows(receipt: DeliveryReceipt): number {
  const { new: made, changed, unchanged, held, quarantined, duplicateInFile } = receipt;
  return (
    (made ?? 0) +
    (changed ?? 0) +
    (unchanged ?? 0) +
    (held ?? 0) +
    (quarantined ?? 0) +
    (duplicateInFile ?? 0)
  );
}
