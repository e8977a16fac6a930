import { condense, isEmptyMeasure, toHalfWidth } from './fold.ts';
import { NOTHING, type Reader, type Reading } from './reading.ts';

/*
 * Identifiers of natural persons are masked before anything else sees them (个人信息保护法 article 6, least collection).
 * Readings of these kinds never ask for the original to be kept, and what quarantine keeps of a row passes `maskPersonal`.
 */

/** An identity document: first six and last four stay. Shorter documents keep two at each end. */
export function idNumberReader(): Reader {
  return { quick: () => undefined, read: readIdNumber };
}

/** One or several telephone numbers: first three and last four stay. */
export function phoneReader(): Reader {
  return { quick: () => undefined, read: readPhone };
}

const MASKED_ID = /^[0-9A-Z]{2,6}\*{2,24}[0-9A-Z]{2,4}$/;

function readIdNumber(cell: string): Reading {
  const text = condense(cell).toUpperCase();
  if (isEmptyMeasure(text)) return NOTHING;
  if (MASKED_ID.test(text)) return { value: text, changed: false };
  const plain = text.replace(/[-()]/g, '');
  if (!/^[0-9A-Z]{6,30}$/.test(plain) || !/\d{4}/.test(plain)) return { defect: 'id_number_unreadable' };
  return { value: maskIdNumber(plain), changed: false };
}

/** `110101********1234`; the same for any document of fourteen characters and more. */
export function maskIdNumber(text: string): string {
  if (MASKED_ID.test(text)) return text;
  const isLong = text.length >= 14;
  const head = isLong ? 6 : 2;
  const tail = isLong ? 4 : 2;
  return text.slice(0, head) + '*'.repeat(Math.max(text.length - head - tail, 2)) + text.slice(-tail);
}

const PHONE =
  /^(?:\+?86-?)?(1[3-9]\d-?\d{4}-?\d{4}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4}|\d{7,8})(?:[-转#]\d{1,6})?$/;
const FOREIGN_PHONE = /^(?:\+|00)\d{8,15}$/;
const MASKED_PHONE = /^\d{0,3}\*{4}\d{4}$/;
const PHONES_MAX = 5;

function readPhone(cell: string): Reading {
  const text = toHalfWidth(cell).trim();
  if (isEmptyMeasure(text)) return NOTHING;
  const parts = text.split(/[,;/、，；]/).map((part) => part.replace(/[\s()]/g, ''));
  const numbers = parts.filter((part) => part !== '');
  if (numbers.length === 0 || numbers.length > PHONES_MAX) return { defect: 'phone_unreadable' };
  const masked: string[] = [];
  for (const number of numbers) {
    const digits = MASKED_PHONE.test(number) ? number : maskPhone(number);
    if (digits === null) return { defect: 'phone_unreadable' };
    masked.push(digits);
  }
  return { value: masked.join(';'), changed: false };
}

function maskPhone(number: string): string | null {
  const known = PHONE.exec(number)?.[1] ?? (FOREIGN_PHONE.test(number) ? number.replace('+', '') : undefined);
  if (known === undefined) return null;
  const digits = known.replaceAll('-', '');
  return digits.length < 10 ? `****${digits.slice(-4)}` : `${digits.slice(0, 3)}****${digits.slice(-4)}`;
}

const ID_SHAPE = /^[A-Z]?(\d{17}[\dX]|\d{15})(?:\d{2})?$/;
/** GB/T 2260: the first two digits of every province, region and municipality. */
const PROVINCES: ReadonlySet<string> = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(
    ' ',
  ),
);

/**
 * True for a resident identity number by its shape (GB 11643: province, birth date), also with the letter before or the two
 * digits after it that tax numbers of sole traders carried, and for one that is masked already.
 */
export function isIdCardShaped(code: string): boolean {
  if (code.length < 15 || code.length > 21) return false;
  if (code.includes('*')) return /^[A-Z]?\d{5,6}\*{2,}[0-9X]{4}$/.test(code);
  const number = ID_SHAPE.exec(code)?.[1];
  if (number === undefined || !PROVINCES.has(number.slice(0, 2))) return false;
  return isBirthDate(number.length === 18 ? number.slice(6, 14) : `19${number.slice(6, 12)}`);
}

function isBirthDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  return year >= 1900 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

const ID_RUN = /(?<![0-9A-Za-z])[A-Za-z]?\d{14,19}[\dXx](?![0-9A-Za-z])/g;
const MOBILE_RUN = /(?<!\d)(?:\+?86-?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)/g;

/** Masks whatever in a text has the shape of an identity number. */
export function maskIdRuns(text: string): string {
  return text.replace(ID_RUN, (run) => {
    const code = run.toUpperCase();
    return isIdCardShaped(code) ? maskIdNumber(code) : run;
  });
}

/** Masks identity numbers and mobile numbers anywhere in a text: for rows whose columns cannot be trusted. */
export function maskPersonal(text: string): string {
  const half = /[０-９]/.test(text) ? text.replace(/[０-９]/g, toHalfWidth) : text;
  return maskIdRuns(half).replace(MOBILE_RUN, (run) => {
    const digits = run.replace(/\D/g, '').slice(-11);
    return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
  });
}

/** Hides a cell of a masked column that could not be read: its length stays, its characters do not. */
export function hideCell(cell: string): string {
  const text = condense(cell).toUpperCase();
  if (MASKED_ID.test(text) || MASKED_PHONE.test(text)) return text;
  return '*'.repeat(Math.min(cell.length, 32));
}
