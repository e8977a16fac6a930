import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { compileRule } from '../../src/lists/quality/cross/compile-rule.ts';
import type { CrossRule } from '../../src/lists/quality/cross/rule-form.ts';
import { cloneDatabase } from '../support/database.ts';

const database = await cloneDatabase({ after });

const JUDGED = `(select * from (values
  (1, 1, 1, 1, 10, 'a', date '2024-05-01', 2024),
  (2, 2, 1, 2, 20, 'b', date '2024-05-01', 2023),
  (3, 3, 1, 3, 30, 'c', null, 2022)
) as v(subject, enterprise_id, delivery_no, row_no, amount, code, day, year))`;
const PARTNER = `(select * from (values
  (1, 5, 'a', date '2023-01-01', true), (1, 6, 'x', date '2024-06-01', false), (2, 20, 'b', null, true)
) as v(subject, amount, code, day, flag))`;

const base: CrossRule = {
  id: 'rule',
  name: '检验用规则',
  version: '1.0.0',
  description: 'A rule over three judged rows and three partners.',
  source: 'proposal',
  dimension: 'consistency',
  judged: { contract: 'n08_penalty' },
  partner: { contract: 'n01_registration' },
  expect: 'every',
};

/** Rows checked, and those of them that failed. */
async function run(change: Partial<CrossRule>): Promise<{ checked: number[]; failed: number[] }> {
  const kindOf = (_: string, field: string) => (field === 'year' ? ('year' as const) : ('date' as const));
  const relations = { judged: JUDGED, partner: PARTNER, kindOf };
  const { text, values } = compileRule({ ...base, ...change }, relations, { lastDay: '2023-12-31' });
  const rows = await inTransaction(database, (tx) =>
    tx.rows<{ row_no: number; failed: boolean }>(`${text} order by 3`, values),
  );
  return {
    checked: rows.map((row) => row.row_no),
    failed: rows.filter((row) => row.failed).map((row) => row.row_no),
  };
}

test('every judges records that have a partner, by all of them', async () => {
  const amounts: CrossRule['compare'] = [{ judged: 'amount', op: 'above', partner: 'amount' }];
  assert.deepEqual(await run({ compare: amounts }), { checked: [1, 2], failed: [2] });
  const days: CrossRule['compare'] = [{ judged: 'day', op: 'at_least', partner: 'day' }];
  assert.deepEqual(await run({ compare: days }), { checked: [1], failed: [1] });
});

test('every can ask something of the partner alone', async () => {
  assert.deepEqual(await run({ holds: [{ field: 'flag', in: ['true'] }] }), { checked: [1, 2], failed: [1] });
});

test('some fails where no partner satisfies, and none where one does', async () => {
  const compare: CrossRule['compare'] = [{ judged: 'code', op: 'equal', partner: 'code' }];
  assert.deepEqual(await run({ expect: 'some', compare }), { checked: [1, 2, 3], failed: [3] });
  assert.deepEqual(await run({ expect: 'none', compare }), { checked: [1, 2, 3], failed: [1, 2] });
  assert.deepEqual(await run({ expect: 'some' }), { checked: [1, 2, 3], failed: [3] });
});

test('total holds a record against the sum of its partners', async () => {
  const compare: CrossRule['compare'] = [{ judged: 'amount', op: 'at_least', partner: 'amount' }];
  assert.deepEqual(await run({ expect: 'total', compare }), { checked: [1, 2], failed: [1] });
  const bound: CrossRule['compare'] = [{ judged: { value: 19.5 }, op: 'at_least', partner: 'amount' }];
  assert.deepEqual(await run({ expect: 'total', compare: bound }), { checked: [1, 2], failed: [2] });
});

test('pairs, conditions and placeholders narrow both sides', async () => {
  const partner: CrossRule['partner'] = {
    contract: 'n01_registration',
    same: [{ judged: 'code', partner: 'code' }],
  };
  assert.deepEqual(await run({ partner, expect: 'some' }), { checked: [1, 2, 3], failed: [3] });
  const judged: CrossRule['judged'] = {
    contract: 'n08_penalty',
    where: [
      { field: 'code', notIn: ['c'] },
      { field: 'day', filled: true },
    ],
  };
  assert.deepEqual(await run({ judged, expect: 'some' }), { checked: [1, 2], failed: [] });
  const early: CrossRule['partner'] = {
    contract: 'n01_registration',
    where: [{ field: 'day', onOrBefore: '{lastDay}' }],
  };
  assert.deepEqual(await run({ partner: early, expect: 'some' }), { checked: [1, 2, 3], failed: [2, 3] });
});

test('a year is compared with the year of a date', async () => {
  const compare: CrossRule['compare'] = [
    { judged: 'year', op: 'equal', partner: { field: 'day', part: 'year' } },
  ];
  assert.deepEqual(await run({ expect: 'none', compare }), { checked: [1, 2, 3], failed: [1] });
});

test('values of a rule are bound and never become part of the statement', async () => {
  const judged: CrossRule['judged'] = {
    contract: 'n08_penalty',
    where: [{ field: 'code', in: ["a'; drop schema lists; --"] }],
  };
  assert.deepEqual(await run({ judged, expect: 'some' }), { checked: [], failed: [] });
});
