import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_TABLES, makeRandom, makeText } from '../check.test-support.ts';
import { codeReader } from './code.ts';
import { hideCell, idNumberReader, maskPersonal, phoneReader } from './masked.ts';
import { booleanReader, decimalReader, integerReader } from './number.ts';
import type { Reader } from './reading.ts';
import { cleanText, emailReader, personReader, textReader } from './text.ts';

function read(reader: Reader, cell: string): string {
  const quick = reader.quick(cell);
  if (quick !== undefined) return quick;
  const reading = reader.read(cell);
  return 'defect' in reading ? reading.defect : reading.value;
}

test('text loses its ends, controls and runs of blanks, and keeps Chinese punctuation', () => {
  assert.equal(
    cleanText('\u3000 某\0某\t科技\r\n（北京）  有限公司\u00a0'),
    '某 某 科技 （北京） 有限公司'.replace('某 某', '某某'),
  );
  assert.equal(cleanText('１２号Ａ座；零售，批发。'), '12号A座；零售，批发。');
  assert.equal(read(textReader(5), '一二三四五六'), 'text_too_long');
  assert.equal(read(textReader(3), '😀😀😀'), '😀😀😀');
  for (const cell of ['N/A', '-', 'NULL', ' ', '空', '—']) assert.equal(read(textReader(9), cell), '', cell);
  assert.equal(read(textReader(9), '无'), '无');
});

test('cleaning text twice is cleaning it once, and the quick way agrees', () => {
  const random = makeRandom(17);
  const reader = textReader(1000);
  for (let round = 0; round < 5000; round += 1) {
    const cell = makeText(random);
    const once = cleanText(cell);
    assert.equal(cleanText(once), once, JSON.stringify(cell));
    assert.ok(once.isWellFormed() && !once.includes('\0'));
    const quick = reader.quick(cell);
    if (quick !== undefined)
      assert.deepEqual(reader.read(cell), { value: quick, changed: false }, JSON.stringify(cell));
  }
});

test('names lose blanks between Chinese characters only', () => {
  const person = personReader(60);
  assert.equal(read(person, '王 某'), '王某');
  assert.equal(read(person, ' 王某某 '), '王某某');
  assert.equal(read(person, 'Jane  Doe'), 'Jane Doe');
  assert.equal(read(person, '暂无'), '');
});

test('codes are found by code, name, further spelling and other widths', () => {
  const table = CODE_TABLES.get('invoice_direction');
  assert.ok(table !== undefined);
  const code = codeReader(table);
  for (const cell of ['output', '销项', ' 销项', 'OUTPUT', '开具发票', '销 项'])
    assert.equal(read(code, cell), 'output', cell);
  assert.equal(read(code, '无'), '');
  assert.equal(read(code, '横向'), 'code_unknown');
  assert.deepEqual(code.read(' 销项 '), { value: 'output', changed: false });
  assert.deepEqual(code.read('开具'), { value: 'output', changed: true });
});

test('numbers are canonical, exact and bounded', () => {
  const decimal = decimalReader(4);
  const spellings = {
    '1,234.50': '1234.5',
    '0012.5': '12.5',
    '.5': '0.5',
    '-0': '0',
    '１．２５': '1.25',
    '1.23456': '1.2346',
    '12.5%': '0.125',
  };
  for (const [cell, wanted] of Object.entries(spellings)) assert.equal(read(decimal, cell), wanted, cell);
  assert.equal(read(decimalReader(2, '%'), '12.5%'), '12.5');
  assert.equal(read(decimalReader(2, '平方米'), '12.5平方米'), '12.5');
  assert.equal(read(decimal, '十二'), 'number_unreadable');
  assert.equal(read(decimal, '1'.repeat(30)), 'number_too_large');
  assert.equal(read(integerReader('人'), '1,200人'), '1200');
  assert.equal(read(integerReader(), '12.0'), '12');
  assert.equal(read(integerReader(), '12.5'), 'number_unreadable');
  assert.equal(read(integerReader(), '1'.repeat(19)), 'number_too_large');
});

test('numbers read the same quickly and thoroughly, and the same again', () => {
  const random = makeRandom(19);
  const decimal = decimalReader(3);
  for (let round = 0; round < 5000; round += 1) {
    const cell = `${random(2) ? '-' : ''}${random(3) ? '' : '0'}${random(10 ** random(9))}${random(2) ? '' : `.${random(10 ** random(6))}`}`;
    const thorough = decimal.read(cell);
    assert.ok(!('defect' in thorough), cell);
    const quick = decimal.quick(cell);
    if (quick !== undefined) assert.deepEqual(thorough, { value: quick, changed: false }, cell);
    assert.equal(read(decimal, thorough.value), thorough.value);
  }
});

test('yes and no in their spellings', () => {
  for (const cell of ['是', '有', 'Y', '1', 'true', 'YES', '√'])
    assert.equal(read(booleanReader(), cell), 'true', cell);
  for (const cell of ['否', '无', 'n', '0', 'False'])
    assert.equal(read(booleanReader(), cell), 'false', cell);
  assert.equal(read(booleanReader(), 'N/A'), '');
  assert.equal(read(booleanReader(), '也许'), 'boolean_unreadable');
});

test('identity and telephone numbers are masked and stay as they are when read again', () => {
  const masked: [Reader, string, string][] = [
    [idNumberReader(), '110101199003071234', '110101********1234'],
    [idNumberReader(), '11010119900307123x', '110101********123X'],
    [idNumberReader(), 'E12345678', 'E1*****78'],
    [phoneReader(), '13812345678', '138****5678'],
    [phoneReader(), '138-1234-5678 ', '138****5678'],
    [phoneReader(), '+86 138 1234 5678', '138****5678'],
    [phoneReader(), '010-12345678', '010****5678'],
    [phoneReader(), '12345678', '****5678'],
    [phoneReader(), '13812345678、010-12345678', '138****5678;010****5678'],
  ];
  for (const [reader, cell, wanted] of masked) {
    assert.deepEqual(reader.read(cell), { value: wanted, changed: false }, cell);
    assert.equal(read(reader, wanted), wanted);
  }
  assert.equal(read(phoneReader(), '12'), 'phone_unreadable');
  assert.equal(read(idNumberReader(), '某'), 'id_number_unreadable');
});

test('whatever is kept of a row that cannot be trusted hides identifiers of persons', () => {
  const text = maskPersonal('张某,110101199003071234,电话13812345678,91350100M000100Y43,金额12345678901');
  assert.equal(text, '张某,110101********1234,电话138****5678,91350100M000100Y43,金额12345678901');
  assert.equal(hideCell('电话不详138'), '*******');
});

test('e-mail addresses keep their local part and fold their domain', () => {
  assert.equal(read(emailReader(80), ' Someone@Example.COM '), 'Someone@example.com');
  for (const cell of ['someone', 'a@b', 'a b@c.de', '@c.de'])
    assert.equal(read(emailReader(80), cell), 'email_unreadable', cell);
});

test('no text makes a reader fail', () => {
  const random = makeRandom(23);
  const readers = [
    phoneReader(),
    idNumberReader(),
    emailReader(80),
    decimalReader(2),
    booleanReader(),
    personReader(60),
  ];
  for (let round = 0; round < 3000; round += 1) {
    const cell = makeText(random);
    for (const reader of readers) {
      const reading = reader.read(cell);
      const quick = reader.quick(cell);
      if (quick !== undefined)
        assert.deepEqual(reading, { value: quick, changed: false }, JSON.stringify(cell));
    }
  }
});
