import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import { field, FIELDS, HEADER, makeContract } from './check.test-support.ts';
import { matchHeader } from './header.ts';
import { hintsOf, parseMapping } from './mapping.ts';

const contract = makeContract();
const ROW = HEADER.map(() => 'x');

function refusal(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('columns are found by Chinese name, English name and further spellings, whatever their order and dress', () => {
  const header = ['\ufeff“企业名称”', ' 统一社会信用代码 *', 'AMOUNT', '文 号', '项目begins', '备用列'];
  const plan = matchHeader(contract, header, [header], undefined);
  assert.deepEqual([plan.subjectName, plan.subjectCode], [0, 1]);
  assert.deepEqual(
    plan.fields.map(({ column }) => column),
    [3, -1, 4, -1, 2, -1, -1, -1],
  );
  assert.deepEqual(plan.ignored, ['备用列']);
});

test('a unit in brackets behind a column name counts for its plain numbers', () => {
  const header = ['企业名称', '文号', '项目begins', '项目amount（万元）', '项目memo(全文)'];
  const plan = matchHeader(contract, header, [], undefined);
  assert.deepEqual(plan.fields[4], { column: 3, unit: '万元' });
  assert.deepEqual(plan.fields[7], { column: 4 });
});

test('a header wider or narrower than its rows is refused with what was seen', () => {
  const rows = [ROW.slice(1), ROW.slice(1), ROW];
  const { code, params } = refusal(() => matchHeader(contract, HEADER, rows, undefined));
  assert.equal(code, 'delivery.header_misfit');
  assert.deepEqual([params.headerColumns, params.rowColumns, params.rows, params.sampled], [10, 9, 2, 3]);
});

test('names run together by another separator count as the columns they are', () => {
  const header = ['序号\t统一社会信用代码', '企业名称', '文号', '项目begins'];
  const { code, params } = refusal(() => matchHeader(contract, header, [['1', '2', '3', '4']], undefined));
  assert.equal(code, 'delivery.header_misfit');
  assert.deepEqual([params.headerColumns, params.rowColumns], [5, 4]);
  assert.equal(
    refusal(() => matchHeader(contract, ['企业名称;文号'], [['x']], undefined)).code,
    'delivery.header_misfit',
  );
});

test('single rows of another width do not condemn the file', () => {
  assert.equal(matchHeader(contract, HEADER, [ROW, ROW, ROW.slice(1)], undefined).width, 10);
});

test('a file without the required columns is refused with those that are missing', () => {
  const { code, params } = refusal(() => matchHeader(contract, ['甲', '乙', '项目begins'], [], undefined));
  assert.equal(code, 'delivery.header_unknown');
  assert.equal(params.missing, '统一社会信用代码或企业名称、项目no');
  assert.equal(params.seen, '甲、乙、项目begins');
});

test('two columns of equal right for one field are refused, a surer name wins over a weaker one', () => {
  const twice = ['企业名称', '文号', '文号', '项目begins'];
  assert.equal(refusal(() => matchHeader(contract, twice, [], undefined)).code, 'delivery.header_ambiguous');
  const surer = ['名称', '企业名称', '注册号', '统一社会信用代码', '文号', '项目no', '项目begins'];
  const plan = matchHeader(contract, surer, [], undefined);
  assert.deepEqual([plan.subjectName, plan.subjectCode, plan.fields[0]?.column], [1, 3, 5]);
  assert.deepEqual(plan.ignored, ['名称', '注册号', '文号']);
});

test("a field's own name wins over a word for the subject", () => {
  const own = makeContract([...FIELDS, field('old_no', 'text', { businessName: '注册号' })]);
  const plan = matchHeader(own, ['企业名称', '注册号', '文号', '项目begins'], [], undefined);
  assert.deepEqual([plan.subjectCode, plan.fields[8]?.column], [-1, 1]);
});

test('a mapping names columns, constants, subject and further words for nothing', () => {
  const mapping = parseMapping(`
contract: n99_made_up
format: { headerRow: 2, encoding: gb18030 }
columns: { 甲: no, 乙: 项目begins, 文号: '-' }
constants: { rate: 0.5 }
subject: { code: 编号, lookup: { E1: 91350100M000100Y43 } }
emptyValues: [未填]
`);
  const plan = matchHeader(contract, ['编号', '甲', '乙', '文号'], [], mapping);
  assert.deepEqual([plan.subjectCode, plan.fields[0]?.column, plan.fields[2]?.column], [0, 1, 2]);
  assert.deepEqual(plan.fields[5], { column: -1, constant: '0.5' });
  assert.equal(plan.lookup?.get('E1'), '91350100M000100Y43');
  assert.deepEqual([...plan.emptyValues], ['未填']);
  assert.deepEqual(plan.ignored, ['文号']);
  assert.deepEqual(hintsOf(mapping), { encoding: 'gb18030', headerRow: 2 });
});

test('a mapping by position needs no header, and must be as wide as the rows', () => {
  const mapping = parseMapping("{ contract: n99_made_up, columns: ['-', subject_code, no, begins] }");
  const plan = matchHeader(contract, null, [['1', '2', '3', '4']], mapping);
  assert.deepEqual([plan.width, plan.subjectCode, plan.fields[0]?.column], [4, 1, 2]);
  const narrow = refusal(() => matchHeader(contract, ['1', '2', '3'], [['1', '2', '3']], mapping));
  assert.equal(narrow.code, 'delivery.header_misfit');
  assert.equal(refusal(() => matchHeader(contract, null, [], undefined)).code, 'delivery.header_unknown');
});

test('a mapping that fits neither dataset nor file is refused', () => {
  const wrong = [
    '{ contract: n98_other }',
    '{ contract: n99_made_up, columns: { 企业名称: unheard_of } }',
    '{ contract: n99_made_up, columns: { 没有这列: no } }',
    '{ contract: n99_made_up, constants: { unheard_of: 1 } }',
  ];
  for (const text of wrong) {
    assert.equal(
      refusal(() => matchHeader(contract, HEADER, [], parseMapping(text))).code,
      'delivery.mapping_misfit',
      text,
    );
  }
});

test('a mapping file that is none is refused with the reasons', () => {
  for (const text of ['contract: [', 'columns: []', '{ contract: n99_made_up, colums: {} }', '42', '']) {
    assert.equal(refusal(() => parseMapping(text)).code, 'delivery.mapping_unreadable', text);
  }
});
