import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideFate, type Statement } from './decide-fate.ts';
import type { Fact } from './facts.ts';

function loan(rate: number, amount = 100): Fact {
  const content = {
    amount_fen: amount,
    annual_rate_bp: rate,
    is_first_loan: true,
    disbursed_on: '2026-09-01',
  };
  return { kind: 'loan', key: { loan_no: 'L' }, content, contentHash: `${amount}@${rate}`, aside: {} };
}

function says(channel: string, fact: Fact, isStanding: boolean): Statement {
  return { channel, isStanding, contentHash: fact.contentHash, content: fact.content };
}

const arriving = (fact: Fact, channel: string, isCorrection = false) => ({ fact, channel, isCorrection });

test('the first to speak stands, whoever says the same confirms', () => {
  assert.deepEqual(decideFate([], arriving(loan(300), 'x')), {
    fate: 'new',
    version: { isStanding: true, endsEarlier: false },
    isAgreed: false,
  });
  assert.deepEqual(decideFate([says('x', loan(300), true)], arriving(loan(300), 'y')), {
    fate: 'confirmed',
    version: { isStanding: false, endsEarlier: false },
    isAgreed: true,
  });
});

test('the same words again write nothing', () => {
  assert.deepEqual(decideFate([says('x', loan(300), true)], arriving(loan(300), 'x')), {
    fate: 'unchanged',
    isAgreed: false,
  });
});

test('the standing channel goes on without a conflict; another that says otherwise contradicts it', () => {
  const both = [says('x', loan(300), true), says('y', loan(300), false)];
  assert.deepEqual(decideFate(both, arriving(loan(310), 'x')), {
    fate: 'changed',
    version: { isStanding: true, endsEarlier: true },
    isAgreed: false,
  });
  assert.deepEqual(decideFate(both, arriving(loan(310), 'y')), {
    fate: 'conflicting',
    version: { isStanding: false, endsEarlier: true },
    isAgreed: false,
  });
});

test('when the standing channel comes to say what the other does, they agree', () => {
  const apart = [says('x', loan(300), true), says('y', loan(310), false)];
  const fate = decideFate(apart, arriving(loan(310), 'x'));
  assert('isAgreed' in fate && fate.isAgreed);
});

test('what does not change by itself is a correction and must say so', () => {
  const before = [says('x', loan(300, 100), true)];
  assert.deepEqual(decideFate(before, arriving(loan(300, 200), 'x')), { contradicted: 'amount_fen' });
  assert.deepEqual(decideFate(before, arriving(loan(300, 200), 'x', true)), {
    fate: 'corrected',
    version: { isStanding: true, endsEarlier: true },
    isAgreed: false,
  });
});
