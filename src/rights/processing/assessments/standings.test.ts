import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Refusal } from '#kernel';
import { loadProcessing } from '../definition/load-processing.ts';
import { judgeAnswers } from './answers.ts';
import { type AssessmentRow, decideStanding } from './standings.ts';

const { assessment: template } = loadProcessing([join(import.meta.dirname, '../../../../models')]);
const GOOD = Object.fromEntries(
  template.questions.map(({ id, kind }) => [
    id,
    kind === 'yes_no' ? 'yes' : kind === 'level' ? 'low' : '说明',
  ]),
);

test('the risk is the highest level named, and an answer that is not the wanted one makes it high', () => {
  assert.equal(judgeAnswers(template, GOOD), 'low');
  assert.equal(judgeAnswers(template, { ...GOOD, security_risk: 'medium' }), 'medium');
  assert.equal(judgeAnswers(template, { ...GOOD, measures_fit: 'no' }), 'high');
});

test('a question left out, an answer of another kind and a question that is not there are refused by name', () => {
  const { purpose_words: _left, ...rest } = GOOD;
  for (const [answers, named] of [
    [rest, /purpose_words/],
    [{ ...GOOD, rights_affected: 'yes' }, /rights_affected/],
    [{ ...GOOD, other: 'yes' }, /other/],
  ] as const) {
    assert.throws(
      () => judgeAnswers(template, answers),
      (error: Refusal) =>
        error.code === 'processing.answers_not_valid' && named.test(String(error.params['reasons'])),
    );
  }
});

test('an approved assessment holds until its day, as long as what the activity reads is what it was', () => {
  const activity = { personalFields: 2, nodeData: [], scopeDigest: 'a' };
  const row: AssessmentRow = {
    activityId: 'query',
    state: 'approved',
    scopeDigest: 'a',
    assessmentId: 'pia_1',
    versionNo: 1,
    risk: 'low',
    validUntil: '2027-10-20',
  };
  const stateOf = (rows: readonly AssessmentRow[], today = '2026-10-20', of = activity): string =>
    decideStanding(of, rows, today).state;
  assert.equal(stateOf([]), 'none');
  assert.equal(stateOf([row]), 'approved');
  assert.equal(stateOf([row], '2027-10-20'), 'approved', 'on its last day');
  assert.equal(stateOf([row], '2027-10-21'), 'expired');
  assert.equal(stateOf([row], '2026-10-20', { ...activity, scopeDigest: 'b' }), 'outdated');
  assert.equal(stateOf([{ ...row, state: 'waiting', validUntil: null }]), 'waiting');
  assert.equal(stateOf([], '2026-10-20', { ...activity, personalFields: 0 }), 'not_needed');
});
