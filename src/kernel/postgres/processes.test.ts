import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProcess, isAlive, isPostmasterOf, parseStat } from './processes.ts';

test('state and start of a process are found behind a name with blanks and brackets', () => {
  const rest = Array.from({ length: 30 }, (_, i) => String(i + 4)).join(' ');
  assert.deepEqual(parseStat(`17 (a) b) (c) S ${rest}`), { state: 'S', ticks: '22' });
});

test('a pid that has come back as another process is not alive', () => {
  const self = findProcess(process.pid);
  assert(self !== undefined);
  assert.equal(isAlive(self), true);
  assert.equal(isAlive({ ...self, ticks: '1' }), false);
});

test('a process that is no postmaster is not taken for one', () => {
  assert.equal(isPostmasterOf(process.pid, process.cwd()), false);
});
