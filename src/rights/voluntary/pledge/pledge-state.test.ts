import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pledgeStateOn } from './pledge-state.ts';

test('a pledge holds through its last day, and what was decided of it outlasts the day', () => {
  const validTo = '2027-03-01';
  assert.equal(pledgeStateOn({ standing: 'signed', validTo }, '2027-03-01'), 'in_force');
  assert.equal(pledgeStateOn({ standing: 'signed', validTo }, '2027-03-02'), 'expired');
  assert.equal(pledgeStateOn({ standing: 'breached', validTo }, '2028-01-01'), 'breached');
  assert.equal(pledgeStateOn({ standing: 'withdrawn', validTo }, '2026-01-01'), 'withdrawn');
});
