/** What a number format makes of a number. `digits`: codes kept as numbers and shown with leading zeros. */
export type NumberShape =
  | { kind: 'number' }
  | { kind: 'date' | 'moment' | 'time' }
  | { kind: 'digits'; length: number };

const NUMBER: NumberShape = { kind: 'number' };

/** Built-in formats that show dates or times, ISO/IEC 29500-1 §18.8.30, with those that Chinese Excel adds. */
const BUILT_IN: readonly (readonly [number, number, 'date' | 'moment' | 'time'])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'moment'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
];

/** The shape that a number format gives; `code` is the workbook's own format of that id, if it has one. */
export function shapeOfFormat(id: number, code: string | undefined): NumberShape {
  if (code !== undefined) return shapeOfCode(code);
  const found = BUILT_IN.find(([from, to]) => id >= from && id <= to);
  return found === undefined ? NUMBER : { kind: found[2] };
}

/** Only the first section counts: the others are for negative numbers, zero and text. */
function shapeOfCode(code: string): NumberShape {
  const bare = code
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?![hms]+\])[^\]]*\]/gi, '')
    .replace(/AM\/PM|A\/P|上午\/下午|General|G\/通用格式/gi, '')
    .split(';', 1)
    .join('')
    .toLowerCase();
  if (/^0{2,}$/.test(bare)) return { kind: 'digits', length: bare.length };
  const hasTime = /[hs]|\[m/.test(bare);
  const hasYear = /[yd]/.test(bare) || (bare.includes('e') && !/[0#?]/.test(bare));
  if (hasYear || (bare.includes('m') && !hasTime)) return { kind: hasTime ? 'moment' : 'date' };
  return hasTime ? { kind: 'time' } : NUMBER;
}

/** The text of a numeric cell: `YYYY-MM-DD`, `YYYY-MM-DD HH:mm:ss`, `HH:mm:ss`, or the number without float noise. */
export function formatNumber(written: string, shape: NumberShape, is1904: boolean): string {
  switch (shape.kind) {
    case 'number':
      return plainNumber(written);
    case 'digits':
      return /^\d+$/.test(written) ? written.padStart(shape.length, '0') : plainNumber(written);
    default:
      return formatSerial(Number(written), shape.kind, is1904) ?? plainNumber(written);
  }
}

const DAY_MS = 86_400_000;
const EPOCH_1900_MS = Date.UTC(1899, 11, 30);
const EPOCH_1904_MS = Date.UTC(1904, 0, 1);
const LAST_MS = Date.UTC(9999, 11, 31) + DAY_MS;

/**
 * Days since the workbook's epoch. The 1900 system counts a 29 February 1900 that never was, so that earlier days lie
 * one further; that day itself is given as it is shown and refused later as a date.
 */
function formatSerial(serial: number, kind: 'date' | 'moment' | 'time', is1904: boolean): string | undefined {
  if (!Number.isFinite(serial) || serial < 0) return undefined;
  const seconds = Math.round(serial * 86_400);
  if (kind === 'time') return clockOf(seconds);
  const days = Math.floor(seconds / 86_400);
  if (days === 0 && !is1904) return undefined;
  const day = dayOf(days, is1904);
  if (day === undefined || kind === 'date') return day;
  return `${day} ${clockOf(seconds % 86_400)}`;
}

function dayOf(days: number, is1904: boolean): string | undefined {
  if (!is1904 && days === 60) return '1900-02-29';
  const shift = !is1904 && days < 60 ? 1 : 0;
  const ms = (is1904 ? EPOCH_1904_MS : EPOCH_1900_MS) + (days + shift) * DAY_MS;
  return ms < LAST_MS ? new Date(ms).toISOString().slice(0, 10) : undefined;
}

function clockOf(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** 15 significant digits, which is what spreadsheets keep and show; never an exponent, never `0.30000000000000004`. */
export function plainNumber(written: string): string {
  if (/^-?\d{1,15}$/.test(written) || /^-?\d{1,9}\.\d{1,5}$/.test(written)) return written;
  const value = Number(written);
  if (written.trim() === '' || !Number.isFinite(value)) return written;
  const [mantissa = '', exponent = '0'] = value.toExponential(14).split('e');
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '');
  return digits === '' ? '0' : (value < 0 ? '-' : '') + placePoint(digits, Number(exponent));
}

/** `digits` with the point after the first one, moved by `exponent` places. */
function placePoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** An ISO 8601 cell (`t="d"`): the date alone when the time is midnight. */
export function formatIsoCell(written: string): string {
  return written
    .replace(/T00:00:00(\.0+)?Z?$/, '')
    .replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z?$/, '$1 $2');
}

/** Spreadsheets write characters that XML cannot hold as `_x000D_`, and a true `_x` as `_x005F_x`. */
export function unescapeCell(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
