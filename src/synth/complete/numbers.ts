import type { Field } from '#lists';
import type { Coverage } from '../model/definitions.ts';
import { yearOf } from '../model/days.ts';
import { between, logNormal, poisson, whole } from '../model/random.ts';
import type { Cell, Fill } from './fill.ts';
import type { Relations } from './relations.ts';

type Cells = readonly (Cell | undefined)[];

/** Makes one amount or number that keeps the field's bounds, its limits and its sums. */
export function fillNumber(
  field: Field,
  relations: Relations,
  { cells, fill, coverage }: { cells: Cells; fill: Fill; coverage: Coverage | undefined },
): number {
  if (relations.parts.length > 0) return sum(cells, relations.parts);
  const limit = lowestLimit(cells, relations.limits);
  if (limit !== undefined) return shape(field, limit * between(fill.rng, 0.3, 0.98));
  const range = coverage?.numbers?.[field.name];
  const wanted = range === undefined ? usual(field, fill) : between(fill.rng, range[0] ?? 0, range[1] ?? 0);
  return shape(field, Math.min(Math.max(wanted, relations.least ?? wanted), relations.most ?? wanted));
}

function sum(cells: Cells, positions: readonly number[]): number {
  let total = 0;
  for (const at of positions) {
    const part = cells[at];
    if (typeof part === 'number') total += part;
  }
  return Math.round(total * 10_000) / 10_000;
}

function lowestLimit(cells: Cells, positions: readonly number[]): number | undefined {
  const limits = positions.map((at) => cells[at]).filter((cell) => typeof cell === 'number');
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Money to whole fen, decimals to their scale, everything else to whole numbers. */
function shape(field: Field, value: number): number {
  if (field.kind !== 'decimal') return Math.floor(value);
  const places = 10 ** (field.scale ?? 2);
  return Math.round(value * places) / places;
}

const PUNITIVE = /fine|arrears|owed|shortfall|surcharge|claw|recover|forfeit|breach|overdue|unpaid/;

function usual(field: Field, fill: Fill): number {
  const { rng, enterprise, on } = fill;
  switch (field.kind) {
    case 'money': {
      const median = PUNITIVE.test(field.name)
        ? 12_000 * (enterprise.staff / 4) ** 0.4
        : enterprise.revenue * 0.05;
      return Math.ceil(logNormal(rng, median, 0.9) / 100) * 10_000;
    }
    case 'year':
      return yearOf(on);
    case 'decimal':
      return field.unit === '%' ? between(rng, 1, 95) : logNormal(rng, 60, 0.6);
    default:
      return usualCount(field, fill);
  }
}

function usualCount({ unit = '', name }: Field, { rng, enterprise }: Fill): number {
  if (unit === '人' || /staff|workers|people/.test(name)) return whole(rng, 1, Math.max(1, enterprise.staff));
  if (/injur|deaths|violation|claims|defect/.test(name)) return poisson(rng, 0.2);
  if (unit === '天' || unit === '工作日') return whole(rng, 5, 90);
  if (unit === '股') return whole(rng, 10_000, 2_000_000);
  return whole(rng, 1, 12);
}
