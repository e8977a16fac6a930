import { addDays } from '#evaluation';
import type { EnterpriseId } from '#kernel';
import type { LoanLife } from '#outcomes';

/** Loans by the enterprise that owes them. */
export type Lending = ReadonlyMap<EnterpriseId, readonly LoanLife[]>;

/**
 * What came of an enterprise after a day. `unwatched`: it owed nothing then, or was bad already, so that no alert could warn
 * anyone; `open`: its loans were not reported far enough.
 */
export type Fate =
  | { readonly state: 'unwatched' | 'good' | 'open' }
  | { readonly state: 'bad'; readonly badOn: string; readonly overdueOn: string };

/** Within `horizonDays` after a Beijing day, by what institutions reported until now. */
export function fateAfter(
  loans: readonly LoanLife[],
  { day, horizonDays }: { readonly day: string; readonly horizonDays: number },
): Fate {
  const owed = loans.filter((loan) => isLive(loan, day));
  if (owed.length === 0 || owed.some(({ badOn }) => badOn !== null && badOn <= day))
    return { state: 'unwatched' };
  const end = addDays(day, horizonDays);
  const [first] = owed
    .flatMap((loan) => badWithin(loan, end))
    .sort((one, other) => (one.badOn < other.badOn ? -1 : 1));
  if (first !== undefined) return { state: 'bad', ...first };
  const isTold = owed.every(
    ({ endedOn, toldUntil }) => endedOn !== null || (toldUntil !== null && toldUntil >= end),
  );
  return { state: isTold ? 'good' : 'open' };
}

function isLive({ disbursedOn, endedOn }: LoanLife, day: string): boolean {
  return disbursedOn <= day && (endedOn === null || endedOn > day);
}

function badWithin({ badOn, overdueOn }: LoanLife, end: string): { badOn: string; overdueOn: string }[] {
  return badOn === null || badOn > end ? [] : [{ badOn, overdueOn: overdueOn ?? badOn }];
}

/** Days on which an enterprise of the group owed something and was not bad yet, and what came after each. */
export function countFates(
  lending: Lending,
  { days, horizonDays }: { readonly days: readonly string[]; readonly horizonDays: number },
): { readonly watched: number; readonly good: number; readonly bad: number } {
  const counts = { watched: 0, good: 0, bad: 0 };
  for (const loans of lending.values()) {
    const states = days.map((day) => fateAfter(loans, { day, horizonDays }).state);
    if (states.some((state) => state !== 'unwatched')) counts.watched += 1;
    counts.good += states.filter((state) => state === 'good').length;
    counts.bad += states.filter((state) => state === 'bad').length;
  }
  return counts;
}
