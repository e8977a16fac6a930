import { beijingDate } from '#kernel';
import type { WorkingCalendar } from '#lists';
import type { Profile } from '../definition/profile-shape.ts';
import { type StartEvent, type TermKind, UNDER_ALL_IN } from '../definition/term-kinds.ts';
import { type DueDay, dueOf, type Stop } from './due-of.ts';

/** What a term's day is reckoned from, apart from the profile. */
export type TermFacts = {
  readonly term: TermKind;
  readonly startedAt: Date;
  readonly events: Readonly<Partial<Record<StartEvent, string>>>;
  readonly stops: readonly Stop[];
  readonly extendedBy: string | null;
};

/** `dueOn` is null where neither the profile nor an all-in limit above says a day. */
export type Reckoned = {
  readonly dueOn: string | null;
  readonly dueIsCertain: boolean;
  /** The all-in limit ends it. */
  readonly isCapped: boolean;
};

export type Rules = { readonly profile: Profile; readonly calendar: WorkingCalendar };

/** The days of all terms of one matter, one for one: each by its own limit, the parts of an objection within the all-in limit. */
export function reckonMatter(terms: readonly TermFacts[], rules: Rules): Reckoned[] {
  const allIn = terms.findLast(({ term }) => term === 'all_in');
  const ceiling = allIn === undefined ? undefined : ownDueOf(allIn, rules);
  return terms.map((facts) => {
    const own = ownDueOf(facts, rules);
    return cap(own, UNDER_ALL_IN.includes(facts.term) ? ceiling : undefined);
  });
}

function ownDueOf(facts: TermFacts, { profile, calendar }: Rules): DueDay | undefined {
  const limit = profile.terms[facts.term];
  if (limit === undefined) return undefined;
  const startedOn = beijingDate(new Date(facts.events[limit.from] ?? facts.startedAt));
  return dueOf(limit, { startedOn, isExtended: facts.extendedBy !== null, stops: facts.stops }, calendar);
}

function cap(own: DueDay | undefined, ceiling: DueDay | undefined): Reckoned {
  if (ceiling !== undefined && (own === undefined || ceiling.dueOn < own.dueOn))
    return { ...ceiling, isCapped: true };
  return own === undefined
    ? { dueOn: null, dueIsCertain: true, isCapped: false }
    : { ...own, isCapped: false };
}
