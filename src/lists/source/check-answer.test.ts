import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_TABLES, field, FIELDS, makeContract, TODAY } from '../check/check.test-support.ts';
import { compileAnswerCheck } from './check-answer.ts';

const contract = makeContract([...FIELDS.slice(0, -1), field('seen_at', 'timestamp')]);
const check = compileAnswerCheck(contract, CODE_TABLES, TODAY);
const GOOD = {
  no: 'A-1',
  direction: '销项',
  begins: '2026年1月2日',
  ends: '长期',
  amount: '1.5万美元',
  rate: '0.5',
  phone: '13800138000',
  seen_at: '2026-01-02T03:04:05Z',
};

test('a row is read as a delivered one is, and spelled as a stored one', () => {
  assert.deepEqual(check(GOOD), {
    no: 'A-1',
    direction: CODE_TABLES.get('invoice_direction')?.values.find(({ name }) => name.includes('销项'))?.code,
    begins: '2026-01-02',
    ends: 'infinity',
    amount: '1500000',
    amount_currency: 'USD',
    rate: '0.5000',
    phone: '138****8000',
    seen_at: '2026-01-02 11:04:05+08',
  });
});

test('what the source leaves out, or says is not there, is null', () => {
  const row = check({ no: 'A-1', begins: '2026-01-02', rate: '—', amount: null });
  assert.equal(row?.rate, null);
  assert.equal(row?.amount, null);
  assert.equal(row?.amount_currency, null);
});

test('a row that a delivery would send to quarantine is dropped', () => {
  const broken = [
    { no: '' },
    { direction: '不知道' },
    { begins: '昨天' },
    { amount: 'many' },
    { ends: '2025-01-01' },
  ];
  for (const values of broken) assert.equal(check({ ...GOOD, ...values }), null, JSON.stringify(values));
});
