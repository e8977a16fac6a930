import { isEmptyMeasure, isEmptyText, storableText, toHalfWidth } from './fold.ts';
import { NOTHING, type Reader, type Reading, understood } from './reading.ts';

/**
 * Free text of at most `charactersMax` characters. Ends are cut, control characters and runs of blanks become one blank,
 * full-width letters, digits and technical signs become half-width. Chinese punctuation （），：；！？ stays: it is right there.
 */
export function textReader(charactersMax: number): Reader {
  return {
    quick: (cell) =>
      cell.length <= charactersMax && isCleanText(cell) && !isEmptyText(cell) ? cell : undefined,
    read: (cell) => readText(cell, charactersMax),
  };
}

function readText(cell: string, charactersMax: number): Reading {
  const value = cleanText(cell);
  if (isEmptyText(value)) return NOTHING;
  if (value.length > charactersMax && countCharacters(value) > charactersMax)
    return { defect: 'text_too_long' };
  return understood(value, cell);
}

/** Characters as PostgreSQL and a person count them: a surrogate pair is one. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A natural person's name: as text, without blanks between Chinese characters. */
export function personReader(charactersMax: number): Reader {
  return {
    quick: (cell) => (cell.length <= 4 && isHan(cell) && !isEmptyMeasure(cell) ? cell : undefined),
    read: (cell) => {
      const value = cleanText(cell).replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
      if (isEmptyMeasure(value)) return NOTHING;
      return value.length > charactersMax ? { defect: 'text_too_long' } : understood(value, cell);
    },
  };
}

/** E-mail address: one @, a domain with a dot, the domain in lower case. */
export function emailReader(charactersMax: number): Reader {
  return { quick: () => undefined, read: (cell) => readEmail(cell, charactersMax) };
}

const EMAIL = /^[^\s@<>()",;:\\]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}$/;

function readEmail(cell: string, charactersMax: number): Reading {
  const value = toHalfWidth(cell).trim();
  if (isEmptyMeasure(value)) return NOTHING;
  const at = value.lastIndexOf('@');
  const address = value.slice(0, at) + value.slice(at).toLowerCase();
  if (address.length > charactersMax || !EMAIL.test(address)) return { defect: 'email_unreadable' };
  return understood(address, cell);
}

/** Fold of free text; applying it twice changes nothing more. */
export function cleanText(cell: string): string {
  if (isCleanText(cell)) return cell;
  return storableText(cell)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g, '')
    .replace(/[０-９Ａ-Ｚａ-ｚ＃％＆＊＋－．／＠＿＝]/g, toHalfWidth)
    .replace(/ {2,}/g, ' ')
    .trim();
}

const BLANK = 0x20;

/** True when the fold would leave the text as it is; errs towards false. One pass, no allocation: this runs for every cell. */
function isCleanText(text: string): boolean {
  let before = BLANK; // so that a leading blank is not clean
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x7f) {
      if (unit <= BLANK && (unit < BLANK || before === BLANK)) return false;
    } else if (!isCleanBeyondAscii(unit)) return false;
    before = unit;
  }
  return before !== BLANK;
}

function isCleanBeyondAscii(unit: number): boolean {
  if (unit >= 0x3001 && unit < 0xd800) return true; // CJK punctuation, ideographs, Hangul
  if (unit === 0xff08 || unit === 0xff09 || unit === 0xff0c || unit === 0xff1a || unit === 0xff1b)
    return true;
  return (
    (unit > 0xa0 && unit < 0x1680) || (unit >= 0x2030 && unit < 0x205f) || (unit >= 0x2010 && unit < 0x2028)
  );
}

function isHan(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x4e00 || unit > 0x9fff) return false;
  }
  return true;
}
