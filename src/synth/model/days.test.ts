import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dayOf,
  firstDayOf,
  isoOf,
  lastDayOf,
  monthFrom,
  monthOf,
  monthText,
  OPEN_END,
  yearOf,
} from './days.ts';

test('days and their spellings are one to one over two centuries', () => {
  for (let day = -25_000; day < 50_000; day += 1) {
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    assert.equal(isoOf(day), text);
    assert.equal(dayOf(text), day);
  }
  assert.equal(isoOf(OPEN_END), '9999-12-31');
});

test('months have their first and last days, leap years included', () => {
  assert.equal(isoOf(lastDayOf(monthFrom('2024-02'))), '2024-02-29');
  assert.equal(isoOf(firstDayOf(monthFrom('2026-12') + 1)), '2027-01-01');
  assert.equal(monthText(monthOf(dayOf('2026-10-31'))), '2026-10');
  assert.equal(yearOf(dayOf('1999-12-31')), 1999);
});

test('what is no date is an error of the caller', () => {
  assert.throws(() => dayOf('2026-1-2'), TypeError);
  assert.throws(() => monthFrom('2026-13'), TypeError);
});
