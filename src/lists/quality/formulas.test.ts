import assert from 'node:assert/strict';
import test from 'node:test';
import { Refusal } from '#kernel';
import {
  accuracy,
  completeness,
  consistency,
  coverage,
  type Dimension,
  freshnessDays,
  overall,
  type Share,
  share,
  timeliness,
  uniqueness,
} from './formulas.ts';

test('a row that failed several rules counts once, and an upheld objection counts by its weight', () => {
  const facts = { rows: 1000, failingRows: 20, upheldObjections: 0, objectionWeight: 5 };
  assert.deepEqual(accuracy(facts), { numerator: 980, denominator: 1000, valuePpm: 980_000 });
  assert.equal(accuracy({ ...facts, upheldObjections: 4 }).valuePpm, 960_000);
  assert.equal(accuracy({ ...facts, upheldObjections: 999 }).valuePpm, 0);
});

test('a share is rounded down, so that one bad row in a hundred million never reads 100 %', () => {
  assert.equal(completeness({ cells: 100_000_000, emptyCells: 1 }).valuePpm, 999_999);
  assert.equal(completeness({ cells: 3, emptyCells: 1 }).valuePpm, 666_666);
  assert.equal(completeness({ cells: 3, emptyCells: 0 }).valuePpm, 1_000_000);
});

test('each share of nothing is refused instead of being 100 %', () => {
  const figures = [
    () => accuracy({ rows: 0, failingRows: 0, upheldObjections: 0, objectionWeight: 5 }),
    () => completeness({ cells: 0, emptyCells: 0 }),
    () => timeliness({ timedRows: 0, rowsOnTime: 0 }),
    () => uniqueness({ rows: 0, repeatedRows: 0 }),
    () => consistency({ checked: 0, failed: 0 }),
    () => coverage({ expected: 0, missing: 0 }),
    () => overall(weights, new Map()),
  ];
  for (const figure of figures) {
    assert.throws(figure, (error) => error instanceof Refusal && error.code === 'quality.no_checks');
  }
});

test('timeliness, uniqueness, consistency and coverage are what their formulas say', () => {
  assert.equal(timeliness({ timedRows: 8, rowsOnTime: 6 }).valuePpm, 750_000);
  assert.equal(uniqueness({ rows: 10, repeatedRows: 1 }).valuePpm, 900_000);
  assert.equal(consistency({ checked: 4, failed: 1 }).valuePpm, 750_000);
  assert.equal(coverage({ expected: 5, missing: 2 }).valuePpm, 600_000);
});

test('freshness is a duration in days, whatever the latency, and is never negative', () => {
  assert.equal(freshnessDays({ today: '2026-03-31', latest: '2026-02-28' }), 31);
  assert.equal(freshnessDays({ today: '2026-03-31', latest: '2026-04-02' }), 0);
});

test('the overall score leaves out what has no figure and keeps the other proportions', () => {
  const shares = new Map<Dimension, Share>([
    ['accuracy', share('', 9, 10)],
    ['completeness', share('', 5, 10)],
  ]);
  assert.equal(overall(weights, shares).valuePpm, Math.floor((900_000 * 30 + 500_000 * 10) / 40));
});

test('more failing cells than cells is a broken invariant, not a figure', () => {
  assert.throws(() => completeness({ cells: 3, emptyCells: 4 }), /no share/);
});

const weights = {
  accuracy: 30,
  completeness: 10,
  timeliness: 20,
  uniqueness: 5,
  consistency: 5,
  coverage: 30,
};
