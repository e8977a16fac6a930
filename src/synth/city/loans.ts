import { type Day, lastDayOf, type Month, monthOf, YEAR_DAYS } from '../model/days.ts';
import {
  chance as happens,
  keyOf,
  logNormal,
  normal,
  pick,
  type Rng,
  streamOf,
  whole,
} from '../model/random.ts';
import { livingSpan } from './activity.ts';
import type { City, Enterprise } from './shape.ts';

/** One loan as it is in truth. Amount in yuan. */
export type Loan = {
  readonly decidedOn: Day;
  readonly amount: number;
  readonly termMonths: number;
  /** What the records tell of it: a model that ranks by this ranks as well as any model can. */
  readonly visibleLogOdds: number;
  /** Of bad, with what no record tells. */
  readonly chance: number;
  readonly badMonth: Month | undefined;
};

/** A loan whose outcome is open. */
export type LiveLoan = Pick<Loan, 'decidedOn' | 'amount' | 'termMonths'>;

/** Days on which the departments recorded something about the enterprise, by number of the contract. */
export type RecordDays = (dataset: string) => readonly Day[];

/** Months before the first loan, so that the node has had deliveries when a bank decides. */
const QUIET_MONTHS = 2;

/** All loans of an enterprise whose outcome is known by the end of the city, in order of days. */
export function drawLoans(city: City, enterprise: Enterprise, recordDays: RecordDays): Loan[] {
  const rng = streamOf(keyOf(city.seed, 'loans'), enterprise.index);
  const months = { first: city.from + QUIET_MONTHS, last: lastKnownMonth(city) };
  return drawDecisions(rng, city, { enterprise, ...months }, (decidedOn) =>
    drawLoan(rng, city, { enterprise, decidedOn, recordDays }),
  );
}

/**
 * Loans decided since, of which nobody knows yet what becomes of them: no model can be fitted on them and no record hangs on
 * them. A stream of their own, so that they change no other loan.
 */
export function drawLiveLoans(city: City, enterprise: Enterprise): LiveLoan[] {
  const { amount, terms } = city.definitions.loans;
  const rng = streamOf(keyOf(city.seed, 'live loans'), enterprise.index);
  const months = { first: Math.max(city.from, lastKnownMonth(city) + 1), last: monthOf(city.until) };
  return drawDecisions(rng, city, { enterprise, ...months }, (decidedOn) => ({
    decidedOn,
    amount: drawAmount(rng, amount),
    termMonths: pick(rng, terms),
  }));
}

function lastKnownMonth({ until, definitions }: City): Month {
  return monthOf(until) - definitions.loans.horizonMonths - 1;
}

type Lending = { readonly enterprise: Enterprise; readonly first: Month; readonly last: Month };

/** One draw a month of whether a loan is decided, and on which day. */
function drawDecisions<Drawn>(
  rng: Rng,
  city: City,
  { enterprise, first, last }: Lending,
  draw: (decidedOn: Day) => Drawn,
): Drawn[] {
  const span = livingSpan(enterprise, city, 10);
  if (span === undefined) return [];
  const drawn: Drawn[] = [];
  for (let month = first; month <= last; month += 1) {
    const isTaken = happens(rng, city.definitions.loans.monthlyShare);
    const decidedOn = whole(rng, lastDayOf(month - 1) + 1, lastDayOf(month));
    if (!isTaken || decidedOn <= span.first || decidedOn > span.last) continue;
    drawn.push(draw(decidedOn));
  }
  return drawn;
}

type Decision = {
  readonly enterprise: Enterprise;
  readonly decidedOn: Day;
  readonly recordDays: RecordDays;
};

function drawLoan(rng: Rng, city: City, decision: Decision): Loan {
  const { noise, amount, terms, horizonMonths } = city.definitions.loans;
  const visibleLogOdds = visibleLogOddsOf(city, decision);
  const chance = 1 / (1 + Math.exp(-visibleLogOdds - noise * normal(rng)));
  const isBad = happens(rng, chance);
  const badAfter = whole(rng, 3, horizonMonths - 1);
  return {
    decidedOn: decision.decidedOn,
    amount: drawAmount(rng, amount),
    termMonths: pick(rng, terms),
    visibleLogOdds,
    chance,
    badMonth: isBad ? monthOf(decision.decidedOn) + badAfter : undefined,
  };
}

/** Yuan, whole ten thousands. */
function drawAmount(rng: Rng, { median, sigma }: { median: number; sigma: number }): number {
  return Math.ceil(logNormal(rng, median, sigma) / 10_000) * 10_000;
}

/** Counts what was recorded before the day of the decision and nothing that came on it or later. */
function visibleLogOddsOf(city: City, { enterprise, decidedOn, recordDays }: Decision): number {
  const { intercept, age, signs } = city.definitions.loans;
  const years = Math.max(0, decidedOn - enterprise.foundedOn) / YEAR_DAYS;
  return signs.reduce(
    (sum, { dataset, windowDays, cap, weight }) => {
      const inWindow = recordDays(dataset).filter((on) => on < decidedOn && on >= decidedOn - windowDays);
      return sum + weight * Math.min(cap, inWindow.length);
    },
    intercept + age * Math.log1p(years),
  );
}
