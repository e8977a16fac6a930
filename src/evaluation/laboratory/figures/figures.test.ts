import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSample } from '../laboratory.test-support.ts';
import { fitCard } from '../model/fit-card.ts';
import { shapePlan } from '../model/plan.ts';
import { seededRandom } from '../statistics/random.ts';
import { takeTableRows } from '../table/columns.ts';
import { calibrationOf } from './calibration.ts';
import { discriminationOf } from './discrimination.ts';
import { gainsOf } from './gains.ts';
import { judgeDrift, psiOf, stabilityOf } from './stability.ts';

test('AUC is the share of pairs in the right order, ties half; KS and Brier are as defined', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const random = seededRandom(`figures ${seed}`);
    const chances = Float64Array.from({ length: 60 }, () => Math.round(random() * 12) / 12);
    const bad = Uint8Array.from({ length: 60 }, (_, row) =>
      Number(row < 2 ? row : random() < (chances[row] ?? 0)),
    );
    const { auc, gini, ks, brier } = discriminationOf(chances, { bad });
    const rows = Array.from(bad.keys());
    const [bads, goods] = [rows.filter((row) => bad[row] === 1), rows.filter((row) => bad[row] === 0)];
    const at = (row: number) => chances[row] ?? 0;
    const pairs = bads.flatMap((one) => goods.map((other) => (Math.sign(at(one) - at(other)) + 1) / 2));
    assert.ok(Math.abs(auc - pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length) < 1e-12);
    assert.equal(gini, 2 * auc - 1);
    const above = (some: number[], cut: number) => some.filter((row) => at(row) >= cut).length / some.length;
    const gaps = Array.from(chances, (cut) => above(bads, cut) - above(goods, cut));
    assert.ok(Math.abs(ks - Math.max(0, ...gaps)) < 1e-12);
    const errors = rows.map((row) => (at(row) - (bad[row] ?? 0)) ** 2);
    assert.ok(Math.abs(brier - errors.reduce((sum, error) => sum + error, 0) / 60) < 1e-12);
  }
});

test('tenths hold all rows and all bads, and the last of them has cumulated everything', () => {
  const { chances, target } = drawn(1);
  const lines = gainsOf(chances, target);
  assert.equal(lines.length, 10);
  assert.equal(
    lines.reduce((sum, { rows }) => sum + rows, 0),
    5_000,
  );
  assert.equal(
    lines.reduce((sum, { bads }) => sum + bads, 0),
    target.bad.reduce((sum, value) => sum + value, 0),
  );
  const last = lines.at(-1);
  assert.deepEqual([last?.cumulatedBadShare, last?.cumulatedGoodShare, last?.lift], [1, 1, 1]);
});

test('chances that are too bold have a slope below 1, right ones about 1, and a single class none', () => {
  const { chances, target } = drawn(2);
  const right = calibrationOf(chances, target);
  assert.ok(Math.abs((right.slope ?? 0) - 1) < 0.15 && Math.abs(right.intercept ?? 1) < 0.15);
  const bold = chances.map((chance) => 1 / (1 + ((1 - chance) / chance) ** 2));
  assert.ok(Math.abs((calibrationOf(bold, target).slope ?? 0) - (right.slope ?? 0) / 2) < 1e-6);
  const single = calibrationOf(chances, { bad: new Uint8Array(5_000) });
  assert.deepEqual([single.slope, single.intercept, single.observedRate], [null, null, 0]);
});

test('PSI is 0 for equal shares, symmetric, and judged by the bands it is given', () => {
  assert.equal(psiOf([10, 20, 30], [1, 2, 3]), 0);
  const wanted = (0.6 - 0.5) * Math.log(0.6 / 0.5) + (0.4 - 0.5) * Math.log(0.4 / 0.5);
  assert.ok(Math.abs(psiOf([50, 50], [60, 40]) - wanted) < 1e-12);
  assert.ok(Math.abs(psiOf([60, 40], [50, 50]) - wanted) < 1e-12);
  assert.ok(psiOf([100, 0], [50, 50]) > 0 && Number.isFinite(psiOf([100, 0], [50, 50])));
  const bands = { watch: 0.1, shifted: 0.25 };
  assert.deepEqual(
    [0.099, 0.1, 0.249, 0.25].map((psi) => judgeDrift(psi, bands).verdict),
    ['stable', 'watch', 'watch', 'shifted'],
  );
});

test('the rows a card was made from are stable, rows of one side have shifted where they differ', () => {
  const { table, target } = makeSample('stability');
  const { card } = fitCard(table, target, shapePlan({ target: { column: 'bad', bad: '1' } }));
  const same = stabilityOf(card, table);
  assert.equal(same.score.psi, 0);
  assert.ok(same.variables.every(({ psi }) => psi === 0));
  const straight = table.columns.get('straight');
  assert.ok(straight?.kind === 'numeric');
  const high = Uint32Array.from(straight.values.keys()).filter((row) => (straight.values[row] ?? 0) > 0.5);
  const moved = stabilityOf(card, takeTableRows(table, high));
  const verdictOf = (name: string) => moved.variables.find(({ variable }) => variable === name)?.verdict;
  assert.deepEqual(
    [moved.score.verdict, verdictOf('straight'), verdictOf('kind')],
    ['shifted', 'shifted', 'stable'],
  );
});

function drawn(seed: number) {
  const random = seededRandom(`drawn ${seed}`);
  const chances = Float64Array.from({ length: 5_000 }, () => 0.02 + 0.6 * random());
  return { chances, target: { bad: Uint8Array.from(chances, (chance) => Number(random() < chance)) } };
}
