import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stateAt, stateOfOffice } from './admission-state.ts';

const at = new Date('2026-06-01T00:00:00Z');
const before = new Date('2026-05-31T23:59:59.999Z');

it('nothing written is none', () => {
  assert.equal(stateAt(undefined, at), 'none');
});

it('a state holds until its end and not at it', () => {
  assert.equal(stateAt({ state: 'admitted', validTo: at }, before), 'admitted');
  for (const state of ['trial', 'admitted', 'suspended'] as const)
    assert.equal(stateAt({ state, validTo: at }, at), 'expired');
  assert.equal(stateAt({ state: 'admitted', validTo: null }, at), 'admitted');
});

it('an office opens no more than any above it', () => {
  assert.equal(stateOfOffice(['admitted']), 'admitted');
  assert.equal(stateOfOffice(['admitted', 'none', 'none']), 'admitted');
  assert.equal(stateOfOffice(['trial', 'admitted']), 'trial');
  assert.equal(stateOfOffice(['admitted', 'suspended', 'admitted']), 'suspended');
  assert.equal(stateOfOffice(['none', 'admitted']), 'none');
  assert.equal(stateOfOffice(['withdrawn', 'suspended']), 'withdrawn');
  assert.equal(stateOfOffice([]), 'none');
});
