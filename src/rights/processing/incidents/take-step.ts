import type { Tx } from '#kernel';
import type { ProcessingContext } from '../processing-context.ts';
import { recordMeasure } from './open-incident.ts';
import { decideClosing, decideWithholding, proposeClosing, proposeWithholding } from './settle-incident.ts';
import { type OfIncident, recordOrder, tellRegulator } from './tell.ts';

/** The acts that are words and little else. */
export const WORDED_ACTS = [
  'measure',
  'regulator_told',
  'notice_ordered',
  'withholding_proposed',
  'withholding_approved',
  'withholding_rejected',
  'closing_proposed',
  'closing_rejected',
  'closed',
] as const;
export type WordedAct = (typeof WORDED_ACTS)[number];

/** Takes one step by its name; throws what the function of that step does. */
export async function takeStep(
  tx: Tx,
  context: ProcessingContext,
  asked: OfIncident & {
    readonly act: WordedAct;
    readonly words?: string | undefined;
    readonly regulator?: string | undefined;
  },
): Promise<void> {
  const { caller, incident, act, words, regulator = '' } = asked;
  const reasoned = { caller, incident, reason: words };
  switch (act) {
    case 'measure':
      return await recordMeasure(tx, context, { caller, incident, measure: words });
    case 'regulator_told':
      return await tellRegulator(tx, context, { caller, incident, regulator, report: words });
    case 'notice_ordered':
      return await recordOrder(tx, context, { caller, incident, regulator, order: words });
    case 'withholding_proposed':
      return await proposeWithholding(tx, context, reasoned);
    case 'withholding_approved':
    case 'withholding_rejected':
      return await decideWithholding(tx, context, {
        ...reasoned,
        isApproved: act === 'withholding_approved',
      });
    case 'closing_proposed':
      return await proposeClosing(tx, context, reasoned);
    case 'closing_rejected':
    case 'closed':
      return await decideClosing(tx, context, { ...reasoned, isApproved: act === 'closed' });
  }
}
