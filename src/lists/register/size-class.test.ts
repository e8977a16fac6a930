import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { classifySize, type SizeInputs } from './size-class.ts';
import { loadSizeStandard } from './size-class-standard.ts';

const standard = loadSizeStandard(join(import.meta.dirname, '..', '..', '..'), '2026-01-01');
const WAN = 1_000_000n;

/** Staff in persons, revenue and assets in 万元. */
function sizeOf(
  industry: string,
  staff: number | null,
  revenue: number | null,
  assets: number | null = null,
): string {
  return classifySize(standard, inputs(industry, staff, revenue, assets)).sizeClass;
}

function inputs(
  industry: string | null,
  staff: number | null,
  revenue: number | null,
  assets: number | null,
): SizeInputs {
  const fen = (wan: number | null) => (wan === null ? null : BigInt(wan) * WAN);
  return { industry, staff, revenueFen: fen(revenue), assetsFen: fen(assets) };
}

/** The regulation's table, written down a second time: industry code, then X, Y, Z of large, medium, small. */
const TABLE: readonly (readonly [string, string, readonly (readonly [number, number, number])[]])[] = [
  [
    '农、林、牧、渔业',
    'A0111',
    [
      [0, 20000, 0],
      [0, 500, 0],
      [0, 50, 0],
    ],
  ],
  [
    '工业',
    'C3512',
    [
      [1000, 40000, 0],
      [300, 2000, 0],
      [20, 300, 0],
    ],
  ],
  [
    '建筑业',
    'E4710',
    [
      [0, 80000, 80000],
      [0, 6000, 5000],
      [0, 300, 300],
    ],
  ],
  [
    '批发业',
    'F5112',
    [
      [200, 40000, 0],
      [20, 5000, 0],
      [5, 1000, 0],
    ],
  ],
  [
    '零售业',
    'F5211',
    [
      [300, 20000, 0],
      [50, 500, 0],
      [10, 100, 0],
    ],
  ],
  [
    '交通运输业',
    'G5430',
    [
      [1000, 30000, 0],
      [300, 3000, 0],
      [20, 200, 0],
    ],
  ],
  [
    '仓储业',
    'G5930',
    [
      [200, 30000, 0],
      [100, 1000, 0],
      [20, 100, 0],
    ],
  ],
  [
    '邮政业',
    'G6010',
    [
      [1000, 30000, 0],
      [300, 2000, 0],
      [20, 100, 0],
    ],
  ],
  [
    '住宿业',
    'H6110',
    [
      [300, 10000, 0],
      [100, 2000, 0],
      [10, 100, 0],
    ],
  ],
  [
    '餐饮业',
    'H6210',
    [
      [300, 10000, 0],
      [100, 2000, 0],
      [10, 100, 0],
    ],
  ],
  [
    '信息传输业',
    'I6410',
    [
      [2000, 100000, 0],
      [100, 1000, 0],
      [10, 100, 0],
    ],
  ],
  [
    '软件和信息技术服务业',
    'I6513',
    [
      [300, 10000, 0],
      [100, 1000, 0],
      [10, 50, 0],
    ],
  ],
  [
    '房地产开发经营',
    'K7010',
    [
      [0, 200000, 10000],
      [0, 1000, 5000],
      [0, 100, 2000],
    ],
  ],
  [
    '物业管理',
    'K7020',
    [
      [1000, 5000, 0],
      [300, 1000, 0],
      [100, 500, 0],
    ],
  ],
  [
    '租赁和商务服务业',
    'L7211',
    [
      [300, 0, 120000],
      [100, 0, 8000],
      [10, 0, 100],
    ],
  ],
  [
    '其他未列明行业',
    'M7340',
    [
      [300, 0, 0],
      [100, 0, 0],
      [10, 0, 0],
    ],
  ],
];

const CLASSES = ['large', 'medium', 'small'] as const;
const LOWER = { large: 'medium', medium: 'small', small: 'micro' } as const;

for (const [name, code, bounds] of TABLE) {
  test(`${name}: each bound is inclusive, and one indicator below it leads to the next class`, () => {
    for (const [at, sizeClass] of CLASSES.entries()) {
      const [staff, revenue, assets] = bounds[at] ?? [0, 0, 0];
      assert.equal(sizeOf(code, staff, revenue, assets), sizeClass);
      if (staff > 0) assert.equal(sizeOf(code, staff - 1, 9_000_000, 9_000_000), LOWER[sizeClass]);
      if (revenue > 0) assert.equal(sizeOf(code, 9_000_000, revenue - 1, 9_000_000), LOWER[sizeClass]);
      if (assets > 0) assert.equal(sizeOf(code, 9_000_000, 9_000_000, assets - 1), LOWER[sizeClass]);
    }
  });
}

test('every line of the standard is in the table of this test', () => {
  const lines = new Set(TABLE.map(([, code]) => classifySize(standard, inputs(code, 1, 1, 1)).line));
  assert.deepEqual(lines, new Set(standard.industries.map(({ id }) => id)));
});

test('one fen below a bound is below it', () => {
  const revenueFen = 300n * WAN - 1n;
  assert.equal(
    classifySize(standard, { industry: 'C1310', staff: 20, revenueFen, assetsFen: null }).sizeClass,
    'micro',
  );
});

test('a missing indicator is never zero: it leaves the class unknown unless the others decide', () => {
  assert.equal(sizeOf('C3512', null, 50000), 'unknown');
  assert.equal(sizeOf('C3512', 5, null), 'micro');
  assert.equal(sizeOf('C3512', null, 100), 'micro');
  assert.equal(sizeOf('C3512', 500, null), 'unknown');
  assert.equal(sizeOf('M7340', 50, null, null), 'small');
  assert.equal(classifySize(standard, inputs('C3512', null, null, null)).reason, 'indicator_missing');
});

test('the longest code that the standard names wins', () => {
  assert.equal(classifySize(standard, inputs('G5910', 1, 1, 1)).line, 'transport');
  assert.equal(classifySize(standard, inputs('5920', 1, 1, 1)).line, 'storage');
  assert.equal(classifySize(standard, inputs('7090', 1, 1, 1)).line, 'other');
});

test('a section is enough where the whole section is one line, and too coarse where it is not', () => {
  assert.equal(classifySize(standard, inputs('C', 1, 1, 1)).line, 'industry');
  assert.equal(classifySize(standard, inputs('F', 1, 1, 1)).reason, 'industry_too_coarse');
  assert.equal(classifySize(standard, inputs('G59', 1, 1, 1)).reason, 'industry_too_coarse');
});

test('finance is not classed, railways and schools are classed by reference, and nonsense is unknown', () => {
  assert.equal(classifySize(standard, inputs('J6620', 1, 1, 1)).reason, 'industry_excluded');
  const railway = classifySize(standard, inputs('G5310', 50, null, null));
  assert.deepEqual([railway.sizeClass, railway.byReference, railway.line], ['small', true, 'other']);
  for (const code of [null, '', '批发', 'C5112', '9900', 'Z']) {
    assert.equal(classifySize(standard, inputs(code, 1, 1, 1)).reason, 'industry_unknown', String(code));
  }
});
