import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import { dueAfter, loadHandling } from './terms.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'models');

test('a graver alert is due no later than a lighter one', () => {
  const { levels, calendar } = loadHandling([MODELS]);
  const due = (['red', 'orange', 'yellow', 'blue'] as const).map(
    (level) => dueAfter(calendar, '2026-09-24', levels[level].acknowledge).dueOn,
  );
  assert.deepEqual(due, due.toSorted());
});

test('working days step over holidays and count shifted days', () => {
  const { calendar } = loadHandling([MODELS]);
  const term = { count: 1, unit: 'working_day' } as const;
  assert.deepEqual(dueAfter(calendar, '2026-09-30', term), { dueOn: '2026-10-08', isDueCertain: true });
  assert.deepEqual(dueAfter(calendar, '2026-10-09', term), { dueOn: '2026-10-10', isDueCertain: true });
  assert.deepEqual(dueAfter(calendar, '2030-01-03', term), { dueOn: '2030-01-04', isDueCertain: false });
  assert.deepEqual(dueAfter(calendar, '2026-09-30', { count: 1, unit: 'day' }), {
    dueOn: '2026-10-01',
    isDueCertain: true,
  });
});

test('a city replaces the terms by a file of its own, and a wrong one stops the start', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-handling-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.equal(loadHandling([MODELS, folder]).snoozesMax, 2);
  mkdirSync(join(folder, 'monitoring'));
  writeFileSync(join(folder, 'monitoring', 'handling.yaml'), 'id: alert-handling\nsnoozesMax: -1\n');
  assert.throws(
    () => loadHandling([MODELS, folder]),
    (error) => error instanceof Refusal && error.code === 'alerts.handling_not_valid',
  );
});
