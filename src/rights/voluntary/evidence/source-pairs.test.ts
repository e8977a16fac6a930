import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEqualRow, pairsOf } from './source-pairs.ts';

const REPORT = {
  item: 'v02_financials',
  source: 'n35_annual_report',
  only: { period_kind: 'year' },
  years: { period_end: 'report_year' },
  equal: { total_assets: 'total_assets' },
};
const FILED = { period_kind: 'year', period_end: '2025-12-31', total_assets: '1200 CNY' };

test('a statement is compared with the report of its own year, money by its fen', () => {
  const pairs = pairsOf(REPORT, FILED);
  assert.deepEqual(pairs, [
    { theirs: 'total_assets', value: '1200' },
    { theirs: 'report_year', value: '2025' },
  ]);
  assert(
    isEqualRow({ total_assets: '1200', total_assets_currency: 'CNY', report_year: '2025' }, pairs ?? []),
  );
  assert(!isEqualRow({ total_assets: '1200', report_year: '2024' }, pairs ?? []), 'another year');
  assert(
    !isEqualRow({ total_assets: '1200', total_assets_currency: 'USD', report_year: '2025' }, pairs ?? []),
  );
});

test('nothing is compared with what is of another kind, in another currency or left empty', () => {
  assert.equal(pairsOf(REPORT, { ...FILED, period_kind: 'month' }), undefined);
  assert.equal(pairsOf(REPORT, { period_kind: 'year', period_end: '2025-12-31' }), undefined);
  assert.equal(
    pairsOf(REPORT, { ...FILED, total_assets: '1200 USD' })?.[0]?.value,
    '1200 USD',
    'equals no fen',
  );
});
