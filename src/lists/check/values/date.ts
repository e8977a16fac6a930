import type { DefectCode } from '../defects.ts';
import { condense, isEmptyMeasure, remembering, toHalfWidth } from './fold.ts';
import { NOTHING, type Reader, type Reading, understood } from './reading.ts';

/** Facts older or later than this are slips of the keyboard; the oldest firms on record are of the 1600s. */
const YEAR_MIN = 1600;
const YEAR_MAX = 2199;
/** The year that files write for "no end". */
const OPEN_YEAR = 9999;
const OPEN_WORDS: ReadonlySet<string> = new Set([
  '长期',
  '永久',
  '长期有效',
  '永久有效',
  '无固定期限',
  '无限期',
  '不约定期限',
]);

/** A calendar date as `YYYY-MM-DD`, or `infinity` for "no end" where the field allows it. */
export function dateReader(openEnded: boolean): Reader {
  return { quick: quickDate, read: remembering((cell) => readDate(cell, openEnded)) };
}

/** A month, kept as its first day `YYYY-MM-01`. */
export function monthReader(): Reader {
  return { quick: () => undefined, read: remembering(readMonth) };
}

/** A year as four digits. */
export function yearReader(): Reader {
  return { quick: quickYear, read: remembering(readYear) };
}

/** An instant as `YYYY-MM-DD HH:mm:ss[.fff]` with its offset; files that name no zone mean Beijing time. */
export function timestampReader(): Reader {
  return { quick: () => undefined, read: readTimestamp };
}

function quickDate(cell: string): string | undefined {
  if (cell.length !== 10 || cell.charCodeAt(4) !== 45 || cell.charCodeAt(7) !== 45) return undefined;
  const year = digitsAt(cell, 0, 4);
  const month = digitsAt(cell, 5, 2);
  const day = digitsAt(cell, 8, 2);
  if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || day < 1) return undefined;
  return day <= 28 || day <= daysIn(year, month) ? (month <= 12 ? cell : undefined) : undefined;
}

/** The digits as a number, or -1 when another character stands among them. */
function digitsAt(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

const CLOCK = String.raw`(?:[ T]*\d{1,2}(?::|时)\d{1,2}(?:(?::|分)\d{1,2}(?:\.\d{1,9})?秒?)?分?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?)?`;
const DATE = new RegExp(String.raw`^(\d{1,6})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?${CLOCK}$`);
const DATE_DIGITS = /^(\d{4})(\d{2})(\d{2})$/;

function readDate(cell: string, openEnded: boolean): Reading {
  const text = squeeze(cell);
  if (isEmptyMeasure(text)) return NOTHING;
  if (OPEN_WORDS.has(text) || text === 'infinity') return openEnd(openEnded);
  const parts = DATE.exec(text) ?? DATE_DIGITS.exec(text);
  if (parts === null) return { defect: 'date_unreadable' };
  const [year, month, day] =
    parts.length === 5 ? [parts[1], parts[3], parts[4]] : [parts[1], parts[2], parts[3]];
  if (Number(year) === OPEN_YEAR && isDay(OPEN_YEAR, Number(month), Number(day))) return openEnd(openEnded);
  const defect = dateDefect(Number(year), Number(month), Number(day));
  return defect === null ? understood(isoDate(year, month, day), cell) : { defect };
}

function openEnd(openEnded: boolean): Reading {
  return openEnded ? { value: 'infinity', changed: true } : { defect: 'date_open_ended' };
}

function dateDefect(year: number, month: number, day: number): DefectCode | null {
  if (year < YEAR_MIN || year > YEAR_MAX) return 'date_out_of_range';
  return isDay(year, month, day) ? null : 'date_impossible';
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function isoDate(year = '', month = '', day = ''): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

const MONTH = /^(\d{1,6})(?:[-/.年](\d{1,2})月?份?|(\d{2}))$/;

function readMonth(cell: string): Reading {
  const text = condense(cell);
  if (isEmptyMeasure(text)) return NOTHING;
  const parts = /^\d{6}$/.test(text) ? [text, text.slice(0, 4), text.slice(4)] : MONTH.exec(text);
  if (parts === null) return readDayOfMonth(cell);
  const [, year = '', month = ''] = parts;
  const defect = dateDefect(Number(year), Number(month), 1);
  if (defect !== null) return { defect };
  const value = isoDate(year, month, '01');
  // 2026-01 and 2026-01-01 say the same month, so the plain spelling needs no original.
  return { value, changed: cell.trim() !== value && cell.trim() !== value.slice(0, 7) };
}

function readDayOfMonth(cell: string): Reading {
  const day = readDate(cell, false);
  return 'defect' in day ? day : understood(`${day.value.slice(0, 7)}-01`, cell);
}

function quickYear(cell: string): string | undefined {
  if (cell.length !== 4) return undefined;
  const year = digitsAt(cell, 0, 4);
  return year >= YEAR_MIN && year <= YEAR_MAX ? cell : undefined;
}

function readYear(cell: string): Reading {
  const text = condense(cell);
  if (isEmptyMeasure(text)) return NOTHING;
  const year = /^(\d{1,6})(?:\.0+)?年?度?$/.exec(text)?.[1];
  if (year === undefined) return { defect: 'date_unreadable' };
  const defect = dateDefect(Number(year), 1, 1);
  return defect === null ? understood(year, cell) : { defect };
}

const INSTANT =
  /^(.+?)(?:[ T]+|(?<=日))(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(\.\d{1,9})?秒?)?分? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

function readTimestamp(cell: string): Reading {
  const text = squeeze(cell);
  if (isEmptyMeasure(text)) return NOTHING;
  const digits = /^(\d{8})(\d{2})(\d{2})(\d{2})$/.exec(text);
  const parts = digits ?? INSTANT.exec(text) ?? [text, text, '0', '0'];
  const [, date = '', hour = '', minute = '', second = '0', fraction = '', zone] = parts;
  const day = readDate(date, false);
  if ('defect' in day) return day;
  if (day.value === '') return { defect: 'date_unreadable' };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return { defect: 'time_impossible' };
  const time = [hour, minute, second].map((part) => part.padStart(2, '0')).join(':');
  const value = `${day.value} ${time}${fraction.slice(0, 7)}${isoOffset(zone)}`;
  return { value, changed: value !== cell.trim() && `${cell.trim()}+08` !== value };
}

function isoOffset(zone: string | undefined): string {
  if (zone === undefined || zone === '') return '+08';
  if (zone === 'Z') return '+00';
  return zone.length > 3 ? zone.replace(/:?00$/, '') : zone;
}

/** Half-width and without blanks around separators, but with the blank between date and time. */
function squeeze(cell: string): string {
  return toHalfWidth(cell)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/ ?([-/.年月:时分]) ?/g, '$1')
    .replace(' 日', '日')
    .trim();
}
