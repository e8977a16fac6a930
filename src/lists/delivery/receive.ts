import { createHash } from 'node:crypto';
import { addJob, assertProof, inTransaction, newId, type Tx } from '#kernel';
import type { Admission } from '#security';
import { parseMapping } from '../check/mapping.ts';
import type { Contract } from '../contract/shape.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { ListsTables } from '../tables.ts';
import { storeBytes } from './store-bytes.ts';

/** What a department hands over besides the bytes. */
export type DeliveryRequest = {
  readonly contractId: string;
  readonly provider: string;
  /** Of a contract that institutions give back: who does, see `requireGiver`; it is the provider then. */
  readonly giver?: Admission;
  /** `records` brings or corrects records; `withdrawal` names keys whose live records end. */
  readonly kind: 'records' | 'withdrawal';
  readonly fileName: string;
  /** YAML text of the provider's mapping; empty: the header speaks for itself. */
  readonly mapping: string;
  /** Made by `xinqiao synth`, not by a department; every figure and page built on it says so. */
  readonly isSynthetic: boolean;
  /** Id of the caller, already allowed to deliver. */
  readonly receivedBy: string;
};

export type Received = { readonly deliveryNo: string; readonly deliveryId: string; readonly isNew: boolean };

/**
 * Step 1, receive: keeps the bytes under their digest, then writes the delivery and queues its processing.
 * The same bytes with the same mapping for the same contract are one delivery, however often they come.
 */
export async function receive(
  context: ListsContext,
  request: DeliveryRequest,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Received> {
  const contract = requireContract(context, request.contractId);
  const provider = requireProvider(contract, request);
  if (request.mapping !== '') parseMapping(request.mapping);
  const stored = await storeBytes(context.deliveriesFolder, bytes);
  return await inTransaction(context.database, async (tx) => {
    const made = await insertDelivery(tx, { context, contract, provider, request, stored });
    if (made.isNew)
      await addJob(
        tx,
        'process_delivery',
        { deliveryNo: made.deliveryNo },
        { key: `delivery ${made.deliveryNo}` },
      );
    return made;
  });
}

export function requireContract(context: ListsContext, id: string): Contract {
  const contract = context.catalogue.contracts.get(id);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: id });
  return contract;
}

function requireProvider(contract: Contract, { provider, giver }: DeliveryRequest): string {
  if (contract.givenBackBy !== undefined) {
    if (giver === undefined) throw listsRefusal('delivery.by_institutions_only');
    assertProof(giver, 'Admission');
    return giver.institutionId;
  }
  if (contract.provider === provider) return provider;
  throw listsRefusal('delivery.not_your_contract', {
    contract: contract.id,
    owner: contract.provider,
    provider,
  });
}

type NewDelivery = {
  context: ListsContext;
  contract: Contract;
  provider: string;
  request: DeliveryRequest;
  stored: { digest: string; bytes: number };
};

async function insertDelivery(
  tx: Tx,
  { context, contract, provider, request, stored }: NewDelivery,
): Promise<Received> {
  const now = context.clock.now();
  const mappingHash =
    request.mapping === '' ? '' : createHash('sha256').update(request.mapping).digest('hex');
  const inserted = await tx
    .tables<ListsTables>()
    .insertInto('lists.deliveries')
    .values({
      delivery_id: newId('dlv', now),
      contract_id: contract.id,
      contract_hash: contract.hash,
      provider,
      kind: request.kind,
      mapping: request.mapping,
      mapping_hash: mappingHash,
      file_name: request.fileName.slice(0, 200),
      digest: stored.digest,
      bytes: String(stored.bytes),
      state: 'received',
      is_synthetic: request.isSynthetic,
      received_by: request.receivedBy,
      received_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['contract_id', 'provider', 'kind', 'digest', 'mapping_hash']).doNothing(),
    )
    .returning(['delivery_no', 'delivery_id'])
    .executeTakeFirst();
  if (inserted !== undefined)
    return { deliveryNo: inserted.delivery_no, deliveryId: inserted.delivery_id, isNew: true };
  const existing = await tx
    .tables<ListsTables>()
    .selectFrom('lists.deliveries')
    .select(['delivery_no', 'delivery_id'])
    .where('contract_id', '=', contract.id)
    .where('provider', '=', provider)
    .where('kind', '=', request.kind)
    .where('digest', '=', stored.digest)
    .where('mapping_hash', '=', mappingHash)
    .executeTakeFirstOrThrow();
  return { deliveryNo: existing.delivery_no, deliveryId: existing.delivery_id, isNew: false };
}
