import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../statistics/random.ts';
import { BIN_RULES, type BinRules, type Prebins, type Totals, type Trend } from './bin-rules.ts';
import { explainInfeasible } from './explain-infeasible.ts';
import { neighbourPValue } from './neighbours.ts';
import { searchBins } from './search-bins.ts';
import { ivPartOf } from './woe.ts';

const TRENDS: Trend[] = ['ascending', 'descending', 'monotone', 'peak', 'valley', 'none'];

test('the search finds the best of all binnings, for every trend and any rules', () => {
  let [feasible, infeasible] = [0, 0];
  for (let seed = 0; seed < 400; seed += 1) {
    const random = seededRandom(seed);
    const { prebins, totals } = makePrebins(random);
    const rules = makeRules(random, TRENDS[seed % TRENDS.length] ?? 'none');
    const found = searchBins(prebins, rules, totals);
    const best = bruteForce(prebins, rules, totals);
    assert.equal(found === undefined, best === undefined, `seed ${seed}: one of the two found nothing`);
    if (found === undefined || best === undefined) {
      infeasible += 1;
      continue;
    }
    feasible += 1;
    assert.ok(Math.abs(found.iv - best) < 1e-9, `seed ${seed}: ${found.iv} is not ${best}`);
    const bins = binsOf(prebins, found.starts);
    assert.ok(isAllowed(bins, rules, totals), `seed ${seed}: the bins break a rule`);
    assert.ok(fixedKept(prebins, found.starts), `seed ${seed}: a fixed cut is lost`);
  }
  assert.ok(
    feasible > 100 && infeasible > 20,
    `${feasible} feasible, ${infeasible} infeasible: the cases say little`,
  );
});

test('of two binnings of equal value the one with fewer bins is taken', () => {
  const prebins = prebinsOf([10, 10, 40, 40], [5, 5, 4, 4]);
  const choice = searchBins(
    prebins,
    { ...BIN_RULES, trend: 'descending', binShareMin: 0 },
    { goods: 100, bads: 18 },
  );
  assert.deepEqual(choice?.starts, [0, 2]);
});

test('a direction that the data do not have is said to be the obstacle', () => {
  const prebins = prebinsOf([10, 50, 90], [30, 20, 10]);
  const totals = { goods: 150, bads: 60 };
  const rules: BinRules = { ...BIN_RULES, trend: 'ascending', binShareMin: 0 };
  assert.equal(searchBins(prebins, rules, totals), undefined);
  assert.deepEqual(
    explainInfeasible(prebins, rules, totals).map(({ rule }) => rule),
    ['trend', 'binsMin'],
  );
});

test('each rule that alone stands in the way is named, and several together are said to be several', () => {
  const prebins = prebinsOf([40, 50], [10, 5]);
  const totals = { goods: 90, bads: 15 };
  const named = (rules: Partial<BinRules>) =>
    explainInfeasible(prebins, { ...BIN_RULES, trend: 'none', ...rules }, totals).map(({ rule }) => rule);
  assert.deepEqual(named({ badsMin: 6 }), ['badsMin', 'binsMin']);
  assert.deepEqual(named({ goodsMin: 41 }), ['goodsMin', 'binsMin']);
  assert.deepEqual(named({ rateDifferenceMin: 0.5 }), ['rateDifferenceMin', 'binsMin']);
  assert.deepEqual(named({ pValueMax: 0.001 }), ['pValueMax', 'binsMin']);
  assert.deepEqual(named({ binShareMin: 0.5 }), ['binShareMin', 'binsMin']);
  assert.deepEqual(named({ binsMin: 3 }), ['binsMin']);
  assert.deepEqual(named({ badsMin: 16, goodsMin: 91 }), ['together']);
  const held = { ...prebins, fixed: Uint8Array.of(0, 1) };
  assert.deepEqual(
    explainInfeasible(held, { ...BIN_RULES, binsMin: 1, badsMin: 6, trend: 'none' }, totals).map(
      ({ rule }) => rule,
    ),
    ['badsMin', 'fixed'],
  );
});

function prebinsOf(goods: number[], bads: number[]): Prebins {
  return {
    goods: Float64Array.from(goods),
    bads: Float64Array.from(bads),
    fixed: new Uint8Array(goods.length),
  };
}

function makePrebins(random: Random): { prebins: Prebins; totals: Totals } {
  const count = 1 + Math.floor(random() * 9);
  const numbers = (max: number) => Float64Array.from({ length: count }, () => Math.floor(random() * max));
  const prebins = {
    goods: numbers(60).map((value) => value + 1),
    bads: numbers(25),
    fixed: Uint8Array.from({ length: count }, (_, at) => Number(at > 0 && random() < 0.08)),
  };
  const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
  return { prebins, totals: { goods: sum(prebins.goods) + 7, bads: sum(prebins.bads) + 3 } };
}

function makeRules(random: Random, trend: Trend): BinRules {
  const maybe = (value: number, otherwise: number) => (random() < 0.4 ? value : otherwise);
  const binsMin = 1 + Math.floor(random() * 3);
  return {
    ...BIN_RULES,
    trend,
    binsMin,
    binsMax: binsMin + Math.floor(random() * 5),
    binShareMin: maybe(0.1, 0),
    goodsMin: maybe(15, 0),
    badsMin: maybe(6, 0),
    rateDifferenceMin: maybe(0.04, 0),
    pValueMax: maybe(0.2, 1),
  };
}

/** Every subset of cuts: the definition of the task, without any of the search's ideas. */
function bruteForce(prebins: Prebins, rules: BinRules, totals: Totals): number | undefined {
  const count = prebins.goods.length;
  let best: number | undefined;
  for (let mask = 0; mask < 2 ** (count - 1); mask += 1) {
    const starts = [
      0,
      ...Array.from({ length: count - 1 }, (_, n) => n + 1).filter((at) => (mask >> (at - 1)) & 1),
    ];
    const bins = binsOf(prebins, starts);
    if (!fixedKept(prebins, starts) || !isAllowed(bins, rules, totals)) continue;
    const iv = bins.reduce((sum, bin) => sum + ivPartOf(bin, totals), 0);
    best = Math.max(best ?? 0, iv);
  }
  return best;
}

function binsOf({ goods, bads }: Prebins, starts: readonly number[]): Totals[] {
  const sum = (values: Float64Array, from: number, to?: number) =>
    values.slice(from, to).reduce((all, value) => all + value, 0);
  return starts.map((from, n) => ({
    goods: sum(goods, from, starts[n + 1]),
    bads: sum(bads, from, starts[n + 1]),
  }));
}

function fixedKept({ fixed }: Prebins, starts: readonly number[]): boolean {
  return fixed.every((value, at) => value === 0 || starts.includes(at));
}

function isAllowed(bins: readonly Totals[], rules: BinRules, totals: Totals): boolean {
  const rowsMin = rules.binShareMin * (totals.goods + totals.bads);
  if (bins.length < rules.binsMin || bins.length > rules.binsMax) return false;
  if (
    bins.some(({ goods, bads }) => goods + bads < rowsMin || goods < rules.goodsMin || bads < rules.badsMin)
  ) {
    return false;
  }
  const steps = bins.slice(1).map((bin, at) => {
    const before = bins[at] ?? bin;
    const isFar = rules.pValueMax === 1 || neighbourPValue(before, bin) <= rules.pValueMax;
    return { difference: rateOf(bin) - rateOf(before), isFar };
  });
  if (steps.some(({ difference, isFar }) => !isFar || Math.abs(difference) < rules.rateDifferenceMin))
    return false;
  return followsTrend(
    steps.map(({ difference }) => difference),
    rules.trend,
  );
}

function rateOf({ goods, bads }: Totals): number {
  return bads / (goods + bads);
}

function followsTrend(steps: readonly number[], trend: Trend): boolean {
  const rises = (some: readonly number[]) => some.every((step) => step >= 0);
  const falls = (some: readonly number[]) => some.every((step) => step <= 0);
  const turns = Array.from({ length: steps.length + 1 }, (_, n) => n);
  switch (trend) {
    case 'none':
      return true;
    case 'ascending':
      return rises(steps);
    case 'descending':
      return falls(steps);
    case 'monotone':
      return rises(steps) || falls(steps);
    case 'peak':
      return turns.some((at) => rises(steps.slice(0, at)) && falls(steps.slice(at)));
    case 'valley':
      return turns.some((at) => falls(steps.slice(0, at)) && rises(steps.slice(at)));
  }
}
