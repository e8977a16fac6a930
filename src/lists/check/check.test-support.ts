import { readFileSync } from 'node:fs';
import { type CodeTable, codeTableFromYaml } from '../contract/code-table.ts';
import { Contract } from '../contract/shape.ts';
import { Value } from 'typebox/value';
import type { ColumnPlan } from './header.ts';

const LISTS = new URL('../../../lists/', import.meta.url);

export function readCodeTable(id: string): CodeTable {
  const file = new URL(`codes/${id}.yaml`, LISTS);
  return codeTableFromYaml(readFileSync(file, 'utf8'), file.pathname);
}

export const CODE_TABLES: ReadonlyMap<string, CodeTable> = new Map(
  ['currency', 'invoice_direction'].map((id) => [id, readCodeTable(id)]),
);

type Bag = Record<string, unknown>;

export function field(name: string, kind: string, more: Bag = {}): Bag {
  const plain = {
    name,
    businessName: `项目${name}`,
    kind,
    required: false,
    disclosure: 'public',
    grade: 'general',
  };
  return { ...plain, source: 'proposal', ...(kind === 'text' ? { maxLength: 200 } : {}), ...more };
}

/** Eight fields of many kinds; two may not be empty. */
export const FIELDS: readonly Bag[] = [
  field('no', 'text', { required: true, maxLength: 40, headers: ['文号'] }),
  field('direction', 'code', { codes: 'invoice_direction' }),
  field('begins', 'date', { required: true }),
  field('ends', 'date', { openEnded: true }),
  field('amount', 'money', { currency: 'any' }),
  field('rate', 'decimal', { scale: 4 }),
  field('phone', 'phone'),
  field('memo', 'text', { maxLength: 400 }),
];

const ORDERED = {
  id: 'in_order',
  description: '开始不得晚于结束。',
  dimension: 'consistency',
  severity: 'block',
  rule: 'date_order',
  earlier: 'begins',
  later: 'ends',
};

/** What a contract says besides its fields and rules. */
const ENVELOPE = {
  id: 'n99_made_up',
  version: '1.0.0',
  name: '样例数据集',
  status: 'active',
  list: 'national',
  clause: '5',
  purpose: '供测试使用。',
  usage: '供测试使用。',
  limitations: '供测试使用。',
  provider: '测试单位',
  duty: { name: '供测试使用', basis: '没有依据' },
  sharingModes: ['replicated'],
  disclosures: ['public'],
  evidence: 'proposal',
  naturalKey: ['no'],
  businessTime: 'begins',
  frequency: 'day',
  latency: { value: 7, unit: 'd' },
  retention: { value: 5, unit: 'y', from: '自事实终止之日起' },
  rejectedShareMax: 0.1,
  expectedRows: 1000,
};

/** A contract that the shape accepts, with these fields and rules. */
export function makeContract(fields: readonly Bag[] = FIELDS, rules: readonly Bag[] = [ORDERED]): Contract {
  const shaped = { ...ENVELOPE, fields, rules };
  const reasons = [...Value.Errors(Contract, shaped)].map(
    (error) => `${error.instancePath} ${error.message}`,
  );
  if (reasons.length > 0) throw new TypeError(reasons.join('; '));
  return { ...(shaped as unknown as Contract), hash: '0'.repeat(64), major: 1 };
}

export const HEADER = ['统一社会信用代码', '企业名称', ...FIELDS.map((one) => String(one.businessName))];

/** Columns in the order of `HEADER`. */
export function planFor(contract: Contract, more: Partial<ColumnPlan> = {}): ColumnPlan {
  return {
    width: contract.fields.length + 2,
    subjectCode: 0,
    subjectName: 1,
    fields: contract.fields.map((_, at) => ({ column: at + 2 })),
    ignored: [],
    lookup: null,
    emptyValues: new Set(),
    ...more,
  };
}

/** A row of `HEADER` that has nothing wrong; its date is two weeks before `TODAY`. */
export const GOOD_ROW: readonly string[] = [
  madeUpUscc(1),
  '某某有限公司',
  'A-1',
  '销项',
  '2026-01-02',
  '2026-02-02',
  '100',
  '0.5',
  '',
  '说明',
];

export const TODAY = '2026-01-15';

/** A good row with some cells replaced, by column: subject code 0, name 1, then the fields. */
export function rowWith(cells: Readonly<Record<number, string>>): string[] {
  return GOOD_ROW.map((cell, at) => cells[at] ?? cell);
}

/** Reads COPY text format back as PostgreSQL does: null for \N, escapes undone. */
export function parseCopy(bytes: Uint8Array): (string | null)[][] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.slice(0, -1).map((line) => line.split('\t').map(unescapeCell));
}

function unescapeCell(cell: string): string | null {
  if (cell === '\\N') return null;
  return cell.replace(/\\(.)/g, (_, letter: string) => ({ t: '\t', n: '\n', r: '\r' })[letter] ?? letter);
}

/** Small numbers that look random and are the same in every run. */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NASTY = [
  '\0',
  '\t',
  '\n',
  '\r',
  '\\',
  '\\N',
  '\\.',
  '"',
  "'",
  ',',
  ' ',
  '\u3000',
  '\ufeff',
  '\ud800',
  '\udc00',
  '😀',
  '（',
  '９',
  'Ａ',
];

/** Any text: blanks, controls, escapes, halves of surrogate pairs, Chinese, digits and letters. */
export function makeText(random: (below: number) => number): string {
  const units = Array.from({ length: random(24) }, () => {
    const choice = random(4);
    if (choice === 0) return NASTY[random(NASTY.length)] ?? '';
    if (choice === 1) return String.fromCharCode(0x4e00 + random(2000));
    return choice === 2 ? String.fromCharCode(32 + random(95)) : String.fromCharCode(random(0x10000));
  });
  return units.join('');
}

/** A valid 统一社会信用代码 that belongs to nobody: computed from its number. */
export function madeUpUscc(number: number): string {
  const body = `91110000MA${String(number).padStart(7, '0')}`;
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const sum = weights.reduce((total, weight, at) => total + weight * alphabet.indexOf(body.charAt(at)), 0);
  return body + alphabet.charAt((31 - (sum % 31)) % 31);
}
