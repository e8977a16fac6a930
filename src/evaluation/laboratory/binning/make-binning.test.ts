import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHash, Refusal } from '#kernel';
import { category, makeSample, numeric } from '../laboratory.test-support.ts';
import { cellText, type Column, columnOf, type Target } from '../table/columns.ts';
import { assignBin, assignBins, listUnseen } from './assign-bins.ts';
import type { Binning } from './binning.ts';
import { BIN_RULES, type BinRules, type GivenBins } from './bin-rules.ts';
import { ivOfEachValue } from './each-value.ts';
import { makeBinning } from './make-binning.ts';

const SPECIALS = [{ name: 'no account', values: [-999] }];

test('the counts of the bins add up to the rows, and IV, JS, KS and Gini are never below 0', () => {
  for (const binning of sampleBinnings()) {
    const sum = (pick: (bin: Binning['bins'][number]) => number) =>
      binning.bins.reduce((all, bin) => all + pick(bin), 0);
    assert.equal(
      sum(({ rows }) => rows),
      2_000,
      binning.variable,
    );
    assert.equal(
      sum(({ goods, bads }) => goods + bads),
      2_000,
    );
    const { iv, js, ks, gini, hhiNormalised, quality } = binning.figures;
    assert.ok(Math.abs(sum((bin) => bin.iv) - iv) < 1e-12);
    for (const figure of [iv, js, ks, gini, hhiNormalised, quality]) assert.ok(figure >= 0 && figure < 10);
    assert.ok(js <= Math.LN2 && ks <= gini + 1e-12 && quality <= 1);
    assert.ok(binning.bins.every((bin) => bin.iv >= 0));
  }
});

test('the bad rate goes as it was asked to', () => {
  for (let seed = 0; seed < 10; seed += 1) {
    const { table, target } = makeSample(`trend ${seed}`);
    for (const name of ['straight', 'bent', 'gaps']) {
      const rates = (trend: BinRules['trend']) =>
        ordinaryRates(binned(columnOf(table, name), target, { trend, binsMin: 1, specials: SPECIALS }));
      assert.ok(isSorted(rates('ascending')));
      assert.ok(isSorted(rates('descending').reverse()));
      const peak = rates('peak');
      const top = peak.indexOf(Math.max(...peak));
      assert.ok(isSorted(peak.slice(0, top + 1)) && isSorted(peak.slice(top).reverse()));
      const valley = rates('valley');
      const floor = valley.indexOf(Math.min(...valley));
      assert.ok(isSorted(valley.slice(0, floor + 1).reverse()) && isSorted(valley.slice(floor)));
    }
  }
});

test('a value on a cut belongs to the bin that begins there, the one before it does not', () => {
  const [binning] = sampleBinnings();
  assert.ok(binning !== undefined && binning.cuts.length > 2);
  binning.cuts.forEach((cut, at) => {
    assert.equal(assignBin(binning, cut), at + 1);
    assert.equal(assignBin(binning, cut - Math.abs(cut) * 2 ** -50 - Number.MIN_VALUE), at);
  });
  assert.equal(assignBin(binning, Number.NEGATIVE_INFINITY), 0);
  assert.equal(assignBin(binning, Number.POSITIVE_INFINITY), binning.cuts.length);
});

test('each special and missing have bins of their own and no ordinary bin counts them', () => {
  const { table, target } = makeSample('specials');
  const column = columnOf(table, 'gaps');
  const binning = binned(column, target, { specials: [...SPECIALS, { name: 'never', values: [-1e9] }] });
  const ordinary = binning.cuts.length + 1;
  const [special, never, missing, unseen] = binning.bins.slice(ordinary);
  const texts = Array.from({ length: 2_000 }, (_, row) => cellText(column, row));
  assert.equal(special?.rows, texts.filter((text) => text === '-999').length);
  assert.equal(missing?.rows, texts.filter((text) => text === undefined).length);
  assert.deepEqual([never?.rows, never?.woe, unseen?.rows, unseen?.woe], [0, 0, 0, 0]);
  assert.deepEqual(
    [-999, -1e9, Number.NaN, null, '-999'].map((value) => assignBin(binning, value) - ordinary),
    [0, 1, 2, 2, 0],
  );
});

test('a category that was not there when the bins were made is unseen, has WOE 0 and is listed', () => {
  const { table, target } = makeSample('unseen');
  const binning = binned(columnOf(table, 'kind'), target, {});
  const later = category('kind', Int32Array.of(0, 1, -1), ['a', 'new']);
  const places = assignBins(binning, later);
  const unseen = binning.bins.length - 1;
  assert.equal(places[1], unseen);
  assert.equal(places[2], unseen - 1);
  assert.notEqual(places[0], unseen);
  assert.equal(binning.bins[unseen]?.woe, 0);
  assert.deepEqual(listUnseen(binning, later, places), { rows: 1, values: ['new'] });
});

test('row by row gives the bins of the batch, also for a column of the other kind', () => {
  const { table } = makeSample('rows');
  for (const binning of sampleBinnings()) {
    const column = columnOf(table, binning.variable);
    const places = assignBins(binning, column);
    for (let row = 0; row < 2_000; row += 1) {
      const value =
        column.kind === 'numeric' ? (column.values[row] ?? null) : (cellText(column, row) ?? null);
      assert.equal(assignBin(binning, value), places[row]);
    }
    const texts = Array.from(new Set(Array.from({ length: 2_000 }, (_, row) => cellText(column, row) ?? '')));
    const asTexts = category(
      'x',
      Int32Array.from({ length: 2_000 }, (_, row) => {
        const text = cellText(column, row);
        return text === undefined ? -1 : texts.indexOf(text);
      }),
      texts,
    );
    assert.deepEqual(assignBins(binning, asTexts), places);
  }
});

test('fixed cuts stay, given cuts are chosen among, and fixed groups stand alone', () => {
  const { table, target } = makeSample('given');
  const straight = columnOf(table, 'straight');
  assert.ok(binned(straight, target, { trend: 'none' }, { fixedCuts: [0.35] }).cuts.includes(0.35));
  const chosen = binned(straight, target, { binsMin: 1 }, { cuts: [-1, 0, 1] }).cuts;
  assert.ok(chosen.length > 0 && chosen.every((cut) => [-1, 0, 1].includes(cut)));
  const groups = binned(
    columnOf(table, 'kind'),
    target,
    { binsMin: 1 },
    { fixedGroups: [['a', 'c']] },
  ).groups;
  assert.ok(groups.some((group) => group.join() === 'a,c'));
  assert.deepEqual(groups.flat().sort(), ['a', 'b', 'c', 'd', 'e']);
});

test('cuts for categories, groups for numbers and a category in two groups are refused', () => {
  const { table, target } = makeSample('refused');
  const refused = (name: string, given: GivenBins) =>
    assert.throws(
      () => makeBinning(columnOf(table, name), target, BIN_RULES, given),
      (error) => error instanceof Refusal && error.code === 'laboratory.wrong_cuts',
    );
  refused('kind', { cuts: [1] });
  refused('straight', { groups: [['a']] });
  refused('straight', { cuts: [Number.NaN] });
  refused('kind', { groups: [['a'], ['a', 'b']] });
});

test('the bins of a number do not depend on the unit it is measured in', () => {
  const { table, target } = makeSample('unit');
  const column = columnOf(table, 'bent');
  assert.ok(column.kind === 'numeric');
  const scaled = numeric(
    'bent',
    column.values.map((value) => value * 8 + 16),
  );
  const one = binned(column, target, { trend: 'valley' });
  const other = binned(scaled, target, { trend: 'valley' });
  assert.deepEqual(other.figures, one.figures);
  assert.deepEqual(
    other.cuts,
    one.cuts.map((cut) => cut * 8 + 16),
  );
});

test('a row of weight two counts as two rows', () => {
  const { table, target } = makeSample('weights', 400);
  const column = columnOf(table, 'straight');
  assert.ok(column.kind === 'numeric');
  const twice = binned(column, { ...target, weights: new Float64Array(400).fill(2) }, {});
  const doubled = numeric('straight', [...column.values, ...column.values]);
  const both = binned(doubled, { bad: Uint8Array.from([...target.bad, ...target.bad]) }, {});
  assert.deepEqual(twice, both);
});

test('a bin without bads gets half a row in both cells and leaves the others as they are', () => {
  const column = category('c', Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1), ['a', 'b']);
  const target = { bad: Uint8Array.of(0, 0, 0, 0, 1, 1, 0, 0) };
  const binning = binned(column, target, { goodsMin: 0, badsMin: 0 });
  const [pure, mixed] = binning.bins;
  assert.deepEqual(binning.groups, [['a'], ['b']]);
  assert.ok(Math.abs((pure?.woe ?? 0) - Math.log(4.5 / 6 / (0.5 / 2))) < 1e-12);
  assert.ok(Math.abs((mixed?.woe ?? 0) - Math.log(2 / 6 / (2 / 2))) < 1e-12);
  assert.ok(Math.abs(ivOfEachValue(column, target) - binning.figures.iv) < 1e-12);
});

test('the hash is that of the content', () => {
  for (const { hash, ...content } of sampleBinnings()) {
    assert.equal(canonicalHash(JSON.parse(JSON.stringify(content))), hash);
  }
});

function sampleBinnings(): Binning[] {
  const { table, target } = makeSample('sample');
  return [...table.columns.values()].map((column) =>
    binned(column, target, {
      trend: column.name === 'bent' ? 'valley' : 'monotone',
      binsMin: 1,
      specials: column.kind === 'numeric' ? SPECIALS : [],
    }),
  );
}

function binned(column: Column, target: Target, rules: Partial<BinRules>, given?: GivenBins): Binning {
  const result = makeBinning(column, target, { ...BIN_RULES, ...rules }, given);
  assert.equal(result.state, 'binned', JSON.stringify(result));
  return result.state === 'binned' ? result.binning : assert.fail();
}

function ordinaryRates({ bins }: Binning): number[] {
  return bins.filter(({ kind }) => kind === 'ordinary').map(({ badRate }) => badRate ?? Number.NaN);
}

function isSorted(values: readonly number[]): boolean {
  return values.slice(1).every((value, at) => value >= (values[at] ?? value));
}
