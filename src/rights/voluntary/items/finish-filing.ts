import { beijingDate, type EnterpriseId, inTransaction, openField, type Tx } from '#kernel';
import {
  addDays,
  type Contract,
  type DeliveryReceipt,
  processDelivery,
  readEnterprise,
  readReceipt,
  receive,
} from '#lists';
import { carryOver } from '../evidence/carry-over.ts';
import { readLevel } from '../evidence/evidence-store.ts';
import { validDaysOf } from '../forms/forms.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { type FilingRow, readFiling, readItem, settleFiling, writeItem } from './item-store.ts';
import { filingPlace } from './item-values.ts';

type Address = { readonly enterpriseId: EnterpriseId; readonly filingId: string };

/**
 * Delivers an accepted filing, or the withdrawal of one, and settles it. Its bytes are made from the filing alone and carry its
 * id, so that after a crash the same call makes the same delivery or finds it done.
 * Throws `voluntary.not_kept` where the delivery did not take it.
 */
export async function finishFiling(context: VoluntaryContext, address: Address): Promise<void> {
  const prepared = await inTransaction(context.database, (tx) => prepare(tx, context, address));
  if (prepared === undefined) return;
  const { filing, contract, line } = prepared;
  const isWithdrawal = filing.state === 'withdrawing';
  const received = await receive(
    context.lists,
    {
      contractId: contract.id,
      provider: contract.provider,
      kind: isWithdrawal ? 'withdrawal' : 'records',
      fileName: `${filing.filingId}.jsonl`,
      mapping: '',
      isSynthetic: false,
      receivedBy: filing.filedBy,
    },
    oneChunk(line),
  );
  await processDelivery(context.lists, received.deliveryNo);
  const isKept = await inTransaction(context.database, async (tx) => {
    const receipt = await readReceipt(tx, { delivery: received.deliveryId });
    return await settle(tx, context, { filing, contract, receipt });
  });
  if (!isKept) throw voluntaryRefusal('voluntary.not_kept', { delivery: received.deliveryId });
}

/** Finishes what a crash left; the job's part. Returns how many. */
export async function recoverFilings(context: VoluntaryContext): Promise<number> {
  const before = new Date(context.clock.now().getTime() - VOLUNTARY_LIMITS.filingAbandonedMs);
  const open = await inTransaction(context.database, (tx) =>
    tx.rows<Address>(
      `select enterprise_id::text as "enterpriseId", filing_id as "filingId" from rights.filings
       where state in ('accepted', 'withdrawing') and filed_at < $1
       order by filed_at, enterprise_id, filing_id limit $2`,
      [before, VOLUNTARY_LIMITS.followPageRows],
    ),
  );
  for (const address of open) await finishFiling(context, address);
  return open.length;
}

type Prepared = { readonly filing: FilingRow; readonly contract: Contract; readonly line: string };

/** Undefined where it is settled already. */
async function prepare(tx: Tx, context: VoluntaryContext, address: Address): Promise<Prepared | undefined> {
  const filing = await readFiling(tx, address);
  const contract = context.catalogue.contracts.get(filing?.contractId ?? '');
  if (filing === undefined || contract === undefined || filing.valuesSealed === null) return undefined;
  if (filing.state !== 'accepted' && filing.state !== 'withdrawing') return undefined;
  const text = await openField(tx, context.cipher, filingPlace(filing.enterpriseId), filing.valuesSealed);
  const values = JSON.parse(text) as Readonly<Record<string, string>>;
  const kept =
    filing.state === 'withdrawing'
      ? Object.fromEntries(contract.naturalKey.map((name) => [name, values[name] ?? '']))
      : values;
  const { code, name } = await readEnterprise(tx, filing.enterpriseId);
  const row = { subject_code: code ?? '', subject_name: name, ...kept, filing: turnOf(filing) };
  return { filing, contract, line: `${JSON.stringify(row)}\n` };
}

/** Distinguishes the deliveries of one filing: put back after a conflict it is delivered once more. */
function turnOf({ filingId, settledAt }: FilingRow): string {
  return `${filingId} ${settledAt?.toISOString() ?? ''}`;
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** False: the delivery did not take it, though the row check had. */
async function settle(
  tx: Tx,
  context: VoluntaryContext,
  { filing, contract, receipt }: { filing: FilingRow; contract: Contract; receipt: DeliveryReceipt },
): Promise<boolean> {
  const at = context.clock.now();
  const deliveryId = receipt.delivery;
  const isPublished = receipt.state === 'published';
  if (filing.state === 'withdrawing') {
    if (isPublished) await settleFiling(tx, filing, { state: 'withdrawn', deliveryId, at });
    return isPublished;
  }
  const state = isPublished ? 'kept' : 'returned';
  const isFirst = await settleFiling(tx, filing, { state, deliveryId, at });
  if (isPublished && isFirst) await keep(tx, context, { filing, contract, receipt });
  return isPublished;
}

async function keep(
  tx: Tx,
  context: VoluntaryContext,
  { filing, contract, receipt }: { filing: FilingRow; contract: Contract; receipt: DeliveryReceipt },
): Promise<void> {
  const { enterpriseId, itemId, filingId, entrance } = filing;
  const at = context.clock.now();
  const before = await readItem(tx, { enterpriseId, itemId });
  await carryOver(tx, context, filing);
  const isNewRecord = receipt.unchanged === 0;
  await writeItem(
    tx,
    {
      enterpriseId,
      itemId,
      contractId: contract.id,
      filingId,
      recordId: isNewRecord ? `${receipt.delivery}:${FIRST_ROW}` : (before?.recordId ?? null),
      entrances: [entrance],
      level: await readLevel(tx, { enterpriseId, filingId, contract }),
      validTo: addDays(beijingDate(at), validDaysOf(contract, context.voluntary.terms)),
      state: 'current',
    },
    at,
  );
}

/** Number of the only row of the file. */
const FIRST_ROW = 1;
