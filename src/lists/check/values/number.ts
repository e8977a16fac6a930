import { type Decimal, parseDecimal, shift, toScale } from './decimal.ts';
import { condense, isEmptyMeasure, remembering } from './fold.ts';
import { NOTHING, type Reader, type Reading } from './reading.ts';

/** Digits of a numeric column before and after the point together. */
export const DECIMAL_DIGITS_MAX = 24;
/** A bigint holds any number of this many digits. */
const INTEGER_DIGITS_MAX = 18;

/** A decimal number of at most `scale` digits after the point; `unit` (such as % or 平方米) may follow it. */
export function decimalReader(scale: number, unit = ''): Reader {
  return {
    quick: (cell) => quickNumber(cell, scale),
    read: (cell) => readNumber(cell, scale, { unit, digitsMax: DECIMAL_DIGITS_MAX - scale }),
  };
}

/** A whole number; `12.0` is 12, `12.5` is a defect. */
export function integerReader(unit = ''): Reader {
  return {
    quick: (cell) => quickNumber(cell, 0),
    read: (cell) => readNumber(cell, 0, { unit, digitsMax: INTEGER_DIGITS_MAX }),
  };
}

/** Answers at most twelve characters: no leading zero but one before a point, a fraction that needs no rounding, no end in 0. */
function quickNumber(cell: string, scale: number): string | undefined {
  const length = cell.length;
  let at = cell.charCodeAt(0) === 45 ? 1 : 0;
  if (length - at > 12 || !isDigit(cell.charCodeAt(at))) return undefined;
  if (cell.charCodeAt(at) === 48 && (at > 0 || (length > 1 && cell.charCodeAt(1) !== 46))) return undefined;
  while (at < length && isDigit(cell.charCodeAt(at))) at += 1;
  if (at === length) return cell;
  if (cell.charCodeAt(at) !== 46 || length - at - 1 > scale || at === length - 1) return undefined;
  for (at += 1; at < length; at += 1) if (!isDigit(cell.charCodeAt(at))) return undefined;
  return cell.charCodeAt(length - 1) === 48 ? undefined : cell;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function readNumber(cell: string, scale: number, limits: { unit: string; digitsMax: number }): Reading {
  const text = condense(cell).replace(/^[−负]/, '-');
  if (isEmptyMeasure(text)) return NOTHING;
  const number = parseDecimal(withoutUnit(text, limits.unit)) ?? parsePercent(text);
  if (number === null) return { defect: 'number_unreadable' };
  if (scale === 0 && /[1-9]/.test(number.fraction)) return { defect: 'number_unreadable' };
  if (number.whole.replace(/^0+/, '').length > limits.digitsMax) return { defect: 'number_too_large' };
  return { value: toScale(number, scale), changed: !isPlainSpelling(cell.trim(), scale) };
}

function withoutUnit(text: string, unit: string): string {
  const folded = condense(unit);
  return folded !== '' && text.endsWith(folded) ? text.slice(0, -folded.length) : text;
}

/** `12.5%` in a field that is not counted in percent is the number 0.125. */
function parsePercent(text: string): Decimal | null {
  const number = text.endsWith('%') ? parseDecimal(text.slice(0, -1)) : null;
  return number === null ? null : shift(number, -2);
}

/** Leading zeros before a point and zeros at the end say nothing more, so such a spelling needs no original. */
function isPlainSpelling(trimmed: string, scale: number): boolean {
  const plain = /^-?(?:0|[1-9]\d*)(?:\.(\d+?)0*)?$/.exec(trimmed);
  return plain !== null && (plain[1] ?? '').replace(/0+$/, '').length <= scale;
}

const TRUE_WORDS: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', '1', '是', '有', '√', '对', '已']);
const FALSE_WORDS: ReadonlySet<string> = new Set([
  'false',
  'f',
  'no',
  'n',
  '0',
  '否',
  '无',
  '×',
  '错',
  '未',
  '没有',
]);
const PLAIN_BOOLEANS: ReadonlyMap<string, string> = new Map([
  ['是', 'true'],
  ['否', 'false'],
  ['true', 'true'],
  ['false', 'false'],
]);

/** Yes or no, as `true` or `false`; 无 means no here, not an empty cell. */
export function booleanReader(): Reader {
  return { quick: (cell) => PLAIN_BOOLEANS.get(cell), read: remembering(readBoolean) };
}

function readBoolean(cell: string): Reading {
  const word = condense(cell).toLowerCase();
  const changed = !PLAIN_BOOLEANS.has(cell.trim());
  if (TRUE_WORDS.has(word)) return { value: 'true', changed };
  if (FALSE_WORDS.has(word)) return { value: 'false', changed };
  return isEmptyMeasure(cell.trim()) ? NOTHING : { defect: 'boolean_unreadable' };
}
