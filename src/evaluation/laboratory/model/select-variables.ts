import { assignBins } from '../binning/assign-bins.ts';
import type { Binning } from '../binning/binning.ts';
import type { BinningResult } from '../binning/make-binning.ts';
import type { Obstacle } from '../binning/explain-infeasible.ts';
import { type Column, columnOf, type Table } from '../table/columns.ts';
import type { Leak } from './find-leaks.ts';
import type { Plan } from './plan.ts';

/** Why a variable is not in the card; none: it is. */
export type Exclusion =
  | { readonly why: 'infeasible'; readonly obstacles: readonly Obstacle[] }
  | { readonly why: 'leak'; readonly leaks: readonly Leak[] }
  | { readonly why: 'missing' | 'identical' | 'iv'; readonly value: number; readonly limit: number }
  | { readonly why: 'correlated'; readonly with: string; readonly value: number; readonly limit: number }
  | { readonly why: 'sign' };

export type Verdict = {
  readonly variable: string;
  readonly iv: number | null;
  readonly missingShare: number;
  /** Share of the most frequent value. */
  readonly identicalShare: number;
  readonly exclusion: Exclusion | null;
};

/** A variable as the model sees it: its binning and each row's WOE. */
export type Coded = { readonly binning: Binning; readonly woe: Float64Array };

export type Selection = { readonly verdicts: readonly Verdict[]; readonly coded: readonly Coded[] };

/** Each variable with the first reason against it; of correlated ones the stronger stays. */
export function selectVariables(
  table: Table,
  results: readonly BinningResult[],
  leaks: readonly Leak[],
  plan: Plan,
): Selection {
  const looked = results.map((result) => lookAt(table, result, leaks, plan));
  const passed = new Set(
    looked.filter(({ exclusion }) => exclusion === null).map(({ variable }) => variable),
  );
  const coded = results.flatMap((result) =>
    result.state === 'binned' && passed.has(result.binning.variable)
      ? [codeColumn(result.binning, columnOf(table, result.binning.variable))]
      : [],
  );
  const correlated = findCorrelated(coded, plan.selection.correlationMax);
  return {
    verdicts: looked.map((verdict) => ({
      ...verdict,
      exclusion: verdict.exclusion ?? correlated.get(verdict.variable) ?? null,
    })),
    coded: coded.filter(({ binning }) => !correlated.has(binning.variable)),
  };
}

function codeColumn(binning: Binning, column: Column): Coded {
  const woes = binning.bins.map(({ woe }) => woe);
  return { binning, woe: Float64Array.from(assignBins(binning, column), (place) => woes[place] ?? 0) };
}

function lookAt(
  table: Table,
  result: BinningResult,
  leaks: readonly Leak[],
  { selection, leakage }: Plan,
): Verdict {
  const variable = result.state === 'binned' ? result.binning.variable : result.variable;
  const { missingShare, identicalShare } = sharesOf(columnOf(table, variable), table.rowCount);
  const own = leaks.filter((leak) => leak.variable === variable && leakage.leaveOut.includes(leak.kind));
  const { missingShareMax, identicalShareMax, ivMin } = selection;
  const exclude = (): Exclusion | null => {
    if (own.length > 0) return { why: 'leak', leaks: own };
    if (missingShare > missingShareMax)
      return { why: 'missing', value: missingShare, limit: missingShareMax };
    if (identicalShare > identicalShareMax) {
      return { why: 'identical', value: identicalShare, limit: identicalShareMax };
    }
    if (result.state === 'infeasible') return { why: 'infeasible', obstacles: result.obstacles };
    const { iv } = result.binning.figures;
    return iv < ivMin ? { why: 'iv', value: iv, limit: ivMin } : null;
  };
  const iv = result.state === 'binned' ? result.binning.figures.iv : null;
  return { variable, iv, missingShare, identicalShare, exclusion: exclude() };
}

/** Of all rows; missing is no value that could be the most frequent. */
export function sharesOf(column: Column, rowCount: number): { missingShare: number; identicalShare: number } {
  const counts = new Map<number, number>();
  let missing = 0;
  for (const value of column.kind === 'numeric' ? column.values : column.codes) {
    if (Number.isNaN(value) || (column.kind === 'categorical' && value < 0)) missing += 1;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return { missingShare: missing / rowCount, identicalShare: most / rowCount };
}

function findCorrelated(coded: readonly Coded[], limit: number): Map<string, Exclusion> {
  const byWorth = [...coded].sort((a, b) => b.binning.figures.iv - a.binning.figures.iv);
  const kept: (Coded & { readonly scores: Float64Array })[] = [];
  const excluded = new Map<string, Exclusion>();
  for (const one of byWorth) {
    const scores = standardise(one.woe);
    const near = kept.find((other) => Math.abs(meanProduct(other.scores, scores)) > limit);
    if (near === undefined) kept.push({ ...one, scores });
    else {
      const value = meanProduct(near.scores, scores);
      excluded.set(one.binning.variable, { why: 'correlated', with: near.binning.variable, value, limit });
    }
  }
  return excluded;
}

function standardise(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const spread = Math.sqrt(meanProduct(centred, centred));
  return spread > 0 ? centred.map((value) => value / spread) : centred;
}

function meanProduct(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < left.length; n += 1) sum += (left[n] ?? 0) * (right[n] ?? 0);
  return sum / left.length;
}
