import type { Target } from '../table/columns.ts';
import { orderByRisk } from './discrimination.ts';

/** One tenth of the rows, from the riskiest; cumulated shares are of all goods and all bads. */
export type GainsLine = {
  readonly rows: number;
  readonly bads: number;
  readonly badRate: number;
  readonly expectedRate: number;
  readonly cumulatedBadShare: number;
  readonly cumulatedGoodShare: number;
  /** Bad rate so far over that of all. */
  readonly lift: number;
};

const PARTS = 10;

type Sums = { rows: number; bads: number; expected: number };

/** Gains and lift by tenths in order of risk; with `expectedRate` the calibration table as well. */
export function gainsOf(chances: Float64Array, target: Target): GainsLine[] {
  const parts = sumParts(chances, target);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const bads = parts.reduce((sum, part) => sum + part.bads, 0);
  const so = { rows: 0, bads: 0 };
  return parts.map((part) => {
    so.rows += part.rows;
    so.bads += part.bads;
    return {
      rows: part.rows,
      bads: part.bads,
      badRate: part.bads / part.rows,
      expectedRate: part.expected / part.rows,
      cumulatedBadShare: so.bads / bads,
      cumulatedGoodShare: (so.rows - so.bads) / (rows - bads),
      lift: so.bads / so.rows / (bads / rows),
    };
  });
}

function sumParts(chances: Float64Array, { bad, weights }: Target): Sums[] {
  const order = orderByRisk(chances);
  const parts = Array.from({ length: PARTS }, (): Sums => ({ rows: 0, bads: 0, expected: 0 }));
  order.forEach((row, n) => {
    const part = parts[Math.floor((n * PARTS) / order.length)];
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    if (part === undefined) return;
    part.rows += weight;
    part.bads += weight * (bad[row] ?? 0);
    part.expected += weight * (chances[row] ?? 0);
  });
  return parts.filter((part) => part.rows > 0);
}
