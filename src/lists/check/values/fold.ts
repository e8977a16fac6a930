import type { Reading } from './reading.ts';

const FULL_WIDTH = /[\uff01-\uff5e\u3000]/;
const FULL_WIDTH_ALL = /[\uff01-\uff5e\u3000]/g;

/** Full-width forms of ASCII (U+FF01 to U+FF5E) and the ideographic blank to their half-width characters. */
export function toHalfWidth(text: string): string {
  return FULL_WIDTH.test(text) ? text.replace(FULL_WIDTH_ALL, halfWidthOf) : text;
}

function halfWidthOf(char: string): string {
  return char === '\u3000' ? ' ' : String.fromCharCode(char.charCodeAt(0) - 0xfee0);
}

/** Half-width, without any blank and without characters that show nothing: the form in which codes, dates, numbers are read. */
export function condense(text: string): string {
  return toHalfWidth(text).replace(/[\s\p{Cc}\u200b-\u200f\u2060\ufeff]+/gu, '');
}

/** Spellings that departments use for "no value"; the mapping of a provider can add its own. */
const EMPTY_WORDS: ReadonlySet<string> = new Set([
  '',
  ...words('- -- --- — —— － / \\ \\N 空 (空) （空） <空>'),
  ...words('N/A n/a #N/A NULL null Null (null) None none NaN nan nil'),
]);

/** In free text these words are an answer; in a number, a date or a code they are the absence of one. */
const EMPTY_IN_MEASURES: ReadonlySet<string> = new Set(['无', '暂无', '没有']);

const EMPTY_CHARACTERS_MAX = 6;

function words(text: string): string[] {
  return text.split(' ');
}

export function isEmptyText(trimmed: string): boolean {
  return trimmed.length <= EMPTY_CHARACTERS_MAX && EMPTY_WORDS.has(trimmed);
}

export function isEmptyMeasure(trimmed: string): boolean {
  return (
    trimmed.length <= EMPTY_CHARACTERS_MAX && (EMPTY_WORDS.has(trimmed) || EMPTY_IN_MEASURES.has(trimmed))
  );
}

/** What PostgreSQL can hold as text: no NUL, no half of a surrogate pair. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
}

const REMEMBERED_MAX = 4096;

/** Remembers what repeated spellings mean: columns of dates, codes and flags have few different cells. */
export function remembering(read: (cell: string) => Reading): (cell: string) => Reading {
  const known = new Map<string, Reading>();
  return (cell) => {
    const before = known.get(cell);
    if (before !== undefined) return before;
    const reading = read(cell);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(cell, reading);
    return reading;
  };
}
