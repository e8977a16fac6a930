import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { loadCatalogue } from '../../contract/load.ts';
import { loadCalendar } from '../working-days.ts';
import { expectedBy, owedPeriodEnd, regularFrequency } from './schedule.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const calendar = loadCalendar(join(root, 'models', 'calendars'));

test('the period owed ends on or after the last delivery', () => {
  assert.equal(owedPeriodEnd('month', '2026-02-10', calendar), '2026-02-28');
  assert.equal(owedPeriodEnd('month', '2026-02-28', calendar), '2026-02-28');
  assert.equal(owedPeriodEnd('quarter', '2026-11-02', calendar), '2026-12-31');
  assert.equal(owedPeriodEnd('year', '2026-01-01', calendar), '2026-12-31');
  assert.equal(owedPeriodEnd('week', '2026-03-04', calendar), '2026-03-08');
  assert.equal(owedPeriodEnd('week', '2026-03-08', calendar), '2026-03-08');
});

test('daily data are owed for working days, shifted Saturdays included', () => {
  assert.equal(owedPeriodEnd('day', '2026-10-03', calendar), '2026-10-08');
  assert.equal(owedPeriodEnd('day', '2026-10-10', calendar), '2026-10-10');
});

test('a delivery is due after the latency, on the next working day', () => {
  assert.deepEqual(expectedBy('2026-09-30', { value: 3, unit: 'd' }, calendar), {
    date: '2026-10-08',
    isKnown: true,
  });
  assert.equal(expectedBy('2026-01-31', { value: 1, unit: 'm' }, calendar).date, '2026-02-28');
  assert.equal(expectedBy('2028-12-31', { value: 60, unit: 'd' }, calendar).isKnown, false);
});

test('nothing is owed by the calendar for voluntary, event-driven and source-held datasets', () => {
  const { contracts } = loadCatalogue([join(root, 'lists')]);
  const frequency = (id: string) => {
    const contract = contracts.get(id);
    assert.ok(contract !== undefined, id);
    return regularFrequency(contract);
  };
  assert.equal(frequency('v22_invoices'), null);
  assert.equal(frequency('n09_judgment'), null);
  assert.equal(frequency('n08_penalty'), 'day');
  assert.equal(frequency('n12_taxpayer_a'), 'year');
});
