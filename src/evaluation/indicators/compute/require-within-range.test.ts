import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadCatalogue } from '#lists';
import { compileIndicators } from '../compile/compile-indicators.ts';
import { loadIndicators } from '../definition/load-indicators.ts';
import { type DataRange, isWithinRange, requireWithinRange } from './require-within-range.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const book = loadIndicators([join(ROOT, 'models')], loadCatalogue([join(ROOT, 'lists')]));
const DAY = '2026-11-20';
/** Twelve months of what an enterprise must allow; the latest of it, however old; all there is of what is public. */
const ALLOWED = 'tax_overdue_12m';
const LATEST = 'insurance_headcount_latest';
const PUBLIC = 'penalty_days_since';

const isWithin = (id: string, range: DataRange) => isWithinRange(compileIndicators(book, [id]), range, DAY);

describe('the range of data that a consent names', () => {
  it('holds a window whole, to the day', () => {
    assert.equal(isWithin(ALLOWED, { dataFrom: '2025-11-21', dataTo: null }), true);
    assert.equal(isWithin(ALLOWED, { dataFrom: '2025-11-22', dataTo: null }), false);
    assert.equal(isWithin(ALLOWED, { dataFrom: null, dataTo: DAY }), true);
    assert.equal(isWithin(ALLOWED, { dataFrom: null, dataTo: '2026-11-19' }), false);
  });

  it('holds no indicator that looks back without end, unless it is open itself', () => {
    assert.equal(isWithin(LATEST, { dataFrom: '1990-01-01', dataTo: null }), false);
    assert.equal(isWithin(LATEST, { dataFrom: null, dataTo: null }), true);
  });

  it('says nothing of what is public, also beside what is not', () => {
    const narrow = { dataFrom: DAY, dataTo: DAY };
    assert.equal(isWithin(PUBLIC, narrow), true);
    const both = compileIndicators(book, [PUBLIC, ALLOWED]);
    assert.throws(() => requireWithinRange(both, narrow, DAY), {
      code: 'indicators.outside_range',
      params: { indicator: ALLOWED, from: DAY, to: DAY },
    });
  });

  it('holds a combination when it holds both of what it is made of', () => {
    const growth = 'tax_sales_growth';
    assert.equal(isWithin(growth, { dataFrom: '2024-11-01', dataTo: null }), true);
    assert.equal(isWithin(growth, { dataFrom: '2025-11-01', dataTo: null }), false);
  });
});
