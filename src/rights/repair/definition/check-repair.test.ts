import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { addMonths } from './add-months.ts';
import { checkRepair, saidOf } from './check-repair.ts';
import { loadRepairRules, shapeRepairRules } from './load-repair-rules.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const rules = loadRepairRules([MODELS]);

const OLD = '2026-03-31';
const NEW = '2026-04-01';

function check(values: Record<string, string | null>, day: string, contract = 'n08_penalty') {
  const found = checkRepair({ contract, values: { case_name: '未按期年报', ...values } }, rules, day);
  assert.ok(found !== null);
  return found;
}

test('a period of months ends on the same day, or on the last of a shorter month', () => {
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
  assert.equal(addMonths('2024-01-31', 1), '2024-02-29');
  assert.equal(addMonths('2026-11-30', 3), '2027-02-28');
  assert.equal(addMonths('2026-12-01', 12), '2027-12-01');
});

test('what was decided by 31 March 2026 stays under order 58, without classes', () => {
  for (const grade of ['minor', 'general', 'serious', null]) {
    const { regime, earliestOn, endsOn } = check({ decided_on: OLD, dishonesty_grade: grade }, '2026-04-10');
    assert.deepEqual([regime, earliestOn, endsOn], ['order_58', '2026-06-30', '2029-03-31']);
  }
});

test('what was decided from 1 April 2026 on has the period of its class', () => {
  const spans = {
    minor: [NEW, '2026-07-01'],
    general: ['2026-07-01', '2027-04-01'],
    serious: ['2027-04-01', '2029-04-01'],
  };
  for (const [grade, span] of Object.entries(spans)) {
    const { regime, earliestOn, endsOn } = check({ decided_on: NEW, dishonesty_grade: grade }, '2026-04-10');
    assert.deepEqual([regime, earliestOn, endsOn], ['order_36', ...span], grade);
  }
});

test('special fields are public for a year at least, under either order, and never longer at least than at most', () => {
  const food = { case_name: '经营不符合食品安全标准的食品案' };
  assert.equal(check({ ...food, decided_on: OLD }, OLD).earliestOn, '2027-03-31');
  const minor = check({ ...food, decided_on: NEW, dishonesty_grade: 'minor' }, NEW);
  assert.deepEqual([minor.isSpecial, minor.earliestOn, minor.endsOn], [true, '2027-04-01', '2027-04-01']);
  assert.equal(
    checkRepair(
      { contract: 'b30_safety', values: { safety_fact_kind: 'penalty', safety_decided_on: OLD } },
      rules,
      OLD,
    )?.earliestOn,
    '2027-03-31',
  );
  assert.equal(
    checkRepair({ contract: 'b30_safety', values: { safety_fact_kind: 'accident' } }, rules, OLD),
    null,
  );
});

test('what is unclear is taken in the strictest sense and says so', () => {
  const bare = check({ decided_on: NEW, case_name: null }, NEW);
  assert.deepEqual(
    [bare.severity, bare.isSpecial, bare.unclear, bare.earliestOn],
    ['serious', true, ['severity', 'special_field'], '2027-04-01'],
  );
  const byKind = check({ decided_on: NEW, penalty_kind: 'warning' }, NEW);
  assert.deepEqual([byKind.severity, byKind.unclear], ['minor', []]);
  const grade = check({ decided_on: NEW, penalty_kind: 'warning', dishonesty_grade: 'serious' }, NEW);
  assert.equal(grade.severity, 'serious', 'what says the class itself comes first');
});

test('a record is eligible from its earliest day until its period ends', () => {
  const values = { decided_on: NEW, dishonesty_grade: 'general' };
  assert.deepEqual(check(values, '2026-06-30').obstacles, ['too_early']);
  assert.equal(check(values, '2026-07-01').isEligible, true);
  assert.equal(check(values, '2027-03-31').isEligible, true);
  assert.deepEqual(check(values, '2027-04-01').obstacles, ['period_over']);
  assert.deepEqual(check({ ...values, penalty_status: 'unperformed' }, '2026-07-01').obstacles, [
    'not_performed',
  ]);
  assert.deepEqual(check({ ...values, decided_on: null }, '2026-07-01').obstacles, ['no_decision_day']);
});

test('the end that a record names holds where it comes before the maximum, and never after it', () => {
  const general = { decided_on: NEW, dishonesty_grade: 'general' };
  assert.equal(check({ ...general, public_until: '2026-12-31' }, NEW).endsOn, '2027-01-01');
  assert.equal(check({ ...general, public_until: '2030-12-31' }, NEW).endsOn, '2027-04-01');
});

test('lists with rules of their own have these, and no maximum where they name none', () => {
  const listed = checkRepair(
    { contract: 'n05_abnormal_list', values: { abnormal_listed_on: NEW } },
    rules,
    NEW,
  );
  assert.deepEqual([listed?.earliestOn, listed?.endsOn, listed?.isEligible], [NEW, null, true]);
  assert.equal(checkRepair({ contract: 'n01_registration', values: {} }, rules, NEW), null);
});

test('a delivery itself may say that a record is repaired or annulled', () => {
  const said = (values: Record<string, string>, contract = 'n08_penalty') =>
    saidOf({ contract, values }, rules);
  assert.equal(said({ penalty_status: 'repaired' }), 'repaired');
  assert.equal(said({ penalty_status: 'revoked' }), 'annulled');
  assert.equal(said({ penalty_status: 'normal' }), null);
  assert.equal(
    said({ annulled_on: '2026-05-01', penalty_repair_status: 'repaired' }, 'b03_penalty_bj'),
    'annulled',
  );
});

test('rules with a gap between two regimes, or a minimum beyond the maximum, are refused with each reason', () => {
  const [first, second] = rules.regimes;
  assert.ok(first !== undefined && second !== undefined);
  const broken = {
    ...rules,
    regimes: [
      { ...first, until: '2026-03-30' },
      {
        ...second,
        until: '2027-01-01',
        classes: { ...second.classes, minor: { minimumMonths: 4, maximumMonths: 3 } },
      },
    ],
  };
  assert.throws(
    () => shapeRepairRules(broken),
    /order_36 begins on the day after order_58.*|minor: the minimum/,
  );
});
