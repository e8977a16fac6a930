import type { Tx } from '#kernel';
import { recallDisclosures } from '../../recall/recall-disclosures.ts';
import type { Correction } from '../definition/objection.ts';
import type { ObjectionContext } from '../objection-context.ts';

/** 召回: whoever received or derived from the wrong record is told, in the transaction of the decision. */
export async function tellRecipients(
  tx: Tx,
  context: ObjectionContext,
  { enterpriseId, contract, recordId, objectionId, decidedAt }: Correction,
): Promise<void> {
  const cause = { kind: 'objection', id: objectionId } as const;
  await recallDisclosures(tx, context, { enterpriseId, contract, recordId, cause, at: decidedAt });
}
