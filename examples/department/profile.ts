import { type Chance, chanceOf } from './chance.ts';

/** One month of an enterprise's life; every department sees a part of it, so that their data agree. */
export type Month = {
  /** First day, `YYYY-MM-01`. */
  readonly first: string;
  readonly revenue: number;
  readonly staff: number;
  /** Bills of this month were paid after their date. */
  readonly isLate: boolean;
};

/** What stands behind all datasets of one enterprise. Amounts in yuan. */
export type Profile = {
  readonly code: string;
  readonly name: string;
  readonly seed: number;
  readonly today: string;
  readonly foundedOn: string;
  /** 0 (failing) to 1 (thriving). */
  readonly health: number;
  /** The last 24 whole months, oldest first; fewer for a young enterprise. */
  readonly months: readonly Month[];
  chance(purpose: string): Chance;
};

const MONTHS = 24;

/** The life of the enterprise with this code, driven by a hash of the code and the seed. `today`: Beijing date. */
export function profileOf(
  seed: number,
  { code, name }: { readonly code: string; readonly name: string },
  today: string,
): Profile {
  const chance = (purpose: string): Chance => chanceOf(seed, code, purpose);
  const life = chance('life');
  const health = life.between(0.05, 1);
  const staff = Math.max(1, Math.round(Math.exp(life.between(0.7, 5.5))));
  const base = { staff, revenue: staff * life.between(18_000, 70_000), health };
  const foundedOn = `${life.whole(1998, 2023)}-${two(life.whole(1, 12))}-${two(life.whole(1, 28))}`;
  return {
    code,
    name,
    seed,
    today,
    foundedOn,
    health,
    months: monthsOf(base, today, chance('months')),
    chance,
  };
}

function monthsOf(
  base: { staff: number; revenue: number; health: number },
  today: string,
  chance: Chance,
): Month[] {
  const trend = (base.health - 0.45) * 0.02;
  return Array.from({ length: MONTHS }, (_, at) => {
    const first = addMonths(`${today.slice(0, 7)}-01`, at - MONTHS);
    const season = 1 + 0.12 * Math.sin(((Number(first.slice(5, 7)) - 3) / 12) * 2 * Math.PI);
    const growth = (1 + trend) ** at * chance.between(0.9, 1.1);
    return {
      first,
      revenue: Math.round(base.revenue * season * growth),
      staff: Math.max(1, Math.round(base.staff * (1 + trend) ** at)),
      isLate: chance.happens(0.3 * (1 - base.health) ** 2),
    };
  });
}

export function addMonths(first: string, months: number): string {
  const at = new Date(`${first}T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return new Date(new Date(`${date}T00:00:00Z`).getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

export function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Yuan and fen. */
export function yuan(amount: number): number {
  return Math.round(amount * 100) / 100;
}
