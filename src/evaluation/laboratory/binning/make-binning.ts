import { canonicalHash } from '#kernel';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import type { Column, Target } from '../table/columns.ts';
import { assignBins } from './assign-bins.ts';
import { figuresOf } from './bin-figures.ts';
import type { Bin, Binning, BinShape } from './binning.ts';
import type { BinRules, GivenBins, Prebins, Totals } from './bin-rules.ts';
import { explainInfeasible, type Obstacle } from './explain-infeasible.ts';
import { prebinCategories } from './prebin-categories.ts';
import { prebinNumbers } from './prebin-numbers.ts';
import { searchBins } from './search-bins.ts';
import { tallyCategories, tallyNumbers } from './tally.ts';
import { ivPartOf, woeOf, ZERO_CELL_ROWS } from './woe.ts';

/** A binning, or the rules that stand in the way of one. */
export type BinningResult =
  | { readonly state: 'binned'; readonly binning: Binning }
  | { readonly state: 'infeasible'; readonly variable: string; readonly obstacles: readonly Obstacle[] };

/** Bins one variable against the target by the rules. Refuses given cuts or groups that cannot be meant. */
export function makeBinning(
  column: Column,
  target: Target,
  rules: BinRules,
  given: GivenBins = {},
): BinningResult {
  requireSense(column, given);
  const totals = totalsOf(target);
  const made = column.kind === 'numeric' ? fromNumbers : fromCategories;
  const { prebins, shapeOf } = made({ column, target, rules, given, totals });
  const choice = searchBins(prebins, rules, totals);
  if (choice === undefined) {
    return {
      state: 'infeasible',
      variable: column.name,
      obstacles: explainInfeasible(prebins, rules, totals),
    };
  }
  const shape = { ...shapeOf(choice.starts), trend: { asked: rules.trend, found: choice.trend } };
  return { state: 'binned', binning: countBins(column, target, { ...shape, specials: rules.specials }) };
}

type Making = {
  readonly column: Column;
  readonly target: Target;
  readonly rules: BinRules;
  readonly given: GivenBins;
  readonly totals: Totals;
};

type Shape = Pick<Binning, 'cuts' | 'groups'>;
type Made = { readonly prebins: Prebins; readonly shapeOf: (starts: readonly number[]) => Shape };

function fromNumbers({ column, target, rules, given }: Making): Made {
  const tally =
    column.kind === 'numeric'
      ? tallyNumbers(column, target, rules.specials)
      : { values: new Float64Array(), goods: new Float64Array(), bads: new Float64Array() };
  const prebins = prebinNumbers(tally, rules, given);
  const shapeOf = (starts: readonly number[]) => ({
    cuts: starts.slice(1).map((at) => prebins.cuts[at - 1] ?? 0),
    groups: [],
  });
  return { prebins, shapeOf };
}

function fromCategories({ column, target, rules, given, totals }: Making): Made {
  const tallies = column.kind === 'categorical' ? tallyCategories(column, target, rules.specials) : [];
  const prebins = prebinCategories(tallies, rules, given, totals);
  const { groups } = prebins;
  const shapeOf = (starts: readonly number[]) => ({
    cuts: [],
    groups: starts.map((from, at) => groups.slice(from, starts[at + 1] ?? groups.length).flat()),
  });
  return { prebins, shapeOf };
}

function requireSense({ kind, name }: Column, given: GivenBins): void {
  const cuts = [...(given.cuts ?? []), ...(given.fixedCuts ?? [])];
  const groups = [...(given.groups ?? []), ...(given.fixedGroups ?? [])];
  const refuse = (zh: string, en: string) =>
    laboratoryRefusal('laboratory.wrong_cuts', { variable: name, zh, en });
  if (!cuts.every(Number.isFinite)) throw refuse('分段点须为有限的数', 'a cut is a finite number');
  if (kind === 'categorical' && cuts.length > 0)
    throw refuse('类别变量没有分段点', 'categories have no cuts');
  if (kind === 'numeric' && groups.length > 0) throw refuse('数值变量没有分组', 'numbers have no groups');
  if (new Set(groups.flat()).size < groups.flat().length) {
    throw refuse('有类别同时属于两组', 'a category stands in two groups');
  }
}

export function totalsOf({ bad, weights }: Target): Totals {
  let [goods, bads] = [0, 0];
  for (let row = 0; row < bad.length; row += 1) {
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    if (bad[row] === 1) bads += weight;
    else goods += weight;
  }
  return { goods, bads };
}

/** Counts the rows by the same assignment that is applied later, and seals the artefact. */
function countBins(
  column: Column,
  target: Target,
  shape: Shape & Pick<Binning, 'specials' | 'trend'>,
): Binning {
  const made = { kind: column.kind, ...shape };
  const named = nameBins(made);
  const counts = countPlaces(assignBins(made, column), target, named.length);
  const totals = totalsOf(target);
  const ordinary = counts.filter((_, at) => named[at]?.kind === 'ordinary');
  const content = {
    schema: 'xinqiao.binning/1' as const,
    variable: column.name,
    ...made,
    zeroCellRows: ZERO_CELL_ROWS,
    bins: named.map((name, at) => binOf(name, counts[at] ?? NO_ROWS, totals)),
    figures: figuresOf(ordinary, counts, totals),
  };
  return { ...content, hash: canonicalHash(content) };
}

const NO_ROWS: Totals = { goods: 0, bads: 0 };

function countPlaces(places: Uint16Array, { bad, weights }: Target, count: number): Totals[] {
  const goods = new Float64Array(count);
  const bads = new Float64Array(count);
  for (let row = 0; row < places.length; row += 1) {
    const place = places[row] ?? 0;
    const side = bad[row] === 1 ? bads : goods;
    side[place] = (side[place] ?? 0) + (weights === undefined ? 1 : (weights[row] ?? 0));
  }
  return Array.from(goods, (good, at) => ({ goods: good, bads: bads[at] ?? 0 }));
}

type Named = Pick<Bin, 'kind' | 'label'>;

function nameBins({ kind, cuts, groups, specials }: BinShape): Named[] {
  const labels =
    kind === 'numeric'
      ? [...cuts, Number.POSITIVE_INFINITY].map(
          (to, at) => `[${cuts[at - 1] ?? '-∞'}, ${Number.isFinite(to) ? to : '+∞'})`,
        )
      : groups.map((group) => group.join(' | '));
  return [
    ...labels.map((label): Named => ({ kind: 'ordinary', label })),
    ...specials.map(({ name }): Named => ({ kind: 'special', label: name })),
    { kind: 'missing', label: '缺失 missing' },
    { kind: 'unseen', label: '未见过 unseen' },
  ];
}

function binOf({ kind, label }: Named, bin: Totals, totals: Totals): Bin {
  const rows = bin.goods + bin.bads;
  return {
    kind,
    label,
    rows,
    goods: bin.goods,
    bads: bin.bads,
    share: rows / (totals.goods + totals.bads),
    badRate: rows > 0 ? bin.bads / rows : null,
    woe: woeOf(bin, totals),
    iv: ivPartOf(bin, totals),
  };
}
