import { type EnterpriseId, Refusal, type Tx } from '#kernel';
import { type Contract, putMark } from '#lists';
import { type Grant, recordLeaf } from '#security';
import { recallDisclosures } from '../recall/recall-disclosures.ts';
import type { CauseKind } from '../recall/recall-terms.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import type { RepairContext } from './repair-context.ts';
import type { EndCause, OwnMark, RepairTables } from './tables.ts';

/** By what mark a record goes out of use, and as what those who had it are told; null: they are not. */
const ENDS: Readonly<Record<EndCause, { readonly mark: OwnMark; readonly recall: CauseKind | null }>> = {
  repair: { mark: 'repaired', recall: 'repair' },
  said_repaired: { mark: 'repaired', recall: 'repair' },
  period_ended: { mark: 'withheld', recall: 'retention' },
  annulled: { mark: 'annulled', recall: 'withdrawal' },
  // For a time, and what was told before was right.
  reorganisation: { mark: 'withheld', recall: null },
};

export type Ending = {
  /** Of an act about this enterprise. */
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly contract: Contract;
  readonly recordId: string;
  readonly cause: EndCause;
  readonly causeId: string;
  readonly at: Date;
};

/**
 * 终止公示、停止共享使用: one record goes out of publication, sharing and use in the caller's transaction. The mark hides it from every
 * read of now and of any earlier day, whoever had it is told, scores and whitelists are made again, a leaf proves it. False: it was
 * out of use by such a mark already. Throws `repairs.record_changed`.
 */
export async function endUse(tx: Tx, context: RepairContext, ending: Ending): Promise<boolean> {
  const { enterpriseId, contract, recordId, cause, causeId, at } = ending;
  if (!(await putOwnMark(tx, ending))) return false;
  const { mark, recall } = ENDS[cause];
  await tx
    .tables<RepairTables>()
    .insertInto('rights.repair_marks')
    .values({
      enterprise_id: enterpriseId,
      contract_id: contract.id,
      first_record_id: recordId,
      record_id: recordId,
      mark,
      cause,
      cause_id: causeId,
      since: at,
    })
    .execute();
  await recordLeaf(tx, context.keys, {
    kind: 'correction',
    at,
    subject: enterpriseId,
    body: {
      act: 'record_out_of_use',
      contract: contract.id,
      record: recordId,
      mark,
      cause,
      of: causeId,
      by: ending.grant.caller.id,
      policyHash: ending.grant.policyHash,
    },
  });
  await tellRecipients(tx, context, { ...ending, kind: recall });
  return true;
}

/** Puts the mark of the cause. False: the record carries such a mark from elsewhere. Throws `repairs.record_changed`. */
export async function putOwnMark(
  tx: Tx,
  { grant, contract, recordId, cause, causeId }: Omit<Ending, 'at' | 'enterpriseId'>,
): Promise<boolean> {
  try {
    await putMark(tx, grant, {
      contract,
      recordId,
      mark: ENDS[cause].mark,
      ground: groundOf(cause, causeId),
    });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'marks.marked_already') return false;
    if (error.code === 'marks.record_unknown') throw repairRefusal('repairs.record_changed');
    throw error;
  }
}

/** What the mark of a cause is put on; the same on every version of a record. */
export function groundOf(cause: EndCause, causeId: string): string {
  return `${cause} ${causeId}`;
}

/** 召回: those who had the record itself. A cause that tells nobody leaves what they have. */
export async function tellRecipients(
  tx: Tx,
  context: RepairContext,
  told: Pick<Ending, 'enterpriseId' | 'contract' | 'recordId' | 'causeId' | 'at'> & {
    readonly kind: CauseKind | null;
  },
): Promise<void> {
  const { enterpriseId, contract, recordId, causeId: id, kind, at } = told;
  if (kind === null) return;
  await recallDisclosures(tx, context, {
    enterpriseId,
    contract: contract.id,
    recordId,
    cause: { kind, id },
    at,
  });
}

export function recallOf(cause: EndCause): CauseKind | null {
  return ENDS[cause].recall;
}
