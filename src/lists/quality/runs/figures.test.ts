import assert from 'node:assert/strict';
import test from 'node:test';
import type { CrossEvidence } from '../cross/run-cross-rules.ts';
import type { DeliveryFacts } from './facts.ts';
import { computeScores, type Correction, type FigureInputs, type Score, scoreKey } from './figures.ts';

const weights: FigureInputs['weights'] = {
  id: 'quality-weights',
  name: 'test',
  version: '1.0.0',
  decidedBy: 'proposal',
  effectiveFrom: '2026-01-01',
  weights: { accuracy: 50, completeness: 50, timeliness: 0, coverage: 0, consistency: 0, uniqueness: 0 },
  objectionWeight: 5,
  contestWorkingDays: 10,
  ticketWorkingDays: 5,
};

function facts(deliveryNo: string, change: Partial<DeliveryFacts>): DeliveryFacts {
  return {
    deliveryNo,
    deliveryId: `dlv_${deliveryNo}`,
    contractId: 'n08_penalty',
    provider: '甲局',
    checks: 500,
    rows: 100,
    failingRows: 0,
    cells: 200,
    emptyCells: 0,
    timedRows: 0,
    rowsOnTime: 0,
    comparedRows: 100,
    repeatedRows: 0,
    ...change,
  };
}

const inputs: FigureInputs = {
  deliveries: [
    facts('1', { failingRows: 10 }),
    facts('2', { rows: 300, cells: 600, emptyCells: 60 }),
    facts('3', {
      contractId: 'n12_taxpayer_a',
      provider: '乙局',
      failingRows: 1,
      timedRows: 100,
      rowsOnTime: 50,
    }),
  ],
  cross: [
    {
      rule: 'r',
      contractId: 'n08_penalty',
      provider: '甲局',
      dimension: 'consistency',
      checked: 40,
      failed: 1,
    },
    {
      rule: 'c',
      contractId: 'n12_taxpayer_a',
      provider: '乙局',
      dimension: 'coverage',
      checked: 10,
      failed: 4,
    },
  ] satisfies CrossEvidence[],
  latest: [{ contractId: 'n08_penalty', provider: '甲局', latest: '2026-02-28' }],
  today: '2026-03-31',
  weights,
  corrections: [],
  previous: new Map([['provider accuracy 甲局', 970_000]]),
};

function find(scores: readonly Score[], key: string): Score {
  const score = scores.find((candidate) => scoreKey(candidate) === key);
  assert.ok(score !== undefined, key);
  return score;
}

test('counts of deliveries add up to those of dataset, provider and node', () => {
  const scores = computeScores(inputs);
  assert.equal(find(scores, 'delivery accuracy dlv_1').value, 900_000);
  assert.deepEqual(
    [
      find(scores, 'dataset accuracy n08_penalty').numerator,
      find(scores, 'dataset accuracy n08_penalty').denominator,
    ],
    [390, 400],
  );
  assert.equal(find(scores, 'node accuracy node').denominator, 500);
  assert.equal(find(scores, 'provider completeness 甲局').value, 925_000);
  assert.equal(find(scores, 'provider overall 甲局').value, (975_000 + 925_000) / 2);
});

test('a figure that nothing was checked for is left out, not given as 100 %', () => {
  const keys = new Set(computeScores(inputs).map(scoreKey));
  assert.equal(keys.has('dataset timeliness n08_penalty'), false);
  assert.equal(keys.has('dataset coverage n08_penalty'), false);
  assert.equal(keys.has('dataset timeliness n12_taxpayer_a'), true);
});

test('freshness stands for datasets, in days, and takes no part in the overall score', () => {
  const scores = computeScores(inputs);
  const fresh = find(scores, 'dataset freshness n08_penalty');
  assert.deepEqual([fresh.value, fresh.unit, fresh.rank], [31, 'day', 1]);
  assert.equal(
    scores.some(({ scope, dimension }) => dimension === 'freshness' && scope !== 'dataset'),
    false,
  );
});

test('providers are ranked among each other and compared with the period before', () => {
  const scores = computeScores(inputs);
  assert.equal(find(scores, 'provider accuracy 乙局').rank, 1);
  assert.equal(find(scores, 'provider accuracy 甲局').rank, 2);
  assert.equal(find(scores, 'provider accuracy 甲局').previousValue, 970_000);
  assert.equal(find(scores, 'provider accuracy 乙局').previousValue, null);
});

test('equal values share a rank', () => {
  const deliveries = ['甲局', '乙局', '丙局'].map((provider, at) =>
    facts(String(at), { provider, contractId: `n0${at + 1}_test_x`, failingRows: at === 2 ? 5 : 1 }),
  );
  const ranks = computeScores({ ...inputs, deliveries, cross: [], latest: [] })
    .filter(({ scope, dimension }) => scope === 'provider' && dimension === 'accuracy')
    .map(({ rank }) => rank);
  assert.deepEqual(
    ranks.toSorted((a, b) => Number(a) - Number(b)),
    [1, 1, 3],
  );
});

test('an upheld contest reaches the number and what contains it, and nothing beside it', () => {
  const correction: Correction = {
    contestNo: '1',
    scope: 'delivery',
    subject: 'dlv_1',
    contractId: 'n08_penalty',
    provider: '甲局',
    dimension: 'accuracy',
    delta: 10,
  };
  const scores = computeScores({ ...inputs, corrections: [correction] });
  assert.equal(find(scores, 'delivery accuracy dlv_1').value, 1_000_000);
  assert.equal(find(scores, 'delivery accuracy dlv_2').value, 1_000_000);
  assert.equal(find(scores, 'dataset accuracy n08_penalty').numerator, 400);
  assert.equal(find(scores, 'provider accuracy 乙局').numerator, 99);
  assert.equal(find(scores, 'node accuracy node').numerator, 499);
});

test('the same evidence in another order gives the same numbers', () => {
  const turned = {
    ...inputs,
    deliveries: [...inputs.deliveries].reverse(),
    cross: [...inputs.cross].reverse(),
  };
  assert.deepEqual(computeScores(turned), computeScores(inputs));
});

test('a group whose only dimension has no weight has no overall score, and the run goes on', () => {
  const [, cross] = inputs.cross;
  assert.ok(cross !== undefined);
  const keys = computeScores({ ...inputs, deliveries: [], cross: [cross], latest: [] }).map(scoreKey);
  assert.deepEqual(keys, ['dataset coverage n12_taxpayer_a', 'node coverage node', 'provider coverage 乙局']);
});
