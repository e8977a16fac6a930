import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_TABLES, makeRandom, makeText } from '../check.test-support.ts';
import { isMoneyUnit, moneyReader } from './money.ts';
import type { Reader } from './reading.ts';

const currencies = CODE_TABLES.get('currency');
if (currencies === undefined) throw new Error('no currency table');
const any = moneyReader({ currency: 'any', currencies });
const yuan = moneyReader({ currency: 'CNY', currencies });
const tenThousands = moneyReader({ currency: 'any', unit: '万元', currencies });

function amount(reader: Reader, cell: string): string {
  const quick = reader.quick(cell);
  if (quick !== undefined) return `${quick} CNY`;
  const reading = reader.read(cell);
  return 'defect' in reading ? reading.defect : `${reading.value} ${reading.currency}`;
}

test('every spelling of an amount in registration files is read to the fen', () => {
  const spellings: Record<string, string> = {
    '123万元人民币': '123000000 CNY',
    '123(万元人民币)': '123000000 CNY',
    '123（万元人民币）': '123000000 CNY',
    '4,123(万元人民币)': '4123000000 CNY',
    '4,123万人民币': '4123000000 CNY',
    '123万人民币': '123000000 CNY',
    '12.345万人民币': '12345000 CNY',
    '12.5(万元人民币)': '12500000 CNY',
    '123(万)': '123000000 CNY',
    '123(万元)': '123000000 CNY',
    '4,123(万)': '4123000000 CNY',
    '123(万人民币元)': '123000000 CNY',
    '4,123(万人民币元)': '4123000000 CNY',
    '12.5(万)': '12500000 CNY',
    '77(万美元)': '77000000 USD',
    '77万美元': '77000000 USD',
    '7.7(万美元)': '7700000 USD',
    '4,100(万欧元)': '4100000000 EUR',
    '7.7(万欧元)': '7700000 EUR',
    '77万港元': '77000000 HKD',
    '77(万日元)': '770000 JPY',
    '3000.5 元': '300050 CNY',
    '３０００．５': '300050 CNY',
    '人民币1,234.56元整': '123456 CNY',
    '¥1,234.50': '123450 CNY',
    'US$12.34': '1234 USD',
    '1.2亿元': '12000000000 CNY',
    '3百万美元': '300000000 USD',
    '5千元': '500000 CNY',
    '1.5E+6': '150000000 CNY',
    '.5': '50 CNY',
    '0': '0 CNY',
    '0.00': '0 CNY',
  };
  for (const [cell, wanted] of Object.entries(spellings)) assert.equal(amount(any, cell), wanted, cell);
});

test('negatives are signed or in brackets', () => {
  for (const cell of ['-12.34', '−12.34', '(12.34)', '（12.34）', '负12.34', '-12.34元']) {
    assert.equal(amount(yuan, cell), '-1234 CNY', cell);
  }
  assert.equal(amount(yuan, '-0.00'), '0 CNY');
});

test('a plain number counts in the unit of its column, an amount with a unit in its own', () => {
  assert.equal(amount(tenThousands, '12.34'), '12340000 CNY');
  assert.equal(amount(tenThousands, '12.34人民币'), '12340000 CNY');
  assert.equal(amount(tenThousands, '500元'), '50000 CNY');
  assert.equal(amount(tenThousands, '1亿'), '10000000000 CNY');
  assert.equal(isMoneyUnit('万元', currencies), true);
  assert.equal(isMoneyUnit('平方米', currencies), false);
});

test('large amounts stay exact where a double would not', () => {
  assert.equal(amount(yuan, '9007199254740993.01'), '900719925474099301 CNY');
  assert.equal(amount(yuan, '99999999999999999.00'), 'amount_too_large');
});

test('digits below the fen are rounded and the original is kept; a plain spelling needs none', () => {
  assert.deepEqual(yuan.read('1.005'), { value: '101', changed: true, currency: 'CNY' });
  assert.deepEqual(yuan.read('1.050'), { value: '105', changed: false, currency: 'CNY' });
  assert.deepEqual(yuan.read('1万元'), { value: '1000000', changed: true, currency: 'CNY' });
});

test('words for nothing are empty and other words are no amount', () => {
  for (const cell of ['N/A', '-', '空', 'null', '无', '暂无', ' '])
    assert.deepEqual(any.read(cell), { value: '', changed: false });
  for (const cell of ['-', '', '.', '-.']) assert.equal(any.quick(cell), undefined, cell);
  for (const cell of ['若干', '12万贝壳', '1,23', '12..5', '万元', '1-2', '十万元以下', '美元人民币5']) {
    assert.deepEqual(any.read(cell), { defect: 'amount_unreadable' }, cell);
  }
});

test('a field in yuan refuses another currency', () => {
  assert.deepEqual(yuan.read('50(万美元)'), { defect: 'amount_currency' });
});

test('the quick way and the thorough way give the same amount', () => {
  const random = makeRandom(7);
  for (let round = 0; round < 3000; round += 1) {
    const cell = `${random(2) ? '-' : ''}${random(10 ** random(9))}${['', '.', `.${random(10)}`, `.${random(100)}`][random(4)]}`;
    const quick = yuan.quick(cell);
    const thorough = yuan.read(cell);
    if (quick !== undefined)
      assert.deepEqual(thorough, { value: quick, changed: false, currency: 'CNY' }, cell);
  }
});

test('an amount written out in yuan reads back the same', () => {
  for (const fen of ['1', '-1', '99', '100', '123456789012345678']) {
    const digits = fen.replace('-', '').padStart(3, '0');
    assert.equal(
      amount(yuan, `${fen.startsWith('-') ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`),
      `${fen} CNY`,
    );
  }
});

test('no text makes the reader fail', () => {
  const random = makeRandom(11);
  for (let round = 0; round < 3000; round += 1) {
    const cell = makeText(random);
    const reading = any.read(cell);
    const quick = any.quick(cell);
    if (quick !== undefined)
      assert.deepEqual(reading, { value: quick, changed: false, currency: 'CNY' }, cell);
    assert.ok('defect' in reading || /^(-?\d{1,18})?$/.test(reading.value));
  }
});
