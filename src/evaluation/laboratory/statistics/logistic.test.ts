import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import type { Target } from '../table/columns.ts';
import { type Design, fitLogistic, gradientBy, likelihoodOf } from './logistic.ts';
import { normalTail, studentQuantile95, twoSidedZ } from './normal.ts';
import { seededRandom } from './random.ts';
import { fitSigned } from './signed-logistic.ts';

test('the fit of a four-field table is the one in closed form, with its standard errors', () => {
  const column = Float64Array.from([...Array(60).fill(0), ...Array(40).fill(1)] as number[]);
  const bad = Uint8Array.from({ length: 100 }, (_, row) => Number(row < 15 || row >= 80));
  const fit = fitLogistic({ names: ['x'], columns: [column] }, { bad });
  near(fit.coefficients[0], Math.log(15 / 45), 1e-10);
  near(fit.coefficients[1], Math.log(20 / 20) - Math.log(15 / 45), 1e-10);
  near(fit.standardErrors[0], Math.sqrt(1 / 15 + 1 / 45), 1e-9);
  near(fit.standardErrors[1], Math.sqrt(1 / 15 + 1 / 45 + 1 / 20 + 1 / 20), 1e-9);
  assert.ok(fit.lastStep <= 1e-10);
});

test('at the end no coefficient can be moved to raise the likelihood', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { design, target } = makeDesign(seed);
    const { coefficients, lastStep } = fitLogistic(design, target);
    assert.ok(lastStep <= 1e-10);
    for (const column of design.columns) near(gradientBy(column, design, target, coefficients), 0, 1e-8);
  }
});

test('the constrained fit is the best of the fits over all sets of columns with no sign wrong', () => {
  let held = 0;
  for (let seed = 0; seed < 40; seed += 1) {
    const { design, target } = makeDesign(seed);
    const fit = fitSigned(design, target);
    assert.ok(
      fit.coefficients.slice(1).every((value) => value <= 0),
      `seed ${seed}`,
    );
    near(fit.logLikelihood, bestOfAllSets(design, target), 1e-7);
    near(likelihoodOf(design, target, fit.coefficients), fit.logLikelihood, 1e-7);
    held += fit.held.length;
  }
  assert.ok(held > 20, `only ${held} columns were held; the cases say little`);
});

test('separated classes and a column that follows from others are refused by name', () => {
  const column = Float64Array.from({ length: 20 }, (_, row) => row);
  const bad = Uint8Array.from({ length: 20 }, (_, row) => Number(row >= 10));
  refused(() => fitLogistic({ names: ['x'], columns: [column] }, { bad }), 'laboratory.separated');
  const mixed = Uint8Array.from({ length: 20 }, (_, row) => (row % 3) & 1);
  const twice = { names: ['x', 'y'], columns: [column, column.map((value) => 3 * value - 1)] };
  refused(() => fitLogistic(twice, { bad: mixed }), 'laboratory.collinear');
});

test('weights are repetitions', () => {
  const { design, target } = makeDesign(3);
  const weights = Float64Array.from(target.bad, (_, row) => 1 + (row % 3));
  const places = Array.from(weights).flatMap((weight, row) => Array.from({ length: weight }, () => row));
  const repeated = {
    names: design.names,
    columns: design.columns.map((column) => Float64Array.from(places, (row) => column[row] ?? 0)),
  };
  const one = fitLogistic(design, { ...target, weights });
  const other = fitLogistic(repeated, { bad: Uint8Array.from(places, (row) => target.bad[row] ?? 0) });
  one.coefficients.forEach((value, at) => near(value, other.coefficients[at] ?? 0, 1e-9));
  one.standardErrors.forEach((value, at) => near(value, other.standardErrors[at] ?? 0, 1e-9));
});

test('tails and quantiles are those of the tables', () => {
  near(normalTail(0), 0.5, 1e-15);
  near(normalTail(1), 0.158_655_253_931_457_05, 1e-14);
  near(normalTail(-1), 1 - 0.158_655_253_931_457_05, 1e-14);
  near(normalTail(3) / 0.001_349_898_031_630_094_6, 1, 1e-12);
  near(normalTail(6) / 9.865_876_450_376_98e-10, 1, 1e-12);
  near(twoSidedZ(0.05), 1.959_963_984_540_054, 1e-12);
  near(studentQuantile95(10), 2.228_138_85, 1e-3);
  near(studentQuantile95(49), 2.009_575_237, 1e-6);
});

function near(found: number | undefined, wanted: number, within: number): void {
  assert.ok(Math.abs((found ?? Number.NaN) - wanted) <= within, `${found} is not ${wanted} within ${within}`);
}

function refused(work: () => unknown, code: string): void {
  assert.throws(work, (error) => error instanceof Refusal && error.code === code);
}

function makeDesign(seed: number): { design: Design; target: Target } {
  const random = seededRandom(`design ${seed}`);
  const columns = Array.from({ length: 4 }, () => Float64Array.from({ length: 300 }, () => random() * 2 - 1));
  const effects = columns.map(() => random() * 3 - 2);
  const [first, last] = [columns[0], columns[3]];
  if (first !== undefined && last !== undefined)
    last.forEach((value, row) => (last[row] = 0.3 * value + (first[row] ?? 0)));
  const bad = Uint8Array.from({ length: 300 }, (_, row) => {
    const logOdds = columns.reduce((sum, column, at) => sum + (effects[at] ?? 0) * (column[row] ?? 0), -0.5);
    return Number(random() < 1 / (1 + Math.exp(-logOdds)));
  });
  return { design: { names: ['a', 'b', 'c', 'd'], columns }, target: { bad } };
}

/** Sixteen sets; the optimum under the constraint is the plain optimum over the columns that it leaves free. */
function bestOfAllSets({ names, columns }: Design, target: Target): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let mask = 0; mask < 16; mask += 1) {
    const free = [0, 1, 2, 3].filter((at) => (mask >> at) & 1);
    const design = {
      names: free.map((at) => names[at] ?? ''),
      columns: free.map((at) => columns[at] ?? new Float64Array()),
    };
    const fit = fitLogistic(design, target);
    if (fit.coefficients.slice(1).every((value) => value <= 0)) best = Math.max(best, fit.logLikelihood);
  }
  return best;
}
