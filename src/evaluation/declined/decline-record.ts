import type { Tx } from '#kernel';
import { endMark, type MarkAddress, putMark } from '#lists';
import { proveMandate } from '#platform';
import { type Grant, type Receipt, recordLeaf, requireAllowed } from '#security';
import { declinedRefusal } from './declined-refusals.ts';
import { type DeclinedContext, type OwnAsk, type OwnRecord, readOwnPositive } from './own-records.ts';

export type DeclineRequest = OwnAsk & {
  /** `<delivery>:<row>`, as the list of positive records names it. */
  readonly record: string;
};

export type Declined = {
  readonly record: string;
  /** Null: others read it again. */
  readonly declinedSince: Date | null;
  readonly receipt: Receipt;
};

/**
 * 谢绝使用: from now on nobody but the enterprise reads this record of its own, and no evaluation counts it. Whoever was told
 * of it before keeps what was true then. Throws the policy's refusal, what `proveMandate` throws, `declined.record_unknown`,
 * `declined.not_positive`, `marks.record_unknown`, `marks.marked_already`.
 */
export async function declineRecord(
  tx: Tx,
  context: DeclinedContext,
  asked: DeclineRequest,
): Promise<Declined> {
  const { grant, own, address } = await openOwn(tx, context, asked);
  if (!own.isPositive) throw declinedRefusal('declined.not_positive', { record: asked.record });
  const declinedSince = await putMark(tx, grant, {
    ...address,
    ground: `declined ${context.positive.version}`,
  });
  const receipt = await recordAct(tx, context, { grant, address, act: 'record_declined' });
  return { record: asked.record, declinedSince, receipt };
}

/**
 * 恢复使用: others read it again. Throws as `declineRecord`, and `marks.not_marked` or `marks.ended_already` where it is not
 * declined.
 */
export async function takeBackDeclined(
  tx: Tx,
  context: DeclinedContext,
  asked: DeclineRequest,
): Promise<Declined> {
  const { grant, address } = await openOwn(tx, context, asked);
  await endMark(tx, grant, address);
  const receipt = await recordAct(tx, context, { grant, address, act: 'decline_taken_back' });
  return { record: asked.record, declinedSince: null, receipt };
}

type Opened = { readonly grant: Grant; readonly own: OwnRecord; readonly address: MarkAddress };

/** By the representative, or an agent whose mandate is live and covers objections, about a record of its own. */
async function openOwn(tx: Tx, context: DeclinedContext, asked: DeclineRequest): Promise<Opened> {
  const { enterpriseId, records } = await readOwnPositive(tx, context, asked);
  const grant = requireAllowed(context.policies, asked.caller, 'decline_record', {
    enterprise: enterpriseId,
  });
  await proveMandate(tx, context.clock, asked.caller, 'object');
  const own = records.find(({ record }) => record.recordId === asked.record);
  if (own === undefined) throw declinedRefusal('declined.record_unknown', { record: asked.record });
  const address = { contract: own.contract, recordId: asked.record, mark: 'declined' } as const;
  return { grant, own, address };
}

async function recordAct(
  tx: Tx,
  { keys, clock, positive }: DeclinedContext,
  { grant, address, act }: { grant: Grant; address: MarkAddress; act: string },
): Promise<Receipt> {
  const { enterprise } = grant.matter;
  return await recordLeaf(tx, keys, {
    kind: 'correction',
    at: clock.now(),
    ...(enterprise !== undefined && { subject: enterprise }),
    body: {
      act,
      by: grant.caller.id,
      contract: address.contract.id,
      record: address.recordId,
      definition: positive.version,
      policyHash: grant.policyHash,
    },
  });
}
