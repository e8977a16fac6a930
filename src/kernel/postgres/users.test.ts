import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgetDeadUsers, isUsed, joinUsers, leaveUsers, parseUserFile } from './users.ts';

test('a server is used until the last use of every live process has ended', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-users-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const first = joinUsers(folder);
  const second = joinUsers(folder);
  leaveUsers(first);
  assert.equal(isUsed(folder), true);
  leaveUsers(second);
  assert.equal(isUsed(folder), false);
});

test('a process that was killed, or whose pid is another’s now, does not use the server', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-users-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, `${process.pid}-1-abcd`), '');
  assert.equal(isUsed(folder), false);
  const own = joinUsers(folder);
  forgetDeadUsers(folder);
  assert.deepEqual(
    readdirSync(folder).map((name) => join(folder, name)),
    [own],
  );
});

test('what is not a user’s file is not read as one', () => {
  assert.equal(parseUserFile('.nfs0001'), undefined);
  assert.deepEqual(parseUserFile('12-34-ab'), { pid: 12, ticks: '34' });
});
