import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field } from '#lists';
import { bandOfValue, compareValue } from './compare-values.ts';

function fieldOf(kind: Field['kind']): Field {
  const said = { businessName: '某项', source: 'proposal' };
  return { name: 'x', ...said, kind, required: false, disclosure: 'invisible', grade: 'general' };
}

function compare(
  kind: Field['kind'],
  [value, claimed]: readonly [string | null, string],
  { percent = 0, currency }: { percent?: number; currency?: string } = {},
): string {
  const values = currency === undefined ? { x: value } : { x: value, x_currency: currency };
  const claim = { value: claimed, currency: kind === 'money' ? 'CNY' : null };
  return compareValue({ field: fieldOf(kind), values }, claim, percent);
}

test('numbers are equal by value and not by spelling, and within the tolerance of the true one', () => {
  assert.equal(compare('decimal', ['120.50', '120.5']), 'match');
  assert.equal(compare('decimal', ['120.50', '120.51']), 'mismatch');
  assert.equal(compare('money', ['-10000', '-10050'], { percent: 0.5 }), 'match');
  assert.equal(compare('money', ['-10000', '-10051'], { percent: 0.5 }), 'mismatch');
  assert.equal(compare('money', ['0', '1'], { percent: 5 }), 'mismatch', 'of nothing there is no share');
});

test('an amount beyond what a number holds is compared to its last digit', () => {
  const large = '9007199254740993';
  assert.equal(compare('money', [large, large]), 'match');
  assert.equal(compare('money', [large, '9007199254740992']), 'mismatch');
});

test('another currency never matches, and a value that is not there cannot be verified', () => {
  assert.equal(compare('money', ['100', '100'], { currency: 'USD', percent: 1 }), 'mismatch');
  assert.equal(compare('money', ['100', '100'], { currency: 'CNY' }), 'match');
  assert.equal(compare('text', [null, '甲']), 'cannot_verify');
});

test('texts, codes and days are the same letter by letter, instants at whatever zone', () => {
  assert.equal(compare('text', ['甲公司', '甲公司']), 'match');
  assert.equal(compare('date', ['2026-01-02', '2026-01-03']), 'mismatch');
  assert.equal(compare('timestamp', ['2026-01-02 08:00:00+08', '2026-01-02T00:00:00Z']), 'match');
});

test('a band includes its lower edge; edges of money are in yuan', () => {
  const bandOf = (value: string | null, currency = 'CNY') =>
    bandOfValue({ field: fieldOf('money'), values: { x: value, x_currency: currency } }, [0, 500, 1_000]);
  assert.deepEqual(
    ['-1', '0', '49999', '50000', '100000'].map((value) => bandOf(value)),
    [0, 1, 1, 2, 3],
  );
  assert.equal(bandOf('100', 'USD'), undefined);
  assert.equal(bandOf(null), undefined);
});
