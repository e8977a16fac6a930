import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import type { LoanLife } from '#outcomes';
import { fateAfter } from './loan-fates.ts';
import { measureRule, type Raised, type Tested } from './measure-rule.ts';
import { planDays, usualPlan } from './plan-days.ts';

const HORIZON = 90;

function loan(id: number, life: Partial<LoanLife> = {}): LoanLife {
  const told = { endedOn: null, overdueOn: null, badOn: null, toldUntil: '2025-12-31' };
  return { enterpriseId: toEnterpriseId(String(id)), disbursedOn: '2025-01-01', ...told, ...life };
}

function tested(...loans: readonly LoanLife[]): Tested {
  const days = ['2025-02-01', '2025-03-01', '2025-04-01'];
  return { lending: Map.groupBy(loans, ({ enterpriseId }) => enterpriseId), days, horizonDays: HORIZON };
}

function raised(id: number, on: string, over: Partial<Raised> = {}): Raised {
  return { enterpriseId: toEnterpriseId(String(id)), on, level: 'yellow', isUpgrade: false, ...over };
}

const bad = (id: number): LoanLife => loan(id, { overdueOn: '2025-04-30', badOn: '2025-06-30' });

test('a loan is watched from its disbursement until it ends or is bad, and followed to the end of the horizon', () => {
  const after = (day: string, ...loans: readonly LoanLife[]) =>
    fateAfter(loans, { day, horizonDays: HORIZON }).state;
  assert.equal(after('2024-12-31', loan(1)), 'unwatched');
  assert.equal(after('2025-01-01', loan(1)), 'good');
  assert.equal(after('2025-05-01', loan(1, { endedOn: '2025-05-01' })), 'unwatched');
  assert.equal(after('2025-04-30', loan(1, { endedOn: '2025-05-01', toldUntil: '2025-04-30' })), 'good');
  assert.equal(after('2025-04-01', bad(1)), 'bad');
  assert.equal(after('2025-03-31', bad(1)), 'good');
  assert.equal(after('2025-06-30', bad(1)), 'unwatched');
  assert.equal(after('2025-11-01', loan(1)), 'open');
  assert.equal(after('2025-11-01', loan(1, { toldUntil: null })), 'open');
  assert.equal(after('2025-07-01', bad(1), loan(1)), 'unwatched');
});

test('alerts of one enterprise within the horizon are one warning, and an upgrade is no further alert', () => {
  const figures = measureRule(
    [
      raised(1, '2025-03-01'),
      raised(1, '2025-04-01'),
      raised(1, '2025-04-01', { level: 'red', isUpgrade: true }),
      raised(2, '2025-02-01'),
    ],
    tested(bad(1), loan(2), loan(3)),
  );
  assert.equal(figures.alerts, 3);
  assert.equal(figures.alertsAtStart, 1);
  assert.equal(figures.alertsPerWeek, (2 * 7) / 59);
  assert.deepEqual([figures.precision.hits, figures.precision.of], [0, 2]);
  assert.deepEqual([figures.alerted.hits, figures.alerted.of], [2, 3]);
  assert.deepEqual(
    figures.byLevel.map(({ level, precision }) => [level, precision.hits, precision.of]),
    [
      ['red', 1, 1],
      ['yellow', 0, 2],
    ],
  );
});

test('the base rate is that of all days watched, and lift, recall and lead time follow from it', () => {
  const figures = measureRule([raised(1, '2025-04-01')], tested(bad(1), loan(2), loan(3), bad(4)));
  // Of twelve enterprise days two, those of 1 April, came before a bad loan within 90 days.
  assert.equal(figures.baseRate, 2 / 12);
  assert.equal(figures.precision.share, 1);
  assert.equal(figures.lift, 6);
  assert.ok(
    figures.liftFrom !== null && figures.liftFrom < 6 && figures.liftTo !== null && figures.liftTo >= 6,
  );
  assert.deepEqual([figures.recall.hits, figures.recall.of], [1, 2]);
  assert.equal(figures.leadDays, 29);
});

test('a rule that raised nothing, or a test without loans, has no shares and invents none', () => {
  const quiet = measureRule([], tested(bad(1)));
  assert.deepEqual([quiet.precision.share, quiet.lift, quiet.leadDays], [null, null, null]);
  assert.deepEqual([quiet.recall.hits, quiet.recall.of], [0, 1]);
  const empty = measureRule([], tested());
  assert.deepEqual([empty.baseRate, empty.recall.share, empty.alerted.share], [null, null, null]);
});

test('a plan lies in the past with its horizon, and the usual one is a year of weeks', () => {
  const today = '2026-11-23';
  const usual = usualPlan(today);
  const days = planDays(usual, today);
  assert.equal(days.length, 52);
  assert.deepEqual([days[0], days.at(-1)], [usual.from, usual.to]);
  const wrong = [
    { ...usual, to: today },
    { ...usual, from: '2026-02-30' },
    { ...usual, stepDays: 0 },
    { ...usual, stepDays: 1 },
    { ...usual, horizonDays: 0.5 },
    { ...usual, from: usual.to, to: usual.from },
    { ...usual, horizonDays: 1e9 },
  ];
  for (const plan of wrong)
    assert.throws(() => planDays(plan, today), { code: 'rule_life.days_wrong' }, JSON.stringify(plan));
});
