import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import { category, makeSample } from '../laboratory.test-support.ts';
import { fitCard } from '../model/fit-card.ts';
import { shapePlan } from '../model/plan.ts';
import { applyCard } from '../model/apply-card.ts';
import { makeTable, takeTableRows, takeTargetRows } from '../table/columns.ts';
import { crossValidate } from './cross-validate.ts';
import { inferRejects } from './infer-rejects.ts';
import { FAIRNESS_RULES, measureFairness } from './measure-fairness.ts';

const plan = shapePlan({ target: { column: 'bad', bad: '1' } });

test('cross-validation is the same by seed, differs between seeds and gives an interval around its mean', () => {
  const { table, target } = makeSample('folds', 600);
  const rules = { folds: 4, repeats: 2, seed: 7 };
  const one = crossValidate(table, target, plan, rules);
  assert.deepEqual(crossValidate(table, target, plan, rules), one);
  assert.notDeepEqual(crossValidate(table, target, plan, { ...rules, seed: 8 }).auc, one.auc);
  assert.ok(one.auc.low < one.auc.mean && one.auc.mean < one.auc.high && one.auc.deviation > 0);
  assert.ok(one.auc.mean > 0.6 && one.auc.mean < 0.9);
  assert.equal(one.used['straight'], 8);
});

test('the calibration of all folds counts every row once a repeat, and chances are as high as what happened', () => {
  const { table, target } = makeSample('calibrated folds', 900);
  const { calibration } = crossValidate(table, target, plan, { folds: 3, repeats: 2, seed: 5 });
  const bads = target.bad.reduce((sum, value) => sum + value, 0);
  const sum = (pick: 'rows' | 'bads') => calibration.table.reduce((total, line) => total + line[pick], 0);
  assert.deepEqual([sum('rows'), sum('bads')], [1_800, 2 * bads]);
  assert.ok(Math.abs(calibration.expectedRate - calibration.observedRate) < 0.02);
  assert.ok(calibration.slope !== null && calibration.slope > 0.8 && calibration.slope < 1.2);
});

test('a target of chance has an interval that holds one half', () => {
  const { table, target } = makeSample('chance', 800);
  const bad = Uint8Array.from(target.bad, (_, row) => Number((row * 7_919) % 4 === 0));
  const loose = { ...plan, selection: { ...plan.selection, ivMin: 0 } };
  const { auc } = crossValidate(table, { bad }, loose, { folds: 5, repeats: 2, seed: 1 });
  assert.ok(auc.low < 0.5 && auc.high > 0.5, JSON.stringify(auc));
});

test('more folds than cases of a class are refused', () => {
  const { table, target } = makeSample('few', 100);
  const refuses = (rules: { folds: number; repeats: number; seed: number }) =>
    assert.throws(
      () => crossValidate(table, target, plan, rules),
      (error) => error instanceof Refusal && error.code === 'laboratory.wrong_plan',
    );
  refuses({ folds: 99, repeats: 1, seed: 1 });
  refuses({ folds: 1, repeats: 1, seed: 1 });
  refuses({ folds: 5, repeats: 10_000, seed: 1 });
});

test('rejects are inferred by both methods, and the card is there with and without them', () => {
  const { table, target } = makeSample('rejects', 3_000);
  const { card } = fitCard(table, target, plan);
  const { scores } = applyCard(card, table);
  const cutoff = Int32Array.from(scores).sort()[1_000] ?? 0;
  const places = Uint32Array.from(scores.keys());
  const [accepted, rejected] = [true, false].map((side) =>
    places.filter((row) => (scores[row] ?? 0) >= cutoff === side),
  );
  assert.ok(accepted !== undefined && rejected !== undefined);
  const known = { table: takeTableRows(table, accepted), target: takeTargetRows(target, accepted), plan };
  const rejects = takeTableRows(table, rejected);
  for (const method of ['fuzzy', 'parcelling'] as const) {
    const study = inferRejects(known, rejects, { method, badFactor: 1, seed: 3 });
    assert.deepEqual(inferRejects(known, rejects, { method, badFactor: 1, seed: 3 }), study);
    assert.ok(study.inferredBadRate > study.acceptedBadRate, method);
    assert.notEqual(study.with.card.hash, study.without.card.hash);
    const { goods, bads } = study.with.card.rows;
    assert.ok(Math.abs(goods + bads - 3_000) < 1e-6, 'each reject counts as one row in all');
    const worse = inferRejects(known, rejects, { method, badFactor: 1.5, seed: 3 });
    assert.ok(worse.inferredBadRate > study.inferredBadRate);
    assert.equal(worse.without.card.hash, study.without.card.hash);
  }
});

test('fairness counts every row in one group, labels small groups and those selected far less', () => {
  const { table, target } = makeSample('fair', 2_000);
  const straight = table.columns.get('straight');
  assert.ok(straight?.kind === 'numeric');
  const codes = Int32Array.from(straight.values, (value, row) =>
    row < 20 ? 2 : row < 40 ? -1 : Number(value > 0.2),
  );
  const wide = makeTable([...table.columns.values(), category('district', codes, ['low', 'high', 'tiny'])]);
  const { card } = fitCard(table, target, plan);
  const { scores } = applyCard(card, table);
  const cutoff = Int32Array.from(scores).sort()[1_000] ?? 0;
  const { groups, reference } = measureFairness(card, { table: wide, target }, 'district', {
    ...FAIRNESS_RULES,
    cutoff,
  });
  assert.equal(
    groups.reduce((sum, { rows }) => sum + rows, 0),
    2_000,
  );
  assert.equal(
    groups.reduce((sum, { bads }) => sum + bads, 0),
    target.bad.reduce((sum, value) => sum + value, 0),
  );
  const group = (name: string | null) => groups.find((one) => one.group === name);
  assert.equal(reference, groups[0]?.group);
  assert.deepEqual(
    [group('tiny')?.isSmall, group(null)?.isSmall, group('low')?.isSmall],
    [true, true, false],
  );
  assert.equal(group('tiny')?.rows, 20);
  assert.ok((group('high')?.selectedShare ?? 1) < (group('low')?.selectedShare ?? 0));
  assert.ok(group('high')?.isBelowRatio === true && group('low')?.isBelowRatio === false);
  assert.ok((group('low')?.selectedOfGoods ?? 0) >= (group('low')?.selectedOfBads ?? 1));
  assert.ok((group('low')?.noDataShare ?? 0) > 0 && (group('low')?.noDataShare ?? 1) < 0.2);
});
