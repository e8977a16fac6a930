import assert from 'node:assert';
import { BIN_RULES, type Column, makeBinning, seededRandom, type Target, type Trend } from '#evaluation';
import { type BenchResult, peakMemoryMiB, percentile, round } from './bench-node.ts';

const ROWS = 10_000;
const VARIABLES = 23;
const DIRECTIONS: readonly Trend[] = ['ascending', 'descending', 'peak', 'valley'];
/** Enough for the compiler to have seen every path, and for a median. */
const RUNS = 7;

/**
 * Optimal binning of all variables in each of four directions, from the raw columns: pre-binning, exact search, counts
 * and figures. The limit is sorting every column's bare values once per direction, which nothing that bins by order can go
 * below. The figure is that of the slowest direction.
 */
export function benchScorecard(): Promise<BenchResult> {
  const { columns, target } = makeRows();
  const times = Object.fromEntries(
    DIRECTIONS.map((trend) => [trend, measure(() => binAll(columns, target, trend))]),
  );
  const limit = median(measure(() => sortAll(columns)));
  const figure = Math.max(...DIRECTIONS.map((trend) => median(times[trend] ?? [])));
  const all = Object.values(times).flat();
  return Promise.resolve({
    bench: 'scorecard',
    figure: round(figure),
    unit: 'ms per direction',
    work: `${ROWS} rows x ${VARIABLES} variables, at most ${BIN_RULES.prebinsMax} pre-bins and ${BIN_RULES.binsMax} bins, slowest of ${DIRECTIONS.join(', ')}; limit: sorting the values of every variable`,
    limit: round(limit),
    ratio: round(limit / figure, 3),
    p50Ms: round(percentile(all, 0.5)),
    p99Ms: round(percentile(all, 0.99)),
    fourDirectionsMs: round(DIRECTIONS.reduce((sum, trend) => sum + median(times[trend] ?? []), 0)),
    peakMemoryMiB: peakMemoryMiB(),
    synthetic: true,
  });
}

type Rows = { readonly columns: readonly Column[]; readonly target: Target };

/** Variables from none to a strong effect, straight and bent, every tenth value missing in every fourth of them. */
function makeRows(): Rows {
  const random = seededRandom('bench scorecard');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = Array.from({ length: VARIABLES }, () => new Float64Array(ROWS));
  const bad = new Uint8Array(ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    let logOdds = -2;
    values.forEach((column, at) => {
      const value = normal();
      column[row] = at % 4 === 3 && random() < 0.1 ? Number.NaN : value;
      logOdds += (at / VARIABLES / 4) * (at % 2 === 0 ? value : value * value - 1);
    });
    bad[row] = Number(random() < 1 / (1 + Math.exp(-logOdds)));
  }
  const columns = values.map((column, at): Column => ({ kind: 'numeric', name: `v${at}`, values: column }));
  return { columns, target: { bad } };
}

function binAll(columns: readonly Column[], target: Target, trend: Trend): void {
  let binned = 0;
  for (const column of columns) {
    const result = makeBinning(column, target, { ...BIN_RULES, trend, binsMin: 1 });
    if (result.state === 'binned') binned += 1;
  }
  assert.equal(binned, VARIABLES, 'every variable has a binning where one bin is allowed');
}

function sortAll(columns: readonly Column[]): void {
  for (const column of columns) if (column.kind === 'numeric') column.values.toSorted();
}

function measure(work: () => void): number[] {
  work(); // the first run is the compiler's
  return Array.from({ length: RUNS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
}

function median(times: readonly number[]): number {
  return percentile(times, 0.5);
}
