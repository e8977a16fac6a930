import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePidFile } from './postmaster.ts';

test('a pid file tells process, socket folder and readiness, and an unfinished one is not ready', () => {
  const whole = '4711\n/data/server\n1795000000\n5432\n/data/run\n\n 17 18\nready   \n';
  assert.deepEqual(parsePidFile(whole), { pid: 4711, socketFolder: '/data/run', isReady: true });
  assert.equal(parsePidFile(whole.replace('ready', 'starting')).isReady, false);
  assert.equal(parsePidFile('4711\n/data/server\n').isReady, false);
  assert.equal(parsePidFile('').isReady, false);
});
