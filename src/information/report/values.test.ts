import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf, type ValueField } from './values.ts';

const labelOf = (table: string, code: string) => (table === 'kinds' && code === 'fine' ? '罚款' : undefined);

function text(field: Partial<ValueField>, value: string | null, currency?: string): string {
  const by = currency === undefined ? { labelOf } : { labelOf, currency };
  return textOf({ name: 'x', kind: 'text', ...field }, value, by);
}

test('money reads as yuan with separators and cents', () => {
  assert.equal(text({ kind: 'money' }, '510000000'), '5,100,000.00 元');
  assert.equal(text({ kind: 'money' }, '5'), '0.05 元');
  assert.equal(text({ kind: 'money' }, '-123456'), '-1,234.56 元');
  assert.equal(text({ kind: 'money' }, '90071992547409930000'), '900,719,925,474,099,300.00 元');
});

test('foreign money keeps its currency, and currencies without cents have none', () => {
  assert.equal(text({ kind: 'money' }, '5000000', 'USD'), '50,000.00 USD');
  assert.equal(text({ kind: 'money' }, '5000000', 'JPY'), '5,000,000 JPY');
});

test('a code reads as its name, and as itself where the table does not know it', () => {
  assert.equal(text({ kind: 'code', codes: 'kinds' }, 'fine'), '罚款');
  assert.equal(text({ kind: 'code', codes: 'kinds' }, 'unheard'), 'unheard');
});

test('a date without end says so', () => {
  assert.equal(text({ kind: 'date' }, '9999-12-31'), '长期');
  assert.equal(text({ kind: 'date' }, 'infinity'), '长期');
  assert.equal(text({ kind: 'date' }, '2026-03-02'), '2026-03-02');
});

test('an instant reads in Beijing time', () => {
  assert.equal(text({ kind: 'timestamp' }, '2026-03-02T01:30:00Z'), '2026-03-02 09:30:00');
  assert.equal(text({ kind: 'timestamp' }, 'not a time'), 'not a time');
});

test('numbers carry separators before the point and their unit', () => {
  assert.equal(text({ kind: 'decimal', unit: '万元' }, '1234567.8901'), '1,234,567.8901 万元');
  assert.equal(text({ kind: 'integer', unit: '人' }, '1200'), '1,200 人');
  assert.equal(text({ kind: 'integer' }, '10-50'), '10-50');
});

test('an absent value is a dash, truth values are words, years have no separator', () => {
  assert.equal(text({ kind: 'money' }, null), '—');
  assert.equal(text({}, ''), '—');
  assert.equal(text({ kind: 'boolean' }, 'true'), '是');
  assert.equal(text({ kind: 'year' }, '2025'), '2025');
});
