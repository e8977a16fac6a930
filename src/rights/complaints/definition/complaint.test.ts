import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COMPLAINT_ACTS,
  COMPLAINT_STATES,
  type ComplaintAct,
  isShownToAgainst,
  OPEN_STATES,
  stateAfter,
} from './complaint.ts';

const walk = (...acts: readonly ComplaintAct[]) =>
  acts.reduce<ReturnType<typeof stateAfter>>(
    (state, act) => (state === undefined ? undefined : stateAfter(state, act)),
    'submitted',
  );

test('a complaint is acknowledged before it is answered, and answered before the supervisor has it', () => {
  assert.equal(walk('answer'), undefined);
  assert.equal(walk('acknowledge', 'answer'), 'answered');
  assert.equal(walk('acknowledge', 'escalate'), undefined);
  assert.equal(walk('acknowledge', 'answer', 'escalate', 'decide'), 'decided');
  assert.equal(walk('acknowledge', 'ask_back', 'answer'), undefined);
  assert.equal(walk('acknowledge', 'ask_back', 'complete', 'answer', 'accept'), 'closed');
});

test('nothing is done with what has ended, and an answer is not withdrawn', () => {
  for (const state of COMPLAINT_STATES.filter((one) => !OPEN_STATES.includes(one) && one !== 'answered'))
    for (const act of COMPLAINT_ACTS) assert.equal(stateAfter(state, act), undefined, `${act} of ${state}`);
  assert.equal(walk('acknowledge', 'answer', 'withdraw'), undefined);
  assert.equal(walk('acknowledge', 'answer', 'escalate', 'withdraw'), 'closed');
});

test('whom it is about sees nothing of it before it is in somebody else’s hands', () => {
  assert.equal(isShownToAgainst({ state: 'submitted', assignedTo: null }), false);
  assert.equal(isShownToAgainst({ state: 'withdrawn', assignedTo: null }), false);
  assert.equal(isShownToAgainst({ state: 'handling', assignedTo: 'acc_1' }), true);
});
