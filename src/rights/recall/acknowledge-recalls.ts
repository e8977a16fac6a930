import { toEnterpriseId, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { endTerm } from '../time-limits/running/change-term.ts';
import { RECALL_LIMITS } from './recall-limits.ts';
import { type Done, RECALL_COLUMNS, type RecallLine } from './recall-lines.ts';
import { FOR_RECEIVER, type RecallReceiver, requireReceiver } from './recall-recipient.ts';
import { recallRefusal } from './recall-refusals.ts';

export type Acknowledgement = {
  readonly caller: Caller;
  /** At most `acknowledgedAtOnceMax`; all of them or none. */
  readonly recallIds: readonly string[];
  readonly done: Done;
  /** Needed where something else was done; said to the enterprise. */
  readonly note?: string | undefined;
};

/**
 * The recipient, or the platform through which it came, says what it did; what was said before stands as it stood. Returns how the
 * recalls stand. Throws `recalls.unknown`, `recalls.note_missing` or the policy's refusal.
 */
export async function acknowledgeRecalls(
  tx: Tx,
  context: RightsContext,
  { caller, recallIds, done, note }: Acknowledgement,
): Promise<RecallLine[]> {
  const receiver = await requireReceiver(tx, context, caller, 'acknowledge_recall');
  const text = noteOf(done, note);
  const ids = [...new Set(recallIds)].sort();
  const open = (await takeRecalls(tx, receiver, ids)).filter(({ isOpen }) => isOpen);
  if (open.length > 0) {
    const at = context.clock.now();
    const recalls = open.map(({ recallId }) => recallId);
    const body = { act: 'recalls_acknowledged', recalls, recipient: receiver.id, done, by: caller.id };
    const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'push_receipt', at, body });
    await tx.rows(
      `update rights.recalls set acknowledged_at = $3, acknowledged_by = $4, done = $5, note = $6,
         acknowledged_receipt_id = $7
       where enterprise_id = any($1::bigint[]) and recall_id = any($2)`,
      [open.map(({ enterpriseId }) => enterpriseId), recalls, at, caller.id, done, text, receiptId],
    );
    for (const one of open) await endAcknowledgement(tx, context, one, at);
  }
  return await readLines(tx, ids);
}

function noteOf(done: Done, note: string | undefined): string | null {
  const text = note?.trim() ?? '';
  const isTooLong = text.length > RECALL_LIMITS.noteCharactersMax;
  if (isTooLong || (text === '' && done === 'other')) throw recallRefusal('recalls.note_missing');
  return text === '' ? null : text;
}

type Taken = { readonly recallId: string; readonly enterpriseId: string; readonly isOpen: boolean };

/** Held until the transaction ends. One that is not for this receiver is none. */
async function takeRecalls(tx: Tx, { kind, id }: RecallReceiver, ids: readonly string[]): Promise<Taken[]> {
  const rows = await tx.rows<Taken>(
    `select r.recall_id as "recallId", r.enterprise_id as "enterpriseId", r.acknowledged_at is null as "isOpen"
     from rights.recalls r where ${FOR_RECEIVER} and r.recall_id = any($3) order by r.recall_id for update`,
    [kind, id, ids],
  );
  if (rows.length < ids.length) throw recallRefusal('recalls.unknown');
  return rows;
}

async function endAcknowledgement(
  tx: Tx,
  context: RightsContext,
  { recallId: id, enterpriseId }: Taken,
  at: Date,
): Promise<void> {
  const matter = { kind: 'recall', id, enterpriseId: toEnterpriseId(enterpriseId) } as const;
  await endTerm(tx, context, { matter, term: 'recall_acknowledgement', at });
}

async function readLines(tx: Tx, ids: readonly string[]): Promise<RecallLine[]> {
  return await tx.rows<RecallLine>(
    `select ${RECALL_COLUMNS} from rights.recalls r where r.recall_id = any($1) order by r.recall_id`,
    [ids],
  );
}
