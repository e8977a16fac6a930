import assert from 'node:assert/strict';
import { readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { loadCatalogue } from '#lists';
import { CODE, definition, openTestBook, startDepartment, told } from './source-department.ts';

const department = await startDepartment({ after });
const WATER = loadCatalogue([join(import.meta.dirname, '../../lists')]).contracts.get('b11_water');
const fields = Object.fromEntries(WATER?.fields.map(({ name, businessName }) => [name, businessName]) ?? []);
const byFile = (more: Record<string, unknown> = {}) =>
  definition({ kind: 'file', timeoutMs: 4_000, ...more }, { contract: 'b11_water', fields });

test('a request file is answered by a file, read under the Chinese names, and nothing is left behind', async (t) => {
  await department.be({ mode: 'well' });
  const { ask } = openTestBook(t, department, [byFile()]);
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, at) => ask({ code: `${CODE.slice(0, 17)}${at % 10}` })),
  );
  assert.deepEqual([...new Set(replies.map(told))], ['rows']);
  const [first] = replies;
  assert.match((first?.outcome === 'rows' && first.rows[0]?.reading_month) || '', /^\d{4}-\d{2}-01$/);
  assert.deepEqual(readdirSync(join(department.folder, 'requests')), []);
  assert.deepEqual(readdirSync(join(department.folder, 'answers')), []);
});

for (const [mode, wanted] of [
  ['down', 'slow: timed_out'],
  ['not_json', 'nonsense: body_unreadable'],
  ['huge', 'nonsense: body_too_large'],
  ['other_subject', 'nonsense: other_subject'],
] as const) {
  test(`an exchange by file whose other side is ${mode} is told apart as ${wanted}`, async (t) => {
    await department.be({ mode });
    const { ask } = openTestBook(t, department, [byFile({ timeoutMs: mode === 'down' ? 200 : 4_000 })]);
    assert.equal(told(await ask()), wanted);
    assert.deepEqual(readdirSync(join(department.folder, 'requests')), []);
    await department.be({ mode: 'well' });
    assert.equal(told(await ask({ deadlineAt: new Date(Date.now() + 10_000) })), 'rows');
  });
}

test('an answer that came too late is removed with the next question', async (t) => {
  await department.be({ mode: 'well' });
  const late = join(department.folder, 'answers', 'late.json');
  writeFileSync(late, '{}');
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(late, hourAgo, hourAgo);
  const { ask } = openTestBook(t, department, [byFile()]);
  assert.equal(told(await ask()), 'rows');
  assert.deepEqual(readdirSync(join(department.folder, 'answers')), []);
});

test('an answer that is a link out of the folder is not followed, and the request was never seen half written', async (t) => {
  const folder = join(department.folder, 'own');
  const { ask } = openTestBook(
    t,
    { ...department, addresses: { department_files: pathToFileURL(folder).href } },
    [byFile()],
  );
  const asked = ask();
  const id = await requestIn(join(folder, 'requests'));
  const outside = join(department.folder, 'outside.json');
  await writeFile(outside, JSON.stringify({ id, rows: [] }));
  symlinkSync(outside, join(folder, 'answers', `${id}.json`));
  assert.equal(told(await asked), 'down: folder_unusable');
  const again = ask();
  const next = await requestIn(join(folder, 'requests'));
  const seen: unknown = JSON.parse(await readFile(join(folder, 'requests', `${next}.json`), 'utf8'));
  assert.deepEqual(seen, { id: next, dataset: 'b11_water', code: CODE, name: '某某有限公司' });
  const part = join(folder, 'answers', `${next}.json.part`);
  await writeFile(part, JSON.stringify({ id: next, rows: [] }));
  await rename(part, join(folder, 'answers', `${next}.json`));
  assert.deepEqual((await again).outcome, 'rows');
});

test('a folder that cannot be used is the source being down', async (t) => {
  const blocked = join(department.folder, 'blocked');
  await writeFile(blocked, 'a file where a folder should be');
  t.after(() => rm(blocked));
  const where = { ...department, addresses: { department_files: pathToFileURL(join(blocked, 'x')).href } };
  const { ask } = openTestBook(t, where, [byFile()]);
  assert.equal(told(await ask()), 'down: folder_unusable');
  await chmod(blocked, 0o600);
});

async function requestIn(folder: string): Promise<string> {
  for (let at = 0; at < 1_000; at += 1) {
    const names = await readdir(folder).catch(() => []);
    const request = names.find((name) => name.endsWith('.json'));
    if (request !== undefined) return request.slice(0, -'.json'.length);
    await wait(5);
  }
  return assert.fail('no request came');
}
