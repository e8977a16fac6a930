import type { Tx } from '#kernel';
import { type Caller, type InclusionProof, openLeaf } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { proveNotice } from './notice-tree.ts';
import { RECALL_LIMITS } from './recall-limits.ts';
import { RECALL_COLUMNS, type RecallLine } from './recall-lines.ts';
import { FOR_RECEIVER, requireReceiver } from './recall-recipient.ts';
import { recallRefusal } from './recall-refusals.ts';

export type RecallPage = {
  readonly state?: 'open' | 'acknowledged' | undefined;
  /** Continue below this recall. */
  readonly before?: string | undefined;
  readonly limit?: number;
};

/** Recalls for the caller's institution, platform or the node, newest first. Throws the policy's refusal. */
export async function receiveRecalls(
  tx: Tx,
  context: RightsContext,
  { caller, state, before, limit = RECALL_LIMITS.pageMax }: RecallPage & { readonly caller: Caller },
): Promise<RecallLine[]> {
  const { kind, id } = await requireReceiver(tx, context, caller, 'see_recalls');
  return await tx.rows<RecallLine>(
    `select ${RECALL_COLUMNS} from rights.recalls r
     where ${FOR_RECEIVER} and ($3::text is null or (r.acknowledged_at is null) = ($3 = 'open'))
       and ($4::text is null or r.recall_id < $4)
     order by r.recall_id desc limit $5`,
    [kind, id, state ?? null, before ?? null, limit],
  );
}

/** A recall with its notice and the proof that the notice is in the log. */
export type ReceivedRecall = RecallLine & {
  /** Compact JWS. */
  readonly notice: string;
  readonly receiptId: string;
  /** From the notice to the Merkle root in the body of the leaf. */
  readonly inclusion: InclusionProof;
  /** Null after a lawful deletion. */
  readonly leaf: { readonly body: string; readonly salt: string } | null;
};

/** Throws `recalls.unknown` or the policy's refusal. */
export async function receiveRecall(
  tx: Tx,
  context: RightsContext,
  { caller, recallId }: { readonly caller: Caller; readonly recallId: string },
): Promise<ReceivedRecall> {
  const { kind, id } = await requireReceiver(tx, context, caller, 'see_recalls');
  const [row] = await tx.rows<Row>(
    `select ${RECALL_COLUMNS}, r.enterprise_id as "enterpriseId", r.notice, r.receipt_id as "receiptId", r.place
     from rights.recalls r where ${FOR_RECEIVER} and r.recall_id = $3`,
    [kind, id, recallId],
  );
  if (row === undefined) throw recallRefusal('recalls.unknown');
  const { enterpriseId, place, ...recall } = row;
  const hashes = await tx.rows<{ hash: Buffer }>(
    `select notice_hash as hash from rights.recalls where enterprise_id = $1 and receipt_id = $2 order by place`,
    [enterpriseId, recall.receiptId],
  );
  const inclusion = proveNotice(
    hashes.map(({ hash }) => hash),
    place,
  );
  return { ...recall, inclusion, leaf: (await openLeaf(tx, recall.receiptId)) ?? null };
}

type Row = Omit<ReceivedRecall, 'inclusion' | 'leaf'> & {
  readonly enterpriseId: string;
  readonly place: number;
};
