import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDisk, judgeNode, judgeServer, judgeSkew, type ServerFacts } from './findings.ts';

const sound: ServerFacts = {
  versionNumber: 170_002,
  version: '17.2',
  encoding: 'UTF8',
  timeZone: 'Asia/Shanghai',
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  standbys: 'ANY 1 (b)',
};

function levels(change: Partial<ServerFacts>, isCity = true): string[] {
  return judgeServer({ ...sound, ...change }, isCity)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, code }) => `${level} ${code}`);
}

test('a sound server of a city has nothing to object to', () => {
  assert.deepEqual(levels({}), []);
});

test('an old server, another encoding or zone, and lost durability are errors', () => {
  assert.deepEqual(levels({ versionNumber: 150_009 }), ['error database.version']);
  assert.deepEqual(levels({ encoding: 'SQL_ASCII' }), ['error database.encoding']);
  assert.deepEqual(levels({ timeZone: 'UTC' }), ['error database.time_zone']);
  for (const change of [{ fsync: 'off' }, { fullPageWrites: 'off' }, { synchronousCommit: 'off' }]) {
    assert.deepEqual(levels(change), ['error database.durable']);
  }
});

test('a city without a synchronous standby is warned, a laptop is not', () => {
  assert.deepEqual(levels({ standbys: '' }), ['warn database.standby']);
  assert.deepEqual(levels({ standbys: '' }, false), []);
});

test('little disk, a clock that is off, and another Node are found', () => {
  assert.deepEqual(
    [0.5, 3, 50].map((gib) => judgeDisk(gib * 1024 ** 3).level),
    ['error', 'warn', 'ok'],
  );
  assert.deepEqual(
    [10, -2_000, 90_000].map((ms) => judgeSkew(ms).level),
    ['ok', 'warn', 'error'],
  );
  assert.deepEqual(
    ['v24.1.0', 'v20.20.2'].map((version) => judgeNode(version).level),
    ['ok', 'error'],
  );
});
