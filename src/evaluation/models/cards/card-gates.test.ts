import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSample } from '../../laboratory/laboratory.test-support.ts';
import type { CardCases } from './card-cases.ts';
import { judgeCard, judgeCardRun } from './card-gates.ts';
import { type CardPlan, shapeCardPlan } from './card-plan.ts';
import { type StudiedCard, studyCard } from './card-study.ts';
import { gradePlaceOf } from './grade-table.ts';

const PLAN = {
  id: 'sample',
  version: '1.0.0',
  name: { zh: '样例', en: 'sample' },
  basis: ['第九条'],
  indicators: ['straight', 'gaps'],
  horizonMonths: 12,
  holdoutMonths: 3,
  gates: { aucMin: 0.6, badsMin: 100 },
  grades: [{ grade: 'A', chanceMax: 0.1 }, { grade: 'B', chanceMax: 0.3 }, { grade: 'C' }],
};
const MONTHS = ['2025-01', '2025-02', '2025-03', '2025-04', '2025-05', '2025-06', '2025-07', '2025-08'];

/** Two thousand loans of as many enterprises over eight months. */
function makeCases(): CardCases {
  const { table, target } = makeSample(11);
  const places = [...target.bad.keys()];
  return {
    table,
    bad: target.bad,
    months: places.map((at) => MONTHS[at % MONTHS.length] ?? ''),
    enterprises: places.map(String),
    open: 0,
    unknown: 0,
    root: '00',
  };
}

function studied(cases = makeCases(), written: object = {}): { plan: CardPlan } & StudiedCard {
  const plan = shapeCardPlan({ ...PLAN, ...written }, 'test');
  return { plan, ...studyCard(cases, plan, new Date('2026-01-01T00:00:00Z')) };
}

function closedGates(judged: ReturnType<typeof studied>): string[] {
  return judgeCard(judged).flatMap(({ id, isPassed }) => (isPassed ? [] : [id]));
}

test('an honest card passes, and the same loans give the same hashes', () => {
  const judged = studied();
  assert.deepEqual(closedGates(judged), []);
  const again = studied();
  assert.equal(again.study.hash, judged.study.hash);
  assert.equal(again.grades.hash, judged.grades.hash);
});

test('an AUC above 0.95 out of sample is a leak, whatever the plan allows', () => {
  const cases = makeCases();
  const values = Float64Array.from(cases.bad, (bad, at) => (at % 50 === 0 ? 1 - bad : bad));
  const columns = new Map(cases.table.columns).set('straight', { kind: 'numeric', name: 'straight', values });
  const judged = studied({ ...cases, table: { ...cases.table, columns } });
  assert.ok(judged.study.holdout.figures.auc > 0.95);
  assert.ok(closedGates(judged).includes('auc'));
  assert.ok(closedGates(judged).includes('no_leak'));
});

test('an AUC below the floor, outside what was stated, or on too few bad loans is refused', () => {
  assert.deepEqual(closedGates(studied(makeCases(), { gates: { aucMin: 0.94, badsMin: 100 } })), ['auc']);
  const expectedAuc = { from: 0.9, to: 0.95, basis: 'test' };
  assert.deepEqual(closedGates(studied(makeCases(), { expectedAuc })), ['auc_expected']);
  assert.deepEqual(closedGates(studied(makeCases(), { gates: { aucMin: 0.6, badsMin: 5000 } })), ['bads']);
});

test('a population that has moved by the latest months closes the gate of stability', () => {
  const cases = makeCases();
  const column = cases.table.columns.get('straight');
  assert.ok(column?.kind === 'numeric');
  const values = column.values.map((value, at) => ((cases.months[at] ?? '') > '2025-05' ? value + 3 : value));
  const columns = new Map(cases.table.columns).set('straight', { ...column, values });
  assert.ok(closedGates(studied({ ...cases, table: { ...cases.table, columns } })).includes('stable'));
});

test('no loan of an enterprise that the card was fitted on is held out', () => {
  const cases = makeCases();
  const enterprises = cases.enterprises.map((_, at) => String(at % 999));
  const { study } = studied({
    ...cases,
    enterprises: enterprises.map((id, at) => (at < 1_600 ? id : `x${at}`)),
  });
  assert.ok(study.leftOut.sameEnterprise > 0);
  const counted = [study.fit, study.holdout].reduce((sum, { goods, bads }) => sum + goods + bads, 0);
  assert.equal(counted + study.leftOut.sameEnterprise, cases.bad.length);
});

test('a score on the limit of a grade belongs to it, and its chance is within the grade', () => {
  const { grades, card } = studied();
  const [best, middle, last] = grades.grades;
  assert.ok(best?.scoreMin != null && middle?.scoreMin != null && last?.scoreMin === null);
  assert.equal(gradePlaceOf(grades, best.scoreMin), 0);
  assert.equal(gradePlaceOf(grades, best.scoreMin - 1), 1);
  assert.equal(gradePlaceOf(grades, middle.scoreMin - 1), 2);
  const { factor, offset } = card.points;
  const chance = 1 / (1 + Math.exp((best.scoreMin - offset) / factor));
  assert.ok(chance <= 0.1 && chance > 0.09);
});

test('a plan whose grades do not rise, or with an unknown member, is refused', () => {
  const grades = [{ grade: 'A', chanceMax: 0.3 }, { grade: 'B', chanceMax: 0.1 }, { grade: 'C' }];
  for (const wrong of [{ grades }, { grades: [{ grade: 'A' }, { grade: 'B' }] }, { colour: 'red' }])
    assert.throws(() => shapeCardPlan({ ...PLAN, ...wrong }, 'test'), { code: 'cards.plan_not_valid' });
});

test('a shadow run without data, or with everybody in one grade, is refused', () => {
  const closed = (figures: Parameters<typeof judgeCardRun>[0]): string[] =>
    judgeCardRun(figures).flatMap(({ id, isPassed }) => (isPassed ? [] : [id]));
  assert.deepEqual(closed({ scored: 100, covered: 80, grades: [30, 40, 30], bands: [] }), []);
  assert.deepEqual(closed({ scored: 100, covered: 20, grades: [0, 95, 5], bands: [] }), [
    'coverage',
    'grades_spread',
  ]);
  assert.deepEqual(closed({ scored: 0, covered: 0, grades: [0], bands: [] }), ['coverage', 'grades_spread']);
});
