import assert from 'node:assert';
import { Refusal, type Tx } from '#kernel';
import { type Contract, endMarksOf, putMark } from '#lists';
import type { Grant } from '#security';
import type { ObjectionOutcome } from './definition/load-objection-rules.ts';
import { objectionRefusal } from './definition/objection-refusals.ts';
import type { ObjectionItem } from './definition/objection.ts';
import type { ObjectionContext } from './objection-context.ts';

type Marked = Pick<ObjectionItem, 'contractId' | 'recordId' | 'objectionId' | 'itemNo' | 'mark'>;
type OwnMark = NonNullable<ObjectionItem['mark']>;

/** While it is open: 标注, or 中止披露. */
export function markWhileOpen({ mode }: Pick<ObjectionItem, 'mode'>): OwnMark {
  return mode === 'suspend' ? 'withheld' : 'disputed';
}

const MARK_OF: Readonly<Record<ObjectionOutcome, OwnMark>> = {
  corrected: 'withheld',
  annulled: 'annulled',
  withheld: 'withheld',
  expired: 'withheld',
};

export function markWhenUpheld(outcome: ObjectionOutcome): OwnMark {
  return MARK_OF[outcome];
}

/**
 * Puts the mark on the item's record in the caller's transaction. Null: nothing is there to mark, or the record carries such
 * a mark from elsewhere, which stays when ours would end. Throws `objections.record_changed`.
 */
export async function putItemMark(
  tx: Tx,
  context: ObjectionContext,
  grant: Grant,
  { item, mark }: { readonly item: Marked; readonly mark: OwnMark },
): Promise<OwnMark | null> {
  if (item.recordId === null) return null;
  const address = { contract: contractOf(context, item), recordId: item.recordId, mark };
  try {
    await putMark(tx, grant, { ...address, ground: groundOf(item), mayStand: true });
    return mark;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'marks.marked_already') return null;
    if (error instanceof Refusal && error.code === 'marks.record_unknown')
      throw objectionRefusal('objections.record_changed');
    throw error;
  }
}

/** Ends ours, on whichever version it stands. */
export async function liftItemMark(
  tx: Tx,
  context: ObjectionContext,
  grant: Grant,
  item: Marked,
): Promise<void> {
  if (item.recordId === null) return;
  await endMarksOf(tx, grant, { contract: contractOf(context, item), ground: groundOf(item) });
}

function groundOf({ objectionId, itemNo }: Pick<Marked, 'objectionId' | 'itemNo'>): string {
  return `objection ${objectionId}/${itemNo}`;
}

/** The contract in force; one that an item was made with is never taken away, only superseded. */
export function contractOf(
  { catalogue }: Pick<ObjectionContext, 'catalogue'>,
  { contractId }: Pick<Marked, 'contractId'>,
): Contract {
  const contract = catalogue.contracts.get(contractId);
  assert(contract !== undefined, 'the contract of an objection stays in the catalogue');
  return contract;
}
