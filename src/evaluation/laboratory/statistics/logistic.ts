import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import type { Target } from '../table/columns.ts';
import { decompose, inverseDiagonal, solve, type Triangle } from './cholesky.ts';

/** Columns of numbers without gaps, all as long as the target. */
export type Design = { readonly names: readonly string[]; readonly columns: readonly Float64Array[] };

/** ln(odds of bad) = intercept + Σ coefficient · column; the intercept stands first. */
export type LogisticFit = {
  readonly coefficients: Float64Array;
  readonly standardErrors: Float64Array;
  readonly logLikelihood: number;
  /** Largest change of a coefficient in the last step. */
  readonly lastStep: number;
  readonly steps: number;
};

const STEP_MAX = 1e-10;
const HALVINGS_MAX = 40;

/**
 * Maximum likelihood by Newton's method (iteratively reweighted least squares), steps halved while the likelihood
 * falls, until no coefficient moves by more than 1e-10. Refuses what has no finite or no single solution.
 */
export function fitLogistic(design: Design, target: Target, start?: Float64Array): LogisticFit {
  const size = design.columns.length + 1;
  let coefficients = start ?? startOf(target, size);
  let logLikelihood = likelihoodOf(design, target, coefficients);
  for (let step = 1; step <= LABORATORY_LIMITS.newtonStepsMax; step += 1) {
    const { gradient, triangle } = slopeOf(design, target, coefficients, step);
    const direction = solve(triangle, gradient);
    const next = walk(design, target, { coefficients, direction, logLikelihood });
    coefficients = next.coefficients;
    logLikelihood = next.logLikelihood;
    if (coefficients.some((value) => Math.abs(value) > LABORATORY_LIMITS.coefficientMax)) break;
    if (next.moved > STEP_MAX) continue;
    const standardErrors = inverseDiagonal(triangle).map(Math.sqrt);
    return { coefficients, standardErrors, logLikelihood, lastStep: next.moved, steps: step };
  }
  throw laboratoryRefusal('laboratory.separated');
}

/** The intercept that fits without any column. */
function startOf({ bad, weights }: Target, size: number): Float64Array {
  let [bads, all] = [0, 0];
  for (let row = 0; row < bad.length; row += 1) {
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    all += weight;
    if (bad[row] === 1) bads += weight;
  }
  const start = new Float64Array(size);
  start[0] = Math.log(bads / (all - bads));
  return start;
}

type Position = {
  readonly coefficients: Float64Array;
  readonly direction: Float64Array;
  readonly logLikelihood: number;
};

function walk(design: Design, target: Target, { coefficients, direction, logLikelihood }: Position) {
  let share = 1;
  const slack = Math.abs(logLikelihood) * 1e-13;
  for (let halving = 0; halving < HALVINGS_MAX; halving += 1, share /= 2) {
    const next = coefficients.map((value, at) => value + share * (direction[at] ?? 0));
    const reached = likelihoodOf(design, target, next);
    if (reached < logLikelihood - slack || Number.isNaN(reached)) continue;
    const moved = direction.reduce((most, value) => Math.max(most, Math.abs(value * share)), 0);
    return { coefficients: next, logLikelihood: reached, moved };
  }
  throw laboratoryRefusal('laboratory.separated');
}

/** ln(odds of bad) of every row, summed in the order of the columns. */
function linearOf(design: Design, coefficients: Float64Array, rowCount: number): Float64Array {
  const linear = new Float64Array(rowCount).fill(coefficients[0] ?? 0);
  design.columns.forEach((column, at) => {
    const coefficient = coefficients[at + 1] ?? 0;
    for (let row = 0; row < rowCount; row += 1) {
      linear[row] = (linear[row] ?? 0) + coefficient * (column[row] ?? 0);
    }
  });
  return linear;
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

export function likelihoodOf(design: Design, { bad, weights }: Target, coefficients: Float64Array): number {
  const linear = linearOf(design, coefficients, bad.length);
  let sum = 0;
  for (let row = 0; row < bad.length; row += 1) {
    const signed = bad[row] === 1 ? (linear[row] ?? 0) : -(linear[row] ?? 0);
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    sum += weight * (Math.min(0, signed) - Math.log1p(Math.exp(-Math.abs(signed))));
  }
  return sum;
}

/** Rows worked on at once, so that what each pair of columns needs stays in the processor's cache. */
const BLOCK_ROWS = 1024;

type Slope = { readonly gradient: Float64Array; readonly triangle: Triangle };

/**
 * Gradient of the likelihood and the decomposed information matrix. Columns that depend on each other do so in the first
 * step; a matrix that degenerates later does because the chances have gone to 0 and 1.
 */
function slopeOf(design: Design, target: Target, coefficients: Float64Array, step: number): Slope {
  const size = design.columns.length + 1;
  const { residuals, spreads } = residualsOf(design, target, coefficients);
  const columns = [new Float64Array(target.bad.length).fill(1), ...design.columns];
  const gradient = Float64Array.from(columns, (column) => dot(column, residuals));
  const matrix = new Float64Array(size * size);
  for (let from = 0; from < spreads.length; from += BLOCK_ROWS) {
    const block = columns.map((column) => column.subarray(from, from + BLOCK_ROWS));
    addProducts(matrix, block, spreads.subarray(from, from + BLOCK_ROWS));
  }
  const triangle = decompose(matrix, size);
  if ('dependent' in triangle) {
    const variable = design.names[triangle.dependent - 1];
    throw variable === undefined || step > 1
      ? laboratoryRefusal('laboratory.separated')
      : laboratoryRefusal('laboratory.collinear', { variable });
  }
  return { gradient, triangle };
}

/** Lower triangle of Xᵀ·W·X over a block of rows. */
function addProducts(matrix: Float64Array, block: readonly Float64Array[], spreads: Float64Array): void {
  block.forEach((left, row) => {
    const weighted = left.map((value, n) => value * (spreads[n] ?? 0));
    for (let column = 0; column <= row; column += 1) {
      const place = row * block.length + column;
      matrix[place] = (matrix[place] ?? 0) + dot(weighted, block[column] ?? weighted);
    }
  });
}

function residualsOf(design: Design, { bad, weights }: Target, coefficients: Float64Array) {
  const linear = linearOf(design, coefficients, bad.length);
  const residuals = new Float64Array(bad.length);
  const spreads = new Float64Array(bad.length);
  for (let row = 0; row < bad.length; row += 1) {
    const chance = probabilityOf(linear[row] ?? 0);
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    residuals[row] = weight * ((bad[row] ?? 0) - chance);
    spreads[row] = weight * chance * (1 - chance);
  }
  return { residuals, spreads };
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < left.length; n += 1) sum += (left[n] ?? 0) * (right[n] ?? 0);
  return sum;
}

/** Gradient of the likelihood by one column at these coefficients of others. */
export function gradientBy(
  column: Float64Array,
  design: Design,
  target: Target,
  coefficients: Float64Array,
): number {
  return dot(column, residualsOf(design, target, coefficients).residuals);
}
