import { beijingDate } from '#kernel';
import { daysBetween } from '#lists';
import type { Stop } from './due-of.ts';
import type { Term } from './term.ts';

export type Standing = Pick<Term, 'state' | 'lateDays'>;

/**
 * How a term stands: ended, by its own day; else on the day `today`, if one is given. Late days are calendar days after the
 * last day of the term. A clock that stands is never late.
 */
export function decideTerm(
  { dueOn, endedAt, stops }: Pick<Term, 'dueOn' | 'endedAt'> & { readonly stops: readonly Stop[] },
  today?: string,
): Standing {
  if (endedAt === null && stops.some(({ to }) => to === null)) return { state: 'stopped', lateDays: 0 };
  const day = endedAt === null ? today : beijingDate(endedAt);
  const lateDays = dueOn === null || day === undefined ? 0 : Math.max(0, daysBetween(dueOn, day));
  if (lateDays > 0) return { state: 'late', lateDays };
  return { state: endedAt === null ? 'running' : 'met', lateDays: 0 };
}
