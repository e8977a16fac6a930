import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELDS, field, makeContract } from '../check.test-support.ts';
import { BROKEN, compileRule, NOT_APPLICABLE, PASSED } from './rules.ts';

const NAMED = [...FIELDS, field('tax', 'money'), field('total', 'money'), field('net', 'money')];
const OUTCOMES = { [PASSED]: 'passed', [BROKEN]: 'broken', [NOT_APPLICABLE]: 'not applicable' };

/** The outcome of one rule for a row in which the named fields have these normalised values. */
function apply(rule: Record<string, unknown>, row: Record<string, string>, currency = 'CNY'): string {
  const base = { id: 'rule', description: '一条规则。', dimension: 'accuracy', severity: 'block' };
  const contract = makeContract(NAMED, [{ ...base, ...rule }]);
  const [declared] = contract.rules;
  assert.ok(declared !== undefined);
  const values = contract.fields.map(({ name }) => row[name] ?? '');
  const currencies = contract.fields.map(({ name }) => (name === 'amount' ? currency : 'CNY'));
  return OUTCOMES[compileRule(declared, contract, '2026-01-15')({ values, currencies })];
}

test('dates keep their order, and infinity is after everything', () => {
  const rule = { rule: 'date_order', earlier: 'begins', later: 'ends' };
  assert.equal(apply(rule, { begins: '2019-01-02', ends: '2019-01-02' }), 'passed');
  assert.equal(apply(rule, { begins: '2019-01-02', ends: 'infinity' }), 'passed');
  assert.equal(apply(rule, { begins: '2019-01-03', ends: '2019-01-02' }), 'broken');
  assert.equal(apply(rule, { begins: '2019-01-03' }), 'not applicable');
});

test('today is not the future and tomorrow is', () => {
  const rule = { rule: 'not_future', field: 'begins' };
  assert.equal(apply(rule, { begins: '2026-01-15' }), 'passed');
  assert.equal(apply(rule, { begins: '2026-01-16' }), 'broken');
});

test('a date may have a first day', () => {
  const rule = { rule: 'not_before', field: 'begins', date: '1994-01-01' };
  assert.equal(apply(rule, { begins: '1994-01-01' }), 'passed');
  assert.equal(apply(rule, { begins: '1993-12-31' }), 'broken');
});

test('ranges of money are in yuan, of other numbers as they are', () => {
  const money = { rule: 'range', field: 'amount', min: 0, max: 100 };
  assert.equal(apply(money, { amount: '10000' }), 'passed');
  assert.equal(apply(money, { amount: '10001' }), 'broken');
  assert.equal(apply(money, { amount: '100' }, 'JPY'), 'passed');
  assert.equal(apply({ rule: 'range', field: 'rate', max: 1 }, { rate: '1.0001' }), 'broken');
  assert.equal(apply(money, {}), 'not applicable');
});

test('patterns are held against the normalised value', () => {
  const rule = { rule: 'pattern', field: 'no', pattern: '^[0-9]{3}$' };
  assert.equal(apply(rule, { no: '123' }), 'passed');
  assert.equal(apply(rule, { no: '1234' }), 'broken');
});

test('a field can be required by the value of another', () => {
  const rule = { rule: 'required_when', field: 'memo', when: 'direction', equals: ['input'] };
  assert.equal(apply(rule, { direction: 'input' }), 'broken');
  assert.equal(apply(rule, { direction: 'input', memo: 'x' }), 'passed');
  assert.equal(apply(rule, { direction: 'output' }), 'not applicable');
});

test('a part is not above its whole, exactly, and only in one currency', () => {
  const rule = { rule: 'not_above', field: 'tax', limit: 'amount' };
  assert.equal(apply(rule, { tax: '9', amount: '10' }), 'passed');
  assert.equal(apply(rule, { tax: '100000000000000002', amount: '100000000000000001' }), 'broken');
  assert.equal(apply(rule, { tax: '9', amount: '1' }, 'USD'), 'not applicable');
  assert.equal(apply({ rule: 'not_above', field: 'rate', limit: 'rate' }, { rate: '-0.5' }), 'passed');
});

test('a total is the sum of its parts within the tolerance, in yuan', () => {
  const rule = { rule: 'sum_of', field: 'total', parts: ['net', 'tax'], tolerance: 0.02 };
  assert.equal(apply(rule, { total: '10000', net: '9000', tax: '998' }), 'passed');
  assert.equal(apply(rule, { total: '10000', net: '9000', tax: '997' }), 'broken');
  assert.equal(apply(rule, { total: '-10000', net: '-10000' }), 'passed');
  assert.equal(apply(rule, { total: '900000000000000003', net: '900000000000000000' }), 'broken');
  assert.equal(apply(rule, { total: '1' }), 'not applicable');
});

test('a field that should be filled counts in every row', () => {
  assert.equal(apply({ rule: 'filled', field: 'memo' }, {}), 'broken');
  assert.equal(apply({ rule: 'filled', field: 'memo' }, { memo: 'x' }), 'passed');
});
