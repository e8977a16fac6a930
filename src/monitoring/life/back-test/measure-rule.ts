import { addDays } from '#evaluation';
import type { EnterpriseId } from '#kernel';
import type { LoanLife } from '#outcomes';
import { type Level, LEVELS } from '../../rules/rule.ts';
import { type Share, shareOf } from '../share.ts';
import { countFates, type Fate, fateAfter, type Lending } from './loan-fates.ts';

/** The first day of the test on which a rule would have told a fact of an enterprise that was watched. */
export type Raised = {
  readonly enterpriseId: EnterpriseId;
  readonly on: string;
  readonly level: Level;
  /** The fact was told before at a lower level. */
  readonly isUpgrade: boolean;
};

export type RuleFigures = {
  /** Enterprises that owed something on any day of the test. */
  readonly watched: number;
  /** Facts told, of them those that stood already on the first day. */
  readonly alerts: number;
  readonly alertsAtStart: number;
  /** Of the facts that came after the first day; null: the test has no other day. */
  readonly alertsPerWeek: number | null;
  readonly alerted: Share;
  /** Of warnings, the share after which a loan went bad within the horizon. */
  readonly precision: Share;
  /** Warnings whose loans were not reported to the end of the horizon; they are in no share. */
  readonly open: number;
  /** The same share of all watched, day by day: what a rule that knows nothing would come to. */
  readonly baseRate: number | null;
  /** Precision in times of the base rate. */
  readonly lift: number | null;
  readonly liftFrom: number | null;
  readonly liftTo: number | null;
  /** Precision of the warnings of each level that was raised, from the gravest down. */
  readonly byLevel: readonly { readonly level: Level; readonly precision: Share }[];
  /** Of enterprises whose loan went bad, the share that had an alert within the horizon before. */
  readonly recall: Share;
  /** Median days from that alert to the first month end overdue; below 0 it came after. */
  readonly leadDays: number | null;
};

export type Tested = {
  readonly lending: Lending;
  /** In order; as many days apart as the test looks. */
  readonly days: readonly string[];
  readonly horizonDays: number;
};

/**
 * What a rule would have been worth. A warning is an alert of an enterprise that had none within the horizon before:
 * repeated alerts of one enterprise are one warning, so that its shares are of things that do not hang on each other.
 */
export function measureRule(raised: readonly Raised[], tested: Tested): RuleFigures {
  const { lending, days } = tested;
  const byEnterprise = inOrder(raised);
  const { watched, good, bad } = countFates(lending, tested);
  const { precision, open } = followWarnings(raised, tested);
  const baseRate = shareOf(bad, bad + good).share;
  const found = findBadCases(byEnterprise, tested);
  const facts = raised.filter(({ isUpgrade }) => !isUpgrade);
  const atStart = facts.filter(({ on }) => on === days[0]).length;
  return {
    watched,
    alerts: facts.length,
    alertsAtStart: atStart,
    alertsPerWeek: perWeek(facts.length - atStart, days),
    alerted: shareOf(byEnterprise.size, watched),
    precision,
    open,
    baseRate,
    lift: timesOf(precision.share, baseRate),
    liftFrom: timesOf(precision.from, baseRate),
    liftTo: timesOf(precision.to, baseRate),
    byLevel: LEVELS.flatMap((level) => {
      const own = raised.filter((one) => one.level === level);
      return own.length === 0 ? [] : [{ level, precision: followWarnings(own, tested).precision }];
    }),
    recall: shareOf(found.leads.length, found.cases),
    leadDays: medianOf(found.leads),
  };
}

function inOrder(raised: readonly Raised[]): Map<EnterpriseId, Raised[]> {
  const sorted = raised.toSorted((one, other) => (one.on < other.on ? -1 : Number(one.on > other.on)));
  return Map.groupBy(sorted, ({ enterpriseId }) => enterpriseId);
}

/** What came of the warnings among these. */
function followWarnings(
  raised: readonly Raised[],
  tested: Tested,
): { readonly precision: Share; readonly open: number } {
  const { lending } = tested;
  const fates = [...inOrder(raised)].flatMap(([id, own]) =>
    fatesOfWarnings(own, lending.get(id) ?? [], tested),
  );
  const count = (state: Fate['state']): number => fates.filter((fate) => fate.state === state).length;
  return { precision: shareOf(count('bad'), count('bad') + count('good')), open: count('open') };
}

function fatesOfWarnings(own: readonly Raised[], loans: readonly LoanLife[], tested: Tested): Fate[] {
  const fates: Fate[] = [];
  let quietUntil = '';
  for (const { on } of own) {
    if (on <= quietUntil) continue;
    quietUntil = addDays(on, tested.horizonDays);
    fates.push(fateAfter(loans, { day: on, horizonDays: tested.horizonDays }));
  }
  return fates;
}

/** Each enterprise counts once, by its first bad loan that the days of the test could have warned of. */
function findBadCases(
  byEnterprise: ReadonlyMap<EnterpriseId, readonly Raised[]>,
  { lending, days, horizonDays }: Tested,
): { readonly cases: number; readonly leads: readonly number[] } {
  let cases = 0;
  const leads: number[] = [];
  for (const [id, loans] of lending) {
    const first = days
      .map((day) => fateAfter(loans, { day, horizonDays }))
      .find((fate) => fate.state === 'bad');
    if (first === undefined) continue;
    cases += 1;
    const opens = addDays(first.badOn, -horizonDays);
    const alert = byEnterprise.get(id)?.find(({ on }) => on >= opens && on < first.badOn);
    if (alert !== undefined) leads.push(daysBetween(alert.on, first.overdueOn));
  }
  return { cases, leads };
}

function perWeek(alerts: number, days: readonly string[]): number | null {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return (alerts * 7) / daysBetween(first, last);
}

function timesOf(share: number | null, baseRate: number | null): number | null {
  return share === null || baseRate === null || baseRate === 0 ? null : share / baseRate;
}

const DAY_MS = 86_400_000;

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
