import { qualityRefusal } from './quality-refusals.ts';

/** A month or a quarter of Beijing time; `to` is the first day after it. Dates are `YYYY-MM-DD`. */
export type Period = {
  readonly id: string;
  readonly kind: 'month' | 'quarter';
  readonly from: string;
  readonly to: string;
};

/** Reads `YYYY-MM` or `YYYY-Qn`; refuses anything else with `quality.period_unreadable`. */
export function parsePeriod(text: string): Period {
  const month = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text);
  if (month !== null) return makePeriod(text, { year: Number(month[1]), month: Number(month[2]), months: 1 });
  const quarter = /^(20\d\d)-Q([1-4])$/.exec(text);
  if (quarter === null) throw qualityRefusal('quality.period_unreadable', { period: text });
  return makePeriod(text, { year: Number(quarter[1]), month: Number(quarter[2]) * 3 - 2, months: 3 });
}

/** The period of the same kind that ended where this one begins. */
export function previousPeriod(period: Period): Period {
  const [year = 0, month = 0] = period.from.split('-').map(Number);
  const months = period.kind === 'month' ? 1 : 3;
  const begins = firstDay(year, month - months);
  const id = period.kind === 'month' ? begins.slice(0, 7) : quarterId(begins);
  return { id, kind: period.kind, from: begins, to: period.from };
}

/** The month a date lies in. */
export function monthOf(date: string): Period {
  return parsePeriod(date.slice(0, 7));
}

/** Midnight of Beijing at the beginning of a date. */
export function startOfBeijingDate(date: string): Date {
  return new Date(`${date}T00:00:00+08:00`);
}

function makePeriod(id: string, begins: { year: number; month: number; months: number }): Period {
  const { year, month, months } = begins;
  const kind = months === 1 ? 'month' : 'quarter';
  return { id, kind, from: firstDay(year, month), to: firstDay(year, month + months) };
}

/** Months below 1 and above 12 lie in the years before and after. */
function firstDay(year: number, month: number): string {
  return new Date(Date.UTC(year, month - 1, 1)).toISOString().slice(0, 10);
}

function quarterId(firstDate: string): string {
  return `${firstDate.slice(0, 4)}-Q${Math.ceil(Number(firstDate.slice(5, 7)) / 3)}`;
}
