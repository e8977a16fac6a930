import { beginningOfBeijingDate, beijingDate, inTransaction, type Tx } from '#kernel';
import { MerkleTree } from '#lists';
import { recordLeaf } from '#security';
import type { PushContext } from '../push-context.ts';

/**
 * Records what endpoints took on days that are over: one leaf `push_receipt` per endpoint and day, with the Merkle root over
 * its messages in order of number, each as `<message id> <instant it was taken>`. A leaf per push would double the log
 * under an alert storm and prove nothing more: message and instant stay beside the tree, and the root shows both.
 * Run again it records nothing twice. Returns how many days of endpoints were recorded.
 */
export async function recordPushReceipts(context: PushContext): Promise<number> {
  const today = beijingDate(context.clock.now());
  const open = await inTransaction(context.database, (tx) =>
    tx.rows<OpenDay>(FIND_OPEN, [beginningOfBeijingDate(today)]),
  );
  for (const one of open) await inTransaction(context.database, (tx) => recordDay(tx, context, one));
  return open.length;
}

type OpenDay = { readonly endpointId: string; readonly day: string };

async function recordDay(tx: Tx, { keys, clock }: PushContext, { endpointId, day }: OpenDay): Promise<void> {
  const at = clock.now();
  // Whoever comes second waits for this lock, and then finds the day recorded.
  await tx.rows('select from monitoring.endpoints where endpoint_id = $1 for update', [endpointId]);
  const known = await tx.rows('select from monitoring.push_receipts where endpoint_id = $1 and day = $2', [
    endpointId,
    day,
  ]);
  if (known.length > 0) return;
  const taken = await readTaken(tx, { endpointId, day });
  const merkleRoot = rootOfTaken(taken);
  const body = { endpoint: endpointId, day, pushes: taken.length, merkleRoot };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'push_receipt', at, body });
  await tx.rows(
    `insert into monitoring.push_receipts (endpoint_id, day, pushes, merkle_root, receipt_id, at)
     values ($1, $2, $3, $4, $5, $6)`,
    [endpointId, day, taken.length, merkleRoot, receiptId, at],
  );
}

/** One message that an endpoint took, and when. */
export type Taken = { readonly messageId: string; readonly at: Date };

export function rootOfTaken(taken: readonly Taken[]): string {
  const tree = new MerkleTree();
  for (const { messageId, at } of taken) tree.add(Buffer.from(`${messageId} ${at.toISOString()}`));
  return tree.root();
}

/** What an endpoint took on one Beijing day, in order of number. */
export async function readTaken(tx: Tx, { endpointId, day }: OpenDay): Promise<Taken[]> {
  return await tx.rows<Taken>(
    `select m.message_id as "messageId", d.ended_at as at
     from monitoring.push_deliveries d join monitoring.messages m on m.number = d.number
     where d.endpoint_id = $1 and d.state = 'delivered' and (d.ended_at at time zone 'Asia/Shanghai')::date = $2
       and d.ended_at >= ($2::date::timestamp at time zone 'Asia/Shanghai') - interval '1 hour'
     order by d.number`,
    [endpointId, day],
  );
}

const FIND_OPEN = `
  select distinct d.endpoint_id as "endpointId", (d.ended_at at time zone 'Asia/Shanghai')::date::text as day
  from monitoring.push_deliveries d
  where d.state = 'delivered' and d.ended_at < $1 and d.ended_at > $1::timestamptz - interval '30 days'
    and not exists (
      select from monitoring.push_receipts r
      where r.endpoint_id = d.endpoint_id and r.day = (d.ended_at at time zone 'Asia/Shanghai')::date)
  order by 2, 1`;
