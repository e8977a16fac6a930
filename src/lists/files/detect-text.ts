import { isAscii, isUtf8 } from 'node:buffer';
import { LIMITS } from '#kernel';
import { fileRefusal, inEntry } from './file-refusals.ts';
import { isBlankRow, type RawRow } from './rows.ts';
import { createRowSplitter, type Delimiter, type LineEnd } from './split-rows.ts';

export type Encoding = 'utf-8' | 'gb18030';

/** What the first bytes of a text say. `encoding` is absent while every byte is ASCII: both readings agree so far. */
export type TextFacts = { bomBytes: number; encoding: Encoding | undefined; lineEnd: LineEnd };

/** Prefix of a file, and whether it is the whole of it. */
export type Prefix = { bytes: Buffer; isWhole: boolean; entry: string | undefined };

const BOMS = [
  { name: 'UTF-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]), encoding: 'utf-8' },
  { name: 'GB18030', bytes: Buffer.from([0x84, 0x31, 0x95, 0x33]), encoding: 'gb18030' },
  { name: 'UTF-32', bytes: Buffer.from([0xff, 0xfe, 0, 0]), encoding: undefined },
  { name: 'UTF-32', bytes: Buffer.from([0, 0, 0xfe, 0xff]), encoding: undefined },
  { name: 'UTF-16', bytes: Buffer.from([0xff, 0xfe]), encoding: undefined },
  { name: 'UTF-16', bytes: Buffer.from([0xfe, 0xff]), encoding: undefined },
] as const;

/** First bytes of files that people deliver by mistake, and what to call them. */
const STRANGERS: readonly (readonly [string, string])[] = [
  ['\xd0\xcf\x11\xe0', 'Excel 97-2003 (.xls) / password-protected Excel 旧版或加密的 Excel'],
  ['%PDF', 'PDF'],
  ['Rar!', 'RAR'],
  ['7z\xbc\xaf', '7-Zip'],
  ['\x28\xb5\x2f\xfd', 'Zstandard'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
  ['\x89PNG', 'PNG'],
  ['\xff\xd8\xff', 'JPEG'],
  ['SQLite format 3', 'SQLite'],
  ['PAR1', 'Parquet'],
];

/**
 * Says how to read a text, or refuses: another kind of file, UTF-16, an encoding that is neither of ours.
 * A hint decides the encoding unless a byte order mark contradicts it.
 */
export function inspectText(prefix: Prefix, hint: Encoding | undefined): TextFacts {
  if (prefix.bytes.length === 0) throw fileRefusal('file.empty', { entry: inEntry(prefix.entry) });
  const bom = BOMS.find(({ bytes }) => prefix.bytes.subarray(0, bytes.length).equals(bytes));
  if (bom !== undefined && bom.encoding === undefined)
    throw fileRefusal('file.encoding_utf16', { seen: bom.name });
  refuseStrangers(prefix.bytes);
  const bomBytes = bom?.bytes.length ?? 0;
  const lineEnd = findLineEnd(prefix.bytes);
  return { bomBytes, lineEnd, encoding: bom?.encoding ?? hint ?? findEncoding(prefix, lineEnd) };
}

function findEncoding(prefix: Prefix, lineEnd: LineEnd): Encoding | undefined {
  const { encoding, firstBad } = chooseEncoding(wholeLines(prefix, lineEnd), lineEnd);
  if (firstBad !== undefined) {
    throw fileRefusal('file.encoding_unknown', { row: firstBad.row, offset: firstBad.at });
  }
  return encoding;
}

function refuseStrangers(bytes: Buffer): void {
  const head = bytes.toString('latin1', 0, 512);
  const stranger = STRANGERS.find(([magic]) => head.startsWith(magic));
  if (stranger !== undefined) throw fileRefusal('file.unknown_layout', { seen: stranger[1] });
  if (head.slice(257, 262) === 'ustar') throw fileRefusal('file.unknown_layout', { seen: 'tar' });
  if (/^\s*<(\?xml|!doctype|html|head|meta|table|style|workbook)\b/i.test(head.replace('\xef\xbb\xbf', ''))) {
    throw fileRefusal('file.unknown_layout', { seen: 'HTML / XML 网页' });
  }
  const { nulEven, nulOdd, controls } = countControls(bytes);
  const half = bytes.length / 2;
  if (Math.max(nulEven, nulOdd) > half * 0.3 && Math.min(nulEven, nulOdd) < half * 0.05) {
    throw fileRefusal('file.encoding_utf16', { seen: 'UTF-16' });
  }
  if (controls > bytes.length * 0.02 || nulEven + nulOdd > bytes.length * 0.5) {
    throw fileRefusal('file.unknown_layout', { seen: 'binary 二进制数据' });
  }
}

/** NULs by position (UTF-16 without a mark has them on one side) and other controls that no text holds. */
function countControls(bytes: Buffer): { nulEven: number; nulOdd: number; controls: number } {
  const nul = [0, 0];
  let controls = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === 0) nul[i & 1] = (nul[i & 1] ?? 0) + 1;
    else if (byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1a) controls += 1;
  }
  return { nulEven: nul[0] ?? 0, nulOdd: nul[1] ?? 0, controls };
}

/**
 * LF (with or without CR) or CR alone, whichever ends more lines outside quotes: old Excel for Mac ends rows with CR
 * and keeps LF inside cells. None of the bytes looked at can be the second byte of a GB18030 character.
 */
function findLineEnd(bytes: Buffer): LineEnd {
  let isQuoted = false;
  let feeds = 0;
  let returns = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === 0x22) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (byte === 10) feeds += 1;
    else if (byte === 13 && bytes[i + 1] !== 10) returns += 1;
  }
  if (feeds + returns === 0) return bytes.includes(13) && !bytes.includes(10) ? '\r' : '\n';
  return returns > feeds ? '\r' : '\n';
}

function wholeLines({ bytes, isWhole }: Prefix, lineEnd: LineEnd): Buffer {
  return isWhole ? bytes : bytes.subarray(0, bytes.lastIndexOf(lineEnd) + 1);
}

/**
 * UTF-8 if it decodes at least half of the lines that are not ASCII: such lines are practically never valid by chance.
 * Otherwise GB18030 by the same measure. Without `encoding` and `firstBad` there is nothing but ASCII.
 */
export function chooseEncoding(
  bytes: Buffer,
  lineEnd: LineEnd,
): { encoding?: Encoding; firstBad?: { row: number; at: number } } {
  if (isAscii(bytes)) return {};
  if (isUtf8(bytes)) return { encoding: 'utf-8' };
  const lines = linesOf(bytes, lineEnd).filter(({ line }) => !isAscii(line));
  const bad = lines.filter(({ line }) => !isUtf8(line));
  if (bad.length * 2 <= lines.length) return { encoding: 'utf-8' };
  const neither = bad.filter(({ line }) => decodeStrictly(line, 'gb18030') === undefined);
  const [firstBad] = neither;
  return firstBad === undefined || neither.length * 2 <= lines.length
    ? { encoding: 'gb18030' }
    : { firstBad };
}

/** The text, or `undefined` when a byte does not belong. Byte order marks inside are kept as they are. */
export function decodeStrictly(bytes: Buffer, encoding: Encoding): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (encoding === 'utf-8') return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Lines with their ends, 1-based rows and offsets. */
export function linesOf(bytes: Buffer, lineEnd: LineEnd): { line: Buffer; row: number; at: number }[] {
  const lines = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(lineEnd, at);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push({ line: bytes.subarray(at, next), row: lines.length + 1, at });
    at = next;
  }
  return lines;
}

const DELIMITERS: readonly Delimiter[] = [',', '\t', ';', '|'];

/**
 * The delimiter under which the rows agree: share of rows with the most frequent width, and more columns over fewer.
 * The rows decide, the header only adds weight, because a header can be written by hand and wrong.
 */
export function findDelimiter(text: string, lineEnd: LineEnd, headerRow: number | undefined): Delimiter {
  const scores = DELIMITERS.map((delimiter) => ({
    delimiter,
    score: fitOf(text, { delimiter, lineEnd }, headerRow),
  }));
  return scores.reduce((best, other) => (other.score > best.score ? other : best)).delimiter;
}

function fitOf(
  text: string,
  syntax: { delimiter: Delimiter; lineEnd: LineEnd },
  headerRow: number | undefined,
): number {
  const splitter = createRowSplitter(syntax.delimiter, syntax.lineEnd);
  const rows: RawRow[] = [];
  splitter.push({ text, kind: 'lines' }, rows);
  splitter.end(rows);
  const seen = rows.slice(Math.max(0, (headerRow ?? 1) - 1)).filter((row) => !isBlankRow(row));
  const [header, ...data] = seen.map((row) => (Array.isArray(row) ? row.length : 0));
  const widths = headerRow === 0 || data.length === 0 ? [header ?? 0, ...data] : data;
  const { width, share } = commonest(widths);
  return width < 2 ? 0 : share ** 2 * Math.log(width) * (header === width ? 3 : 1);
}

function commonest(widths: readonly number[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
  const [width, count] = [...counts].reduce((best, other) => (other[1] > best[1] ? other : best), [0, 0]);
  return { width, share: count / Math.max(1, widths.length) };
}

/** A header that a reader can stand on: cells, and not more of them than any contract has. */
export function requireHeader(header: RawRow): string[] {
  if (!Array.isArray(header)) throw fileRefusal('file.header_unreadable', { code: header.code });
  if (header.length > LIMITS.headerColumnsMax) {
    throw fileRefusal('file.header_too_wide', {
      columns: header.length,
      columnsMax: LIMITS.headerColumnsMax,
    });
  }
  return header;
}
