import { Refusal } from '#kernel';
import { fitLogistic } from '../statistics/logistic.ts';
import type { Target } from '../table/columns.ts';
import { type GainsLine, gainsOf } from './gains.ts';

/** Whether chances are as high as what happened. */
export type Calibration = {
  readonly expectedRate: number;
  readonly observedRate: number;
  /** ln(odds of bad) regressed on that of the chances: 1 and 0 are right; `null` where the rows are separated. */
  readonly slope: number | null;
  readonly intercept: number | null;
  readonly table: readonly GainsLine[];
};

/** Chances of 0 and 1 have no log odds; they are taken as this far away from them. */
const EDGE = 1e-12;

export function calibrationOf(chances: Float64Array, target: Target): Calibration {
  const table = gainsOf(chances, target);
  const rows = table.reduce((sum, line) => sum + line.rows, 0);
  return {
    expectedRate: table.reduce((sum, line) => sum + line.expectedRate * line.rows, 0) / rows,
    observedRate: table.reduce((sum, line) => sum + line.bads, 0) / rows,
    ...recalibrate(chances, target),
    table,
  };
}

function recalibrate(
  chances: Float64Array,
  target: Target,
): { slope: number | null; intercept: number | null } {
  const logOdds = chances.map((chance) => {
    const inside = Math.min(1 - EDGE, Math.max(EDGE, chance));
    return Math.log(inside / (1 - inside));
  });
  try {
    const { coefficients } = fitLogistic({ names: ['chance'], columns: [logOdds] }, target);
    return { slope: coefficients[1] ?? null, intercept: coefficients[0] ?? null };
  } catch (error) {
    // A few rows may be separated or hold one chance only: then there is no line, which is an answer.
    if (error instanceof Refusal) return { slope: null, intercept: null };
    throw error;
  }
}
