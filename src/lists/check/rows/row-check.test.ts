import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CODE_TABLES,
  field,
  FIELDS,
  GOOD_ROW,
  makeContract,
  parseCopy,
  planFor,
  rowWith,
  TODAY,
} from '../check.test-support.ts';
import { columnsOf, copyColumnsOf } from '../columns.ts';
import { defectSentence, DEFECTS } from '../defects.ts';
import { addLines } from '../add-lines.ts';
import { MerkleTree } from '../merkle.ts';
import { compileRowCheck, type RowCheck } from './row-check.ts';
import { normaliseName, SUBJECT_FLAGS } from '../subject.ts';

const CODE = GOOD_ROW[0] ?? '';
const contract = makeContract();
const GOOD = [...GOOD_ROW];

function start(): RowCheck {
  return compileRowCheck(contract, CODE_TABLES, planFor(contract), TODAY);
}

type DefectLine = { field: string; code: string; severity: string; rule: string; raw: string[] | null };

function defectsOf(check: RowCheck): DefectLine[] {
  return parseCopy(check.defects.take()).map(([, name, code, severity, rule, params, raw]) => {
    assert.equal(typeof JSON.parse(params ?? ''), 'object');
    return {
      field: name ?? '',
      code: code ?? '',
      severity: severity ?? '',
      rule: rule ?? '',
      raw: raw === null || raw === undefined ? null : JSON.parse(raw),
    };
  });
}

/** The named columns of the only accepted row. */
function accepted(cells: Record<number, string>, check = start()): Record<string, string | null> {
  assert.equal(check.check(rowWith(cells), 7), true);
  const [line = []] = parseCopy(check.rows.take());
  const columns = copyColumnsOf(contract);
  assert.equal(line.length, columns.length);
  return Object.fromEntries(columns.map(({ name }, at) => [name, line[at] ?? null]));
}

function codesOf(cells: Record<number, string>): string[] {
  const check = start();
  check.check(rowWith(cells), 1);
  return defectsOf(check).map(({ field: name, code }) => `${name}:${code}`);
}

test('a good row becomes one line of normalised values', () => {
  assert.deepEqual(accepted({}), {
    row_no: '7',
    subject_code: CODE,
    subject_name: '某某有限公司',
    subject_flags: '0',
    no: 'A-1',
    direction: 'output',
    begins: '2026-01-02',
    ends: '2026-02-02',
    amount: '10000',
    amount_currency: 'CNY',
    rate: '0.5',
    phone: null,
    memo: '说明',
    original: null,
  });
});

test('spellings that the fold changed are kept beside the value', () => {
  const line = accepted({
    3: '开具',
    4: '2026/1/2',
    5: '9999-9-9',
    6: '5(万美元)',
    1: '某某（北京） 有限公司Ａ',
  });
  assert.deepEqual([line.direction, line.begins, line.ends], ['output', '2026-01-02', 'infinity']);
  assert.deepEqual([line.amount, line.amount_currency], ['5000000', 'USD']);
  assert.equal(line.subject_name, '某某（北京） 有限公司A');
  assert.deepEqual(JSON.parse(line.original ?? ''), {
    subject_name: '某某（北京） 有限公司Ａ',
    direction: '开具',
    begins: '2026/1/2',
    ends: '9999-9-9',
    amount: '5(万美元)',
  });
});

test('a currency of one row does not stay for the next', () => {
  const check = start();
  assert.equal(accepted({ 6: '5万美元' }, check).amount_currency, 'USD');
  assert.equal(accepted({ 6: '5' }, check).amount_currency, 'CNY');
  assert.equal(accepted({ 6: '' }, check).amount_currency, null);
});

test('a row with several defects lists all of them and counts once', () => {
  const check = start();
  assert.equal(check.check(rowWith({ 2: '', 3: '横向', 4: '2026-02-30', 6: '若干' }), 3), false);
  const lines = defectsOf(check);
  assert.deepEqual(
    lines.map(({ code, rule }) => `${code} ${rule}`),
    [
      'required_missing required.no',
      'code_unknown format.direction',
      'date_impossible format.begins',
      'amount_unreadable format.amount',
    ],
  );
  assert.deepEqual(lines[0]?.raw, rowWith({ 2: '', 3: '横向', 4: '2026-02-30', 6: '若干' }));
  assert.deepEqual(
    lines.slice(1).map(({ raw }) => raw),
    [null, null, null],
  );
  assert.deepEqual([check.tally().rows, check.tally().quarantined], [1, 1]);
  assert.equal(check.rows.length, 0);
});

test('a broken rule carries its id, and rules over unreadable cells say nothing', () => {
  const check = start();
  check.check(rowWith({ 4: '2026-01-02', 5: '2026-01-01' }), 1);
  assert.deepEqual(
    defectsOf(check).map(({ code, rule, field: name }) => [code, rule, name]),
    [['rule_broken', 'in_order', 'begins']],
  );
  assert.deepEqual(codesOf({ 5: '某日' }), ['ends:date_unreadable']);
});

test('a warning is counted and the row is kept', () => {
  const wrong = `${CODE.slice(0, 17)}${CODE.endsWith('A') ? 'B' : 'A'}`;
  const check = start();
  const line = accepted({ 0: wrong }, check);
  assert.deepEqual([line.subject_code, line.subject_flags], [wrong, String(SUBJECT_FLAGS.checksumMismatch)]);
  assert.deepEqual(
    defectsOf(check).map(({ code, severity, raw }) => [code, severity, raw]),
    [['subject_checksum', 'warn', null]],
  );
  assert.deepEqual([check.tally().accepted, check.tally().warnings], [1, 1]);
});

test('a row needs a code or a name, and either is enough', () => {
  assert.equal(accepted({ 0: 'N/A' }).subject_flags, String(SUBJECT_FLAGS.codeMissing));
  assert.equal(accepted({ 1: '' }).subject_flags, String(SUBJECT_FLAGS.nameMissing));
  assert.equal(accepted({ 1: '' }).subject_name, '');
  assert.deepEqual(codesOf({ 0: '', 1: '-' }), [':subject_missing']);
  assert.deepEqual(codesOf({ 0: 'x'.repeat(65) }), ['subject_code:subject_code_too_long']);
});

test('an identity number where a code stands is masked everywhere', () => {
  const check = start();
  const line = accepted({ 0: ' 110101199003071234' }, check);
  assert.equal(line.subject_code, '110101********1234');
  assert.equal(line.subject_flags, String(SUBJECT_FLAGS.idCardShaped));
  assert.equal(line.original, null);
  check.check(rowWith({ 0: '110101199003071234', 2: '' }), 2);
  assert.doesNotMatch(check.defects.bytes.toString('utf8', 0, check.defects.length), /19900307/);
});

test('telephone and identity numbers never reach original, defects or quarantine', () => {
  const check = start();
  assert.equal(accepted({ 8: '138-1234-5678 ' }, check).phone, '138****5678');
  check.check(rowWith({ 2: '', 8: '13812345678' }), 2);
  check.check(rowWith({ 8: '13812345678转两次' }), 3);
  check.check([...GOOD, '13812345678', '110101199003071234'], 4);
  check.refuse({ rowNo: 5, code: 'quote_not_closed', text: '"张某,110101199003071234,13812345678' });
  const text = check.defects.bytes.toString('utf8', 0, check.defects.length);
  assert.doesNotMatch(text, /1234567|19900307/);
  assert.match(text, /138\*\*\*\*5678/);
  assert.equal(check.tally().broken, 1);
});

test('a row of another width is quarantined, not shifted', () => {
  const check = start();
  assert.equal(check.check(GOOD.slice(1), 1), false);
  assert.deepEqual(
    defectsOf(check).map(({ code, raw }) => [code, raw]),
    [['width_differs', GOOD.slice(1)]],
  );
});

test('a lookup names the enterprise, and a value outside it is a defect', () => {
  const plan = planFor(contract, { lookup: new Map([['E1', CODE]]) });
  const check = compileRowCheck(contract, CODE_TABLES, plan, TODAY);
  assert.equal(accepted({ 0: 'E1' }, check).subject_code, CODE);
  assert.equal(check.check(rowWith({ 0: 'E2' }), 2), false);
  assert.deepEqual(
    defectsOf(check).map(({ code }) => code),
    ['subject_not_listed'],
  );
});

test('constants stand in every row, and one that cannot be read is refused', () => {
  const withConstant = (constant: string) =>
    planFor(contract, {
      fields: contract.fields.map((_, at) => (at === 1 ? { column: -1, constant } : { column: at + 2 })),
    });
  const check = compileRowCheck(contract, CODE_TABLES, withConstant('进项'), TODAY);
  assert.equal(accepted({}, check).direction, 'input');
  assert.throws(() => compileRowCheck(contract, CODE_TABLES, withConstant('横向'), TODAY), {
    code: 'delivery.mapping_misfit',
  });
});

test('every check is counted, also without a failure', () => {
  const check = start();
  check.check(GOOD, 1);
  check.check(rowWith({ 2: '', 4: '2020-01-01' }), 2);
  check.check(rowWith({ 4: '2020/1/1' }), 3);
  const { checks, filled, ...tally } = check.tally();
  const counts = Object.fromEntries(checks.map(({ rule, checked, failed }) => [rule, [checked, failed]]));
  assert.deepEqual(counts['required.no'], [3, 1]);
  assert.deepEqual(counts['format.no'], [2, 0]);
  assert.deepEqual(counts['format.phone'], [0, 0]);
  assert.deepEqual(counts['in_order'], [3, 0]);
  assert.deepEqual(counts['row.width'], [3, 0]);
  assert.deepEqual(filled, {
    no: 2,
    direction: 2,
    begins: 2,
    ends: 2,
    amount: 2,
    rate: 2,
    phone: 0,
    memo: 2,
  });
  assert.deepEqual([tally.businessTimeMin, tally.businessTimeMax], ['2020-01-01', '2026-01-02']);
  assert.deepEqual([tally.latencyChecked, tally.latencyWithin], [2, 0]);
});

test('a fact is on time up to the last day of the latency', () => {
  const check = start();
  for (const [at, day] of ['2026-01-08', '2026-01-07'].entries()) check.check(rowWith({ 4: day }), at + 1);
  assert.deepEqual([check.tally().latencyChecked, check.tally().latencyWithin], [2, 1]);
});

test('the leaf of a row is its normalised line without row number and original', () => {
  const leaf = (cells: Record<number, string>, rowNo: number): string => {
    const check = start();
    check.check(rowWith(cells), rowNo);
    const merkle = new MerkleTree();
    addLines(merkle, Buffer.from(check.rows.take()));
    return merkle.root();
  };
  const line = [
    CODE,
    '某某有限公司',
    '0',
    'A-1',
    'output',
    '2026-01-02',
    '2026-02-02',
    '10000',
    'CNY',
    '0.5',
  ];
  const expected = new MerkleTree();
  expected.add(Buffer.from([...line, '\\N', '说明'].join('\t')));
  assert.equal(leaf({}, 1), expected.root());
  assert.equal(leaf({ 4: '2026年1月2日', 6: '100元' }, 99), expected.root());
});

test('fields bound lengths, patterns and numbers', () => {
  const bounded = makeContract([
    ...FIELDS.slice(0, 5),
    field('division', 'text', { pattern: '^[0-9]{6}$' }),
    field('count', 'integer', { minimum: 1, maximum: 10 }),
    field('other', 'uscc'),
  ]);
  const codes = (cells: Record<number, string>): string[] => {
    const check = compileRowCheck(bounded, CODE_TABLES, planFor(bounded), TODAY);
    check.check(
      [...GOOD.slice(0, 7), '110000', '5', CODE].map((cell, at) => cells[at] ?? cell),
      1,
    );
    return defectsOf(check).map(({ code, rule }) => `${code} ${rule}`);
  };
  assert.deepEqual(codes({}), []);
  assert.deepEqual(codes({ 2: 'x'.repeat(41) }), ['text_too_long format.no']);
  assert.deepEqual(codes({ 7: '11' }), ['pattern_differs format.division']);
  assert.deepEqual(codes({ 8: '11' }), ['value_out_of_range format.count']);
  assert.deepEqual(codes({ 9: '91350211M0000XUF46' }), ['uscc_checksum checksum.other']);
});

test('every defect has sentences in both languages whose placeholders are filled', () => {
  for (const code of Object.keys(DEFECTS)) {
    const params = { value: 'v', max: 1, found: 1, wanted: 2, description: 'd' };
    const { zh, en } = defectSentence(code, params, 'f');
    assert.doesNotMatch(zh + en, /\{/);
  }
  assert.throws(() => defectSentence('unheard_of', {}));
});

test('names that differ only in brackets, blanks and width have one key', () => {
  for (const name of [
    '某某(北京)有限公司A',
    '某某（北京）有限公司Ａ',
    ' 某某 （北京）有限公司a',
    '某某〔北京〕有限公司a',
  ]) {
    assert.equal(normaliseName(name), '某某(北京)有限公司A');
  }
});

test('the columns of a contract have the types that its kinds need', () => {
  const types = Object.fromEntries(columnsOf(contract).map(({ name, type }) => [name, type]));
  assert.deepEqual(types, {
    no: 'text',
    direction: 'text',
    begins: 'date',
    ends: 'date',
    amount: 'bigint',
    amount_currency: 'text',
    rate: 'numeric(24,4)',
    phone: 'text',
    memo: 'text',
  });
});
