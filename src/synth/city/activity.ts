import { type Day, dayIn, firstDayOf, type Month, monthOf } from '../model/days.ts';
import { poisson, type Rng } from '../model/random.ts';
import type { City, Enterprise } from './shape.ts';

/** Latent health in the month of a day; the nearest known month outside the simulated years. */
export function healthOn(enterprise: Enterprise, day: Day): number {
  return healthIn(enterprise, monthOf(day));
}

export function healthIn({ health, healthStart }: Enterprise, month: Month): number {
  const at = Math.min(Math.max(month - healthStart, 0), health.length - 1);
  return health[at] ?? 0;
}

/** First and last day on which something can happen to the enterprise; undefined when there is none. */
export function livingSpan(
  { foundedOn, ended }: Enterprise,
  city: City,
  years: number,
): { first: Day; last: Day } | undefined {
  const first = Math.max(foundedOn, Math.floor(city.until - years * 365.25));
  const last = Math.min(city.until, ended === undefined ? city.until : ended.on - 1);
  return last - first < 2 ? undefined : { first, last };
}

/** How often something happens: to a micro enterprise of four people and average health, `perYear` times. */
export type Rate = {
  readonly perYear: number;
  /** Positive: more often with bad health. */
  readonly pull: number;
  /** Power of staff: large enterprises have more of everything, good and bad. */
  readonly size: number;
  /** Times more often in the year after a default. */
  readonly afterDefault?: number;
  readonly years?: number;
};

/** Events are drawn at this multiple of the average rate and thinned by health. */
const PULL_MAX = 6;
const EVENTS_MAX = 40;

/** Days of Poisson events whose intensity follows health and size, in order. */
export function drawEvents(rng: Rng, city: City, enterprise: Enterprise, rate: Rate): Day[] {
  const span = livingSpan(enterprise, city, rate.years ?? 6);
  if (span === undefined) return [];
  const perDay = (rate.perYear * sizeFactor(enterprise, rate.size)) / 365;
  const bound = PULL_MAX * (rate.afterDefault ?? 1);
  const count = poisson(rng, perDay * bound * (span.last - span.first));
  const days: Day[] = [];
  for (let each = 0; each < count && days.length < EVENTS_MAX; each += 1) {
    const day = span.first + Math.floor(rng() * (span.last - span.first + 1));
    if (rng() * bound < intensity(enterprise, day, rate)) days.push(day);
  }
  return days.sort((a, b) => a - b);
}

function intensity(enterprise: Enterprise, day: Day, { pull, afterDefault = 1 }: Rate): number {
  const byHealth = Math.min(PULL_MAX, Math.exp(-pull * healthOn(enterprise, day)));
  const { defaultOn } = enterprise;
  const isAfter = defaultOn !== undefined && day > defaultOn && day < defaultOn + 400;
  return isAfter ? byHealth * afterDefault : byHealth;
}

/** 1 for four people. */
export function sizeFactor({ staff }: Enterprise, power: number): number {
  return (staff / 4) ** power;
}

/** Trade by month of year: Spring Festival empties February, quarters close with a rise, the year with a larger one. */
const SEASON = [0.92, 0.62, 1.08, 0.97, 0.98, 1.1, 0.95, 0.94, 1.08, 0.96, 1.06, 1.34];

/** Yuan of one month: yearly revenue, season, health, and the enterprise's own noise. */
export function revenueIn(rng: Rng, enterprise: Enterprise, month: Month): number {
  const season = (SEASON[month % 12] ?? 1) * (1 + 0.25 * (rng() - 0.5));
  return Math.round((enterprise.revenue / 12) * season * Math.exp(0.16 * healthIn(enterprise, month)));
}

/** Yuan of one year without the noise of its months, so that statements, reports and months tell one story. */
export function revenueOf(enterprise: Enterprise, year: number): number {
  let total = 0;
  for (let month = year * 12; month < year * 12 + 12; month += 1) {
    if (firstDayOf(month) < enterprise.foundedOn) continue;
    total +=
      (enterprise.revenue / 12) * (SEASON[month % 12] ?? 1) * Math.exp(0.16 * healthIn(enterprise, month));
  }
  return Math.round(total);
}

/** People employed at the end of a year; staff follows health slowly. */
export function staffOf(enterprise: Enterprise, year: number): number {
  const health = healthOn(enterprise, dayIn(year, 12, 31));
  return Math.max(enterprise.isSoleTrader ? 1 : 2, Math.round(enterprise.staff * Math.exp(0.08 * health)));
}
