import type { CodeTable } from '../../contract/code-table.ts';
import { parseDecimal, shift, toScale } from './decimal.ts';
import { condense, isEmptyMeasure } from './fold.ts';
import { NOTHING, type Reader, type Reading } from './reading.ts';

export type MoneyRules = {
  /** `CNY` refuses other currencies; `any` keeps the currency beside the amount. */
  readonly currency: 'CNY' | 'any';
  /** Unit of a plain number, from the field or from the column's header (万元); yuan when absent. */
  readonly unit?: string | undefined;
  /** The code table `currency`: names and further spellings of the currencies. */
  readonly currencies: CodeTable;
};

/** ISO 4217: currencies without a minor unit; all others of the code table have hundredths. */
const WHOLE_CURRENCIES: ReadonlySet<string> = new Set(['JPY', 'KRW', 'VND']);

/** Digits after the point of a currency's amounts: 2 for CNY (fen), 0 for JPY. */
export function minorDigitsOf(currency: string): number {
  return WHOLE_CURRENCIES.has(currency) ? 0 : 2;
}

/**
 * An amount as an integer number of minor units (fen), decimal text.
 * Digits beyond the minor unit are rounded half away from zero and the original is kept.
 */
export function moneyReader(rules: MoneyRules): Reader {
  const words = wordsOf(rules.currencies);
  const unit = readUnit(condense(rules.unit ?? '').split('/')[0] ?? '', words);
  if (unit === null) throw new TypeError(`no unit of money: ${rules.unit}`);
  const isYuan = unit.places === 0 && (unit.currency ?? 'CNY') === 'CNY';
  return {
    quick: (cell) => (isYuan ? quickYuan(cell) : undefined),
    read: (cell) => readMoney(cell, rules, { words, unit }),
  };
}

/** True when the text is a unit of money such as 万元: used for units that stand in a column's header. */
export function isMoneyUnit(text: string, currencies: CodeTable): boolean {
  return text !== '' && readUnit(condense(text), wordsOf(currencies)) !== null;
}

/** Answers `-?[1-9][0-9]{0,12}` with at most two digits after the point. */
function quickYuan(cell: string): string | undefined {
  const length = cell.length;
  let at = cell.charCodeAt(0) === 45 ? 1 : 0;
  const first = cell.charCodeAt(at);
  if (first === 48) return length === 1 || cell === '0.0' || cell === '0.00' ? '0' : undefined;
  if (!isDigit(first) || length > 16) return undefined;
  while (at < length && isDigit(cell.charCodeAt(at))) at += 1;
  if (at === length) return at > 13 ? undefined : `${cell}00`;
  if (cell.charCodeAt(at) !== 46 || at > 13) return undefined;
  const fraction = length - at - 1;
  if (fraction === 2 && isDigit(cell.charCodeAt(at + 1)) && isDigit(cell.charCodeAt(at + 2))) {
    return cell.slice(0, at) + cell.slice(at + 1);
  }
  if (fraction === 1 && isDigit(cell.charCodeAt(at + 1))) return `${cell.slice(0, at)}${cell.slice(at + 1)}0`;
  return undefined;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

/** What stands around the digits: a power of ten and a currency, each at most once. */
type Unit = { readonly places: number; readonly currency: string | undefined };
type Words = ReadonlyMap<string, { places?: number; currency?: string }>;
type Meaning = { words: Words; unit: Unit };

const AMOUNT_DIGITS_MAX = 18;
const AMOUNT = /^([+-]?)([^\d.+-]*?)([+-]?[\d,]*\.?\d*(?:[eE][+-]?\d{1,2})?)([^\d]*)$/;

/** A cell that names no unit of its own (`100`, `100人民币`) is counted in the unit of its column. */
const SAYS_UNIT = /[元圆块百千仟万萬亿億]/;

function readMoney(cell: string, rules: MoneyRules, meaning: Meaning): Reading {
  const text = condense(cell).replace(/[−﹣]/g, '-').replace(/^负/, '-').replaceAll('，', ',');
  if (isEmptyMeasure(text)) return NOTHING;
  const inBrackets = /^\(([^()]*\d[^()]*)\)$/.exec(text)?.[1];
  const parts = AMOUNT.exec(inBrackets ?? text);
  if (parts === null) return { defect: 'amount_unreadable' };
  const [, sign = '', before = '', digits = '', after = ''] = parts;
  const stated = readUnit(before + after, meaning.words);
  const number = parseDecimal(inBrackets === undefined ? sign + digits : negated(sign + digits));
  if (stated === null || number === null) return { defect: 'amount_unreadable' };
  const currency = stated.currency ?? meaning.unit.currency ?? 'CNY';
  if (currency !== 'CNY' && rules.currency === 'CNY') return { defect: 'amount_currency' };
  const places = SAYS_UNIT.test(before + after) ? stated.places : meaning.unit.places;
  const minor = shift(number, places + minorDigitsOf(currency));
  if (minor.whole.replace(/^0+/, '').length > AMOUNT_DIGITS_MAX) return { defect: 'amount_too_large' };
  const changed = !isPlainAmount(cell.trim()) || /[1-9]/.test(minor.fraction);
  return { value: toScale(minor, 0), changed, currency };
}

function negated(digits: string): string {
  return digits.startsWith('-') ? digits.slice(1) : `-${digits.replace(/^\+/, '')}`;
}

/** A plain number differs from the stored amount by its unit only, which the field states: no original needed. */
function isPlainAmount(trimmed: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(trimmed);
}

/** Reads words such as 万元人民币, (万美元), 人民币; null when a word is unknown or stands twice. */
function readUnit(text: string, words: Words): Unit | null {
  let rest = text.replace(/[()[\]【】:]/g, '');
  let places: number | undefined;
  let currency: string | undefined;
  while (rest !== '') {
    const word = longestWord(rest, words);
    if (word === null) return null;
    const found = words.get(word);
    if (found?.places !== undefined && places !== undefined) return null;
    if (found?.currency !== undefined && currency !== undefined && currency !== found.currency) return null;
    places ??= found?.places;
    currency ??= found?.currency;
    rest = rest.slice(word.length);
  }
  return { places: places ?? 0, currency };
}

const WORD_CHARACTERS_MAX = 12;

function longestWord(text: string, words: Words): string | null {
  for (let length = Math.min(text.length, WORD_CHARACTERS_MAX); length > 0; length -= 1) {
    const word = text.slice(0, length);
    if (words.has(word)) return word;
  }
  return null;
}

const SCALES: readonly (readonly [string, number])[] = [
  ...([
    ['百', 2],
    ['千', 3],
    ['仟', 3],
    ['万', 4],
    ['萬', 4],
    ['十万', 5],
    ['百万', 6],
  ] as const),
  ...([
    ['千万', 7],
    ['亿', 8],
    ['億', 8],
    ['十亿', 9],
    ['百亿', 10],
    ['万亿', 12],
  ] as const),
];
/** Words that say neither a power of ten nor which currency. */
const FILLERS = ['元', '圆', '块', '整', '正', '钱'];
const SIGNS: readonly (readonly [string, string])[] = [
  ...([
    ['¥', 'CNY'],
    ['￥', 'CNY'],
    ['$', 'USD'],
    ['US$', 'USD'],
    ['HK$', 'HKD'],
    ['€', 'EUR'],
    ['£', 'GBP'],
  ] as const),
];

const wordsByTable = new WeakMap<CodeTable, Words>();

function wordsOf(currencies: CodeTable): Words {
  const known = wordsByTable.get(currencies) ?? listWords(currencies);
  wordsByTable.set(currencies, known);
  return known;
}

function listWords(currencies: CodeTable): Words {
  const words = new Map<string, { places?: number; currency?: string }>();
  for (const [word, places] of SCALES) words.set(word, { places });
  for (const word of FILLERS) words.set(word, {});
  for (const [sign, currency] of SIGNS) words.set(sign, { currency });
  for (const { code, name, aliases = [] } of currencies.values) {
    for (const spelling of [code, name, ...aliases]) {
      if (!/\d/.test(spelling)) words.set(condense(spelling).replace(/[()]/g, ''), { currency: code });
    }
  }
  return words;
}
