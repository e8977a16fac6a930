import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { systemCaller } from '#platform';
import { sizeRegister } from '../../src/lists/register/size-class-register.ts';
import { openTestLists } from '../support/lists.ts';
import { CODES, csv, deliverFile } from './quality-city.ts';

const context = await openTestLists({ after });
const caller = systemCaller('size_register');
const [A, B, C, D, E] = CODES;

type Row = readonly [string, ...string[]];
const REGISTRATION = ['成立日期', '住所', '行业门类', '行业代码'];
const REPORT = ['年报年度', '公示日期', '从业人数', '营业总收入', '资产总额'];

async function sizes(): Promise<Record<string, { size_class: string; size_basis: Record<string, unknown> }>> {
  const rows = await inTransaction(context.database, (tx) =>
    tx.rows<{ code: string; size_class: string; size_basis: Record<string, unknown> }>(
      `select c.code, e.size_class, e.size_basis from lists.enterprises e
       join lists.enterprise_codes c on c.enterprise_id = e.enterprise_id and c.kind = 'uscc'`,
    ),
  );
  return Object.fromEntries(rows.map((row) => [row.code, row]));
}

test('each enterprise is classed from its latest annual report and its industry, and unknown is counted', async () => {
  const registered: Row[] = [
    [A, '2020-05-06', '海淀区', 'C', '3512'],
    [B, '2020-05-06', '海淀区', 'I', '6513'],
    [C, '2020-05-06', '海淀区', 'F', ''],
    [D, '2020-05-06', '海淀区', 'J', '6620'],
    [E, '2020-05-06', '海淀区', 'M', '7340'],
  ];
  const reports: Row[] = [
    [A, '2023', '2024-05-01', '10', '100万元', '90万元'],
    [A, '2024', '2025-05-01', '300', '2000万元', '900万元'],
    [B, '2024', '2025-05-01', '9', '', ''],
    [C, '2024', '2025-05-01', '9', '50万元', ''],
    [D, '2024', '2025-05-01', '900', '90000万元', ''],
  ];
  await deliverFile(context, {
    contract: 'n01_registration',
    fileName: 'a.csv',
    content: csv(REGISTRATION, registered),
  });
  await deliverFile(context, {
    contract: 'n35_annual_report',
    fileName: 'b.csv',
    content: csv(REPORT, reports),
  });
  const run = await sizeRegister(context, { caller });
  assert.deepEqual([run.enterprises, run.changed], [5, 5]);
  assert.deepEqual(run.counts, { large: 0, medium: 1, small: 0, micro: 1, unknown: 3 });
  const found = await sizes();
  assert.equal(found[A]?.size_class, 'medium');
  assert.equal(found[A]?.size_basis.reportYear, 2024);
  assert.equal(found[B]?.size_class, 'micro');
  assert.deepEqual(
    [C, D, E].map((code) => found[code]?.size_basis.reason),
    ['industry_too_coarse', 'industry_excluded', 'indicator_missing'],
  );
});

test('the basis names standard, line and the records the class rests on', async () => {
  const basis = (await sizes())[A]?.size_basis ?? {};
  assert.deepEqual(
    [basis.standard, basis.version, basis.line],
    ['cn-size-classes-2011', '1.0.0', 'industry'],
  );
  const records = Object.values(basis.records as Record<string, string>);
  assert.equal(records.length, 2);
  for (const id of records) assert.match(id, /^dlv_[0-9a-z]{26}:\d+$/);
});

test('a second run changes only what a new report changes', async () => {
  assert.equal((await sizeRegister(context, { caller })).changed, 0);
  const content = csv(REPORT, [[E, '2024', '2025-06-01', '10', '', '']]);
  await deliverFile(context, { contract: 'n35_annual_report', fileName: 'c.csv', content });
  const run = await sizeRegister(context, { caller });
  assert.equal(run.changed, 1);
  assert.equal((await sizes())[E]?.size_class, 'small');
});
