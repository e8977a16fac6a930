import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndicatorValue } from '../../indicators/indicator.ts';
import { decideFate, type LiveEntry } from './decide-fate.ts';
import { holds, judge, type ValueOf } from '../definition/judge.ts';
import type { Condition, RuleSetDefinition } from '../definition/rule-set.ts';

const words = { zh: '规则', en: 'rule' };
const DEFINITION = {
  id: 'test_list',
  version: '1.0.0',
  name: words,
  purpose: words,
  source: 'proposal',
  basis: [],
  audience: { kind: 'admitted' },
  rules: [
    { id: 'patents', name: words, when: { indicator: 'patents', ge: 2 } },
    {
      id: 'old',
      name: words,
      when: {
        any: [
          { indicator: 'age', gt: 365 },
          { indicator: 'level', eq: 3 },
        ],
      },
    },
  ],
  exclusions: [
    { id: 'listed', name: words, basis: 'x', when: { indicator: 'listed', ge: 1 } },
    { id: 'fined', name: words, basis: 'x', when: { indicator: 'fined', ge: 1 }, whenUnknown: 'ignore' },
  ],
  validityDays: 180,
  reviewDays: 90,
  backTest: { horizonDays: 90, datesMin: 1, adverse: { indicator: 'listed', ge: 1 } },
} satisfies RuleSetDefinition;

const GRADES = new Set(['A', 'B']);

function values(given: Readonly<Record<string, number | null | 'gone'>>): ValueOf {
  return (id): IndicatorValue => {
    const value = given[id] ?? null;
    if (value === 'gone') return { value: null, status: 'not_covered' };
    return { value, status: value === null ? 'empty' : 'ok' };
  };
}

const GOOD = { patents: 2, age: 400, level: null, listed: 0, fined: 0 } as const;
const verdict = (over: Readonly<Record<string, number | null | 'gone'>> = {}, grade = 'B') =>
  judge({ definition: DEFINITION, grades: GRADES }, { valueOf: values({ ...GOOD, ...over }), grade });

test('who meets every rule and no exclusion is met, exactly on a bound too', () => {
  assert.deepEqual(verdict(), { isMet: true });
  assert.deepEqual(verdict({ age: 365, level: 3 }), { isMet: true });
  assert.deepEqual(verdict({ age: 365 }), { isMet: false, reason: 'rule_not_met', rules: ['old'] });
});

test('an exclusion stands before a rule and names itself', () => {
  assert.deepEqual(verdict({ listed: 1, patents: 0 }), {
    isMet: false,
    reason: 'excluded',
    rules: ['listed'],
  });
});

test('an exclusion that cannot be looked up excludes unless the file says otherwise', () => {
  assert.deepEqual(verdict({ listed: 'gone' }), { isMet: false, reason: 'data_gone', rules: ['listed'] });
  assert.deepEqual(verdict({ fined: 'gone' }), { isMet: true });
});

test('a rule that fails for lack of data says so, and one that fails by its value does not', () => {
  assert.deepEqual(verdict({ patents: 'gone' }), { isMet: false, reason: 'data_gone', rules: ['patents'] });
  assert.deepEqual(verdict({ patents: 1 }), { isMet: false, reason: 'rule_not_met', rules: ['patents'] });
});

test('a grade below the one asked for, or none, is named as the grade', () => {
  const low = { isMet: false, reason: 'rule_not_met', rules: ['grade'] };
  assert.deepEqual(verdict({}, 'C'), low);
  assert.deepEqual(
    judge({ definition: DEFINITION, grades: GRADES }, { valueOf: values(GOOD), grade: undefined }),
    low,
  );
});

test('every comparison says what it says, and none holds without a value', () => {
  const at = values({ x: 5 });
  const yes: Condition[] = [
    { indicator: 'x', eq: 5 },
    { indicator: 'x', ne: 4 },
    { indicator: 'x', lt: 6 },
    { indicator: 'x', le: 5 },
    { indicator: 'x', gt: 4 },
    { indicator: 'x', ge: 5 },
    { indicator: 'x', between: [5, 5] },
    { indicator: 'x', in: [1, 5] },
    { indicator: 'x', notIn: [1] },
    { indicator: 'x', isKnown: true },
    { not: { indicator: 'y', ge: 0 } },
    { indicator: 'y', isKnown: false },
  ];
  for (const condition of yes) assert.equal(holds(condition, at), true, JSON.stringify(condition));
  for (const condition of yes.slice(0, 10)) {
    const gone = holds(condition, values({}));
    assert.equal(gone, false, JSON.stringify(condition));
  }
});

const about = { rulesHash: 'h1', today: '2026-06-01', hasOptedOut: false };
const met = { isMet: true } as const;
const entry = (state: LiveEntry['state'], over: Partial<LiveEntry> = {}): LiveEntry => ({
  state,
  rulesHash: 'h1',
  validUntil: null,
  reviewBy: null,
  reason: null,
  ...over,
});

test('who is met becomes a candidate, unless it has left of its own will or was refused by a person', () => {
  assert.deepEqual(decideFate(undefined, { ...about, verdict: met }), { to: 'candidate' });
  assert.deepEqual(decideFate(entry('left'), { ...about, verdict: met }), { to: 'candidate' });
  assert.equal(decideFate(undefined, { ...about, verdict: met, hasOptedOut: true }), undefined);
  const refused = entry('rejected', { reviewBy: '2026-06-02', reason: 'review_rejected' });
  assert.equal(decideFate(refused, { ...about, verdict: met }), undefined);
  assert.deepEqual(decideFate(refused, { ...about, today: '2026-06-02', verdict: met }), { to: 'candidate' });
  assert.deepEqual(decideFate(refused, { ...about, rulesHash: 'h2', verdict: met }), { to: 'candidate' });
});

test('who is no longer met leaves with the reason, and is dropped when it was never pushed', () => {
  const verdict = { isMet: false, reason: 'excluded', rules: ['listed'] } as const;
  assert.deepEqual(decideFate(entry('valid', { validUntil: '2026-12-31' }), { ...about, verdict }), {
    to: 'left',
    reason: 'excluded',
    rules: ['listed'],
  });
  assert.equal(decideFate(entry('reviewed'), { ...about, verdict })?.to, 'dropped');
  assert.equal(decideFate(entry('left'), { ...about, verdict }), undefined);
});

test('an entry is valid through its last day and expires on the day after', () => {
  const valid = entry('valid', { validUntil: '2026-06-01' });
  assert.equal(decideFate(valid, { ...about, verdict: met }), undefined);
  assert.deepEqual(decideFate(valid, { ...about, today: '2026-06-02', verdict: met }), {
    to: 'left',
    reason: 'expired',
    rules: [],
  });
});
