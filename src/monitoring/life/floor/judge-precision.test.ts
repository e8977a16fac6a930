import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import { shareOf } from '../share.ts';
import { isBelowFloor, type JudgedAlert, judgePrecision } from './judge-precision.ts';

const enterpriseId = toEnterpriseId('1');
const judged = (judgement: JudgedAlert['judgement'], day = '2026-01-10'): JudgedAlert => ({
  enterpriseId,
  raisedAt: new Date(`${day}T02:00:00Z`),
  judgement,
});

test('confirmed and useful alerts are right, and a false alarm is until the loan goes bad after all', () => {
  const alerts = [
    judged('confirmed'),
    judged('useful_hint'),
    judged('false_alarm'),
    judged('false_alarm', '2026-08-01'),
  ];
  assert.equal(judgePrecision(alerts, new Map()).hits, 2);
  const life = { enterpriseId, disbursedOn: '2025-10-01', endedOn: null, toldUntil: '2026-05-31' };
  const loans = [{ ...life, overdueOn: '2026-03-31', badOn: '2026-05-31' }];
  assert.equal(judgePrecision(alerts, new Map([[enterpriseId, loans]])).hits, 3);
});

test('a rule is below its floor only where enough was judged', () => {
  assert.equal(isBelowFloor(shareOf(3, 20), 0.2), true);
  assert.equal(isBelowFloor(shareOf(4, 20), 0.2), false);
  assert.equal(isBelowFloor(shareOf(0, 19), 0.2), false);
  assert.equal(isBelowFloor(shareOf(0, 0), 0.2), false);
});
