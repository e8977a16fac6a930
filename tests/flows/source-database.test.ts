import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { loadSources } from '#platform';
import { cloneDatabase } from '../support/database.ts';
import {
  CODE,
  definition,
  loadDefinitions,
  openTestBook,
  startDepartment,
  steppedClock,
  told,
} from './source-department.ts';

const department = await startDepartment({ after });

/** A department's PostgreSQL: one table of facts, and a role that may read it and even write to it. */
const endings: (() => void | Promise<void>)[] = [];
const database = await cloneDatabase({ after: (work) => endings.push(work) });
const role = `dept_${randomBytes(6).toString('hex')}`;
const password = randomBytes(12).toString('hex');
const keysFolder = mkdtempSync(join(tmpdir(), 'xinqiao-keys-'));
after(() => rmSync(keysFolder, { recursive: true }));
mkdirSync(join(keysFolder, 'sources'));
writeFileSync(join(keysFolder, 'sources', 'fund'), password, { mode: 0o600 });
await database.pool.query(`
  create role ${role} login password '${password}';
  create schema dept authorization ${role};
  create table dept.fund (uscc text, fund_unit_no text, fund_month date, amount numeric(12,2), is_late boolean, at timestamptz);
  alter table dept.fund owner to ${role};
  insert into dept.fund values
    ('${CODE}', 'F1', '2026-01-01', 1234.50, false, '2026-01-02 03:04:05+08'),
    ('${CODE}', 'F1', '2026-02-01', null, true, null),
    ('OTHER', 'F2', '2026-01-01', 1, false, null);`);
after(async () => {
  await database.pool.query(`drop owned by ${role} cascade; drop role ${role}`);
  for (const end of endings) await end();
});
const url = new URL(database.url);
const postgresql = {
  addresses: { department_database: `postgres://${url.host}${url.pathname}${url.search}` },
  keysFolder,
};

const SELECT = 'select * from dept.fund where uscc = :code order by fund_month';
function onPostgresql(statement: string = SELECT, more: Record<string, unknown> = {}) {
  const source = { engine: 'postgresql', user: role, secret: 'fund', ...more };
  return definition({ ...source, kind: 'database' }, { contract: 'b08_housing_fund', statement });
}
function onMysql(more: Record<string, unknown> = {}, face: Record<string, unknown> = {}) {
  return definition({ kind: 'database', ...more }, { contract: 'b08_housing_fund', ...face });
}

test('a PostgreSQL source answers with the text of its rows', async (t) => {
  const { ask } = openTestBook(t, postgresql, [onPostgresql()]);
  const reply = await ask();
  assert.deepEqual(reply.outcome === 'rows' && reply.rows, [
    {
      uscc: CODE,
      fund_unit_no: 'F1',
      fund_month: '2026-01-01',
      amount: '1234.50',
      is_late: 'f',
      at: '2026-01-02 03:04:05+08',
    },
    { uscc: CODE, fund_unit_no: 'F1', fund_month: '2026-02-01', amount: null, is_late: 't', at: null },
  ]);
});

const HOSTILE = [
  "' or '1'='1",
  "'; drop table dept.fund; --",
  `${CODE}' union select * from dept.fund --`,
  '\\',
  '"',
  '%',
  '$1',
  ':code',
  '?',
  '代码',
  "x' /*",
  'x'.repeat(10_000),
];

test('a code is a value and nothing else, however it is written', async (t) => {
  const named = 'select uscc from dept.fund where uscc = :code or uscc = :name';
  for (const statement of [SELECT, named]) {
    const { ask } = openTestBook(t, postgresql, [onPostgresql(statement)]);
    for (const code of HOSTILE) {
      const reply = await ask({ code, name: code });
      assert.deepEqual(reply.outcome === 'rows' && reply.rows, [], code.slice(0, 30));
    }
    assert.equal(told(await ask()), 'rows');
  }
  await department.be({ mode: 'well' });
  const mysql = openTestBook(t, department, [onMysql()]);
  for (const code of HOSTILE.filter((one) => one.length < 250)) {
    const reply = await mysql.ask({ code });
    assert.deepEqual(reply.outcome === 'rows' && reply.rows, [], code.slice(0, 30));
  }
});

test('a statement that is not one select over bound values is refused when it is loaded', (t) => {
  const bad = [
    'delete from dept.fund where uscc = :code',
    'select 1; delete from dept.fund where uscc = :code',
    'with gone as (delete from dept.fund where uscc = :code returning *) select * from gone',
    'select * from dept.fund where uscc = :code for update',
    'select * into copy_of from dept.fund where uscc = :code',
    "select * from dept.fund where uscc = '${code}' or uscc = :code",
    'select * from dept.fund where uscc = $1 or uscc = :code',
    'select * from dept.fund where uscc = ? or uscc = :code',
    'select * from dept.fund where uscc = {{code}} or uscc = :code',
    'select * from dept.fund -- where uscc = :code',
    'select * from dept.fund /* :code */ where uscc = :code',
    'select * from dept.fund where uscc = :code and x = :other',
    'select * from dept.fund',
    "select * from dept.fund where uscc = ':code'",
    "select * from dept.fund where uscc = :code and x = 'open",
    "select 'it\\'s' from dept.fund where uscc = :code",
    'call dept.anything(:code)',
    "select pg_sleep(10), set_config('a', 'b', false) from dept.fund where uscc = :code",
    'explain analyze select * from dept.fund where uscc = :code',
  ];
  const isNotValid = (error: unknown): boolean =>
    error instanceof Refusal &&
    error.code === 'source.definition_not_valid' &&
    /statement/.test(error.message);
  for (const statement of bad) {
    assert.throws(() => loadDefinitions(t, [onPostgresql(statement)]), isNotValid, statement);
  }
  const good = [
    "select fund_month::text, ':code', amount from dept.fund where uscc = :code and fund_unit_no <> ''",
    'with own as (select * from dept.fund where uscc = :code) select * from own',
    'select * from dept.fund where uscc=:code and :name is not null',
  ];
  for (const statement of good) loadDefinitions(t, [onPostgresql(statement)]);
});

test('a write hidden behind a function fails in the read-only transaction and changes nothing', async (t) => {
  await database.pool.query(`
    create function dept.add_row(c text) returns integer language sql
      as $$ insert into dept.fund (uscc) values (c); select 1 $$;
    create function dept.unlock(c text) returns text language sql as $$ select set_config('transaction_read_only', 'off', true) $$`);
  for (const statement of [
    'select dept.add_row(uscc) as one from dept.fund where uscc = :code',
    'select dept.unlock(:code) as one, dept.add_row(uscc) as two from dept.fund',
  ]) {
    const { ask } = openTestBook(t, postgresql, [onPostgresql(statement)]);
    assert.equal(told(await ask()), 'nonsense: statement_failed');
  }
  const { rows } = await database.pool.query('select count(*)::int as n from dept.fund');
  assert.deepEqual(rows, [{ n: 3 }]);
});

test('too many rows, a slow statement, a wrong password and a missing table are told apart', async (t) => {
  const told1 = async (statement: string, more: Record<string, unknown> = {}): Promise<string> =>
    told(await openTestBook(t, postgresql, [onPostgresql(statement, more)]).ask());
  const many = 'select n as fund_unit_no, :code as uscc from generate_series(1, 600) as n';
  assert.equal(await told1(many), 'nonsense: rows_too_many');
  await database.pool.query(
    `create function dept.nap() returns integer language sql as 'select 1 from pg_sleep(30)'`,
  );
  const slow = 'select dept.nap() as one where :code is not null';
  assert.equal(await told1(slow, { timeoutMs: 150 }), 'slow: timed_out');
  assert.equal(await told1('select * from dept.none where uscc = :code'), 'nonsense: statement_failed');
  writeFileSync(join(keysFolder, 'sources', 'wrong'), 'wrong', { mode: 0o600 });
  assert.equal(await told1(SELECT, { secret: 'wrong' }), 'down: not_authorised');
  const nowhere = { ...postgresql, addresses: { department_database: 'postgres://127.0.0.1:1/none' } };
  const reply = await openTestBook(t, nowhere, [onPostgresql()]).ask();
  assert.equal(told(reply), 'down: connection_failed');
  assert.equal(JSON.stringify(reply).includes(password), false);
});

test('a call that was called off gives its connection up, and the next one gets a clean one', async (t) => {
  const nap = 'select 1 as one from dept.fund, dept.nap_long() where uscc = :code';
  await database.pool.query(
    `create function dept.nap_long() returns integer language sql as 'select 1 from pg_sleep(20)'`,
  );
  const two = onPostgresql(nap, { concurrencyMax: 1 });
  const { ask } = openTestBook(t, postgresql, [two]);
  const controller = new AbortController();
  const asked = ask({ signal: controller.signal });
  await untilNapping();
  controller.abort();
  assert.equal(told(await asked), 'slow: cancelled');
  assert.equal(told(await ask({ deadlineAt: new Date(Date.now() + 300) })), 'slow: timed_out');
});

async function untilNapping(): Promise<void> {
  for (let at = 0; at < 500; at += 1) {
    const { rows } = await database.pool.query(
      `select 1 from pg_stat_activity where usename = $1 and query like '%nap_long%' and state = 'active'`,
      [role],
    );
    if (rows.length > 0) return;
  }
  assert.fail('the statement never began');
}

test('a source by the MySQL protocol answers prepared selects', async (t) => {
  await department.be({ mode: 'well' });
  const { ask } = openTestBook(t, department, [onMysql()]);
  const reply = await ask();
  assert.equal(reply.outcome === 'rows' && reply.rows.length, 24);
  assert.match((reply.outcome === 'rows' && reply.rows[0]?.fund_month) || '', /^\d{4}-\d{2}-01$/);
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask()));
  assert.deepEqual([...new Set(replies.map(told))], ['rows']);
});

for (const [mode, wanted] of [
  ['down', 'down: connection_cut'],
  ['reset', 'down: connection_cut'],
  ['busy', 'over_capacity: told_to_wait'],
  ['not_json', 'nonsense: body_unreadable'],
] as const) {
  test(`a MySQL source that is ${mode} is told apart as ${wanted}`, async (t) => {
    await department.be({ mode, times: 1 });
    const { ask } = openTestBook(t, department, [onMysql()]);
    assert.equal(told(await ask()), wanted);
    assert.equal(told(await ask()), 'rows');
  });
}

test('a slow MySQL source is given up, a refused secret is read anew, and nothing of it is told', async (t) => {
  await department.be({ mode: 'slow', delayMs: 20_000 });
  const { ask } = openTestBook(t, department, [onMysql({ timeoutMs: 150 })]);
  assert.equal(told(await ask()), 'slow: timed_out');
  await department.be({ mode: 'well' });
  const file = join(department.keysFolder, 'sources', 'rotated');
  writeFileSync(file, 'not-the-secret', { mode: 0o600 });
  const rotated = openTestBook(t, department, [onMysql({ secret: 'rotated' })]);
  const refused = await rotated.ask();
  assert.equal(told(refused), 'down: not_authorised');
  assert.equal(JSON.stringify(refused).includes('not-the-secret'), false);
  writeFileSync(file, department.secret, { mode: 0o600 });
  assert.equal(told(await rotated.ask()), 'rows');
});

test('an answer is spelled under the names of the contract, and what is not asked for is left out', async (t) => {
  await department.be({ mode: 'well' });
  const fields = { fund_unit_no: 'fund_unit_no', fund_month: 'fund_month', office: 'no_such_column' };
  const { ask } = openTestBook(t, department, [onMysql({}, { fields })], steppedClock());
  const reply = await ask();
  assert.deepEqual(Object.keys((reply.outcome === 'rows' && reply.rows[0]) || {}), Object.keys(fields));
  assert.equal(reply.outcome === 'rows' && reply.rows[0]?.office, null);
});

test('definitions of the demonstration hold', () => {
  assert.equal(loadSources([join(import.meta.dirname, '../../models/sources')]).length, 10);
});
