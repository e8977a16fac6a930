import { beijingDate, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { holdProfileInForce } from '../definition/profile-in-force.ts';
import type { Responsible, TermMatter } from '../definition/term-kinds.ts';
import { timeLimitRefusal } from '../time-limit-refusals.ts';
import { closeStops, moveTerms } from './change-term.ts';
import type { TermsContext } from './start-term.ts';
import { type LiveTerm, readAgain, takeTerms } from './store.ts';
import type { Term } from './term.ts';

export type ClockAct = {
  readonly matter: TermMatter;
  readonly reason: string;
  readonly at: Date;
  /** Of whoever this is alone; absent: of everybody who holds a term of the matter. */
  readonly responsible?: Responsible;
};

/**
 * Stops the clock of every running term of the matter that the profile lets stand, an expert examination for example.
 * Throws `time_limits.nothing_to_stop`.
 */
export async function stopClock(tx: Tx, context: TermsContext, about: ClockAct): Promise<Term[]> {
  const profile = await holdProfileInForce(tx, context);
  const terms = await takeTerms(tx, about.matter);
  const running = terms.filter(
    (row) =>
      row.endedAt === null &&
      !isStopped(row) &&
      isHeldBy(row, about) &&
      profile.terms[row.term]?.mayStop === true,
  );
  if (running.length === 0)
    throw timeLimitRefusal('time_limits.nothing_to_stop', { matter: about.matter.id });
  const stop = { from: beijingDate(about.at), to: null, reason: about.reason };
  const changed = running.map((row) => ({ ...row, stops: [...row.stops, stop] }));
  await moveTerms(tx, context, { terms, changed, cause: 'stopped', profile });
  await recordAct(tx, context, 'clock_stopped', about);
  return await readAgain(tx, running);
}

/** Lets them go on: the days between do not count. Throws `time_limits.not_stopped`. */
export async function resumeClock(tx: Tx, context: TermsContext, about: ClockAct): Promise<Term[]> {
  const profile = await holdProfileInForce(tx, context);
  const terms = await takeTerms(tx, about.matter);
  const standing = terms.filter((row) => row.endedAt === null && isStopped(row) && isHeldBy(row, about));
  if (standing.length === 0) throw timeLimitRefusal('time_limits.not_stopped', { matter: about.matter.id });
  const changed = standing.map((row) => ({ ...row, stops: closeStops(row, about.at) }));
  await moveTerms(tx, context, { terms, changed, cause: 'resumed', profile });
  await recordAct(tx, context, 'clock_resumed', about);
  return await readAgain(tx, standing);
}

function isHeldBy(row: LiveTerm, { responsible }: ClockAct): boolean {
  if (responsible === undefined) return true;
  return row.responsibleKind === responsible.kind && row.responsibleId === responsible.id;
}

function isStopped({ stops }: LiveTerm): boolean {
  return stops.some(({ to }) => to === null);
}

async function recordAct(tx: Tx, { keys, clock }: TermsContext, act: string, about: ClockAct): Promise<void> {
  const { matter, reason } = about;
  await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at: clock.now(),
    body: { act, matter: matter.id, on: beijingDate(about.at), reason },
    subject: matter.enterpriseId,
  });
}
