import type { Tx } from '#kernel';
import { readProfileInForce } from '../time-limits/definition/profile-in-force.ts';
import type { Responsible, TermMatter } from '../time-limits/definition/term-kinds.ts';
import { endTerm } from '../time-limits/running/change-term.ts';
import { readTerms } from '../time-limits/running/read-terms.ts';
import { startTerm } from '../time-limits/running/start-term.ts';
import { resumeClock, stopClock } from '../time-limits/running/stop-clock.ts';
import type { ComplaintContext } from './complaint-context.ts';
import type { StoredComplaint } from './store.ts';

/** The answer is owed by the node, which follows it up before the supervisor too. */
const NODE: Responsible = { kind: 'node', id: 'node' };
const TERM = 'complaint_answer';

type Of = Pick<StoredComplaint, 'enterpriseId' | 'complaintId'>;

export function matterOf({ enterpriseId, complaintId }: Of): TermMatter {
  return { kind: 'complaint', id: complaintId, enterpriseId };
}

/** From the filing, and again from the day on which it goes to the supervisor. */
export async function startAnswerTerm(tx: Tx, context: ComplaintContext, of: Of, at: Date): Promise<void> {
  await startTerm(tx, context, { matter: matterOf(of), term: TERM, responsible: NODE, startedAt: at });
}

export async function endAnswerTerm(tx: Tx, context: ComplaintContext, of: Of, at: Date): Promise<void> {
  await endTerm(tx, context, { matter: matterOf(of), term: TERM, responsible: NODE, at });
}

/** Where the profile in force does not let this clock stand, it runs on while the complainant is asked. */
export async function stopAnswerTerm(tx: Tx, context: ComplaintContext, of: Of, at: Date): Promise<void> {
  const { terms } = await readProfileInForce(tx, context);
  if (terms[TERM]?.mayStop === true)
    await stopClock(tx, context, { matter: matterOf(of), reason: '要求投诉人补充材料', at });
}

export async function resumeAnswerTerm(tx: Tx, context: ComplaintContext, of: Of, at: Date): Promise<void> {
  const matter = matterOf(of);
  const terms = await readTerms(tx, matter);
  if (terms.some(({ endedAt, state }) => endedAt === null && state === 'stopped'))
    await resumeClock(tx, context, { matter, reason: '投诉人已补充或者补充期满', at });
}
