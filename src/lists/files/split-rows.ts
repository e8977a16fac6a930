import { LIMITS } from '#kernel';
import { BLANK_ROW, breakRow, type RawRow, UNDECODED } from './rows.ts';

export type Delimiter = ',' | '\t' | ';' | '|';
export type LineEnd = '\n' | '\r';

/** `lines`: whole lines with their ends. `overlong`: the beginning of one line that was too long to be kept. */
export type TextBlock = { kind: 'lines' | 'overlong'; text: string };

/** Text in, rows out. Blank lines come as blank rows, so that physical rows can be counted. */
export type RowSplitter = {
  push(block: TextBlock, rows: RawRow[]): void;
  /** No more text: what still waits for its closing quote will not get it. */
  end(rows: RawRow[]): void;
};

/** Text that starts with a row, and how to read it. */
type Passage = {
  readonly text: string;
  readonly delimiter: Delimiter;
  readonly lineEnd: LineEnd;
  /** No text follows: a quote that waits is a quote that is not closed. */
  readonly isLast: boolean;
  /** Holds NUL or undecodable bytes somewhere, so that each row must be looked at. */
  readonly isSuspect: boolean;
};

/** A quoted cell with more lines than this is a quote that somebody forgot to close. */
const QUOTED_LINES_MAX = 1000;

const QUOTE_CODE = 0x22;
const RETURN_CODE = 0x0d;

/** Answers of `findClose` that are no position. */
const WAITS = -1;
const NEVER = -2;

/**
 * Splits delimited text (RFC 4180). Lines without quotes take the fast way. A quote that is not closed costs its own
 * line and no other: reading goes on with the next line.
 */
export function createRowSplitter(delimiter: Delimiter, lineEnd: LineEnd): RowSplitter {
  let waiting = '';
  const split = (text: string, isLast: boolean, rows: RawRow[]): void => {
    const isSuspect = text.includes('\0') || text.includes(UNDECODED);
    const undecided = splitPassage({ text, delimiter, lineEnd, isLast, isSuspect }, rows);
    waiting = text.slice(undecided);
  };
  return {
    push({ kind, text }, rows) {
      if (kind === 'lines') return split(waiting + text, false, rows);
      split(waiting, true, rows);
      rows.push(breakRow('row_too_long', text));
    },
    end: (rows) => split(waiting, true, rows),
  };
}

/** Returns where the first row begins that needs more text to be decided; the length of the text when none does. */
function splitPassage(passage: Passage, rows: RawRow[]): number {
  const { text, lineEnd } = passage;
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const plainEnd = quote === -1 ? text.length : text.lastIndexOf(lineEnd, quote) + 1;
    if (plainEnd > at) splitPlain(passage, at, plainEnd, rows);
    if (quote === -1) break;
    const next = splitQuoted(passage, plainEnd, rows);
    if (next === WAITS) return plainEnd;
    at = next;
  }
  return text.length;
}

/** Whole lines without any quote. Cell ends are searched by the engine's own scan, once over the passage. */
function splitPlain(passage: Passage, start: number, stop: number, rows: RawRow[]): void {
  const { text, delimiter, lineEnd } = passage;
  let cut = text.indexOf(delimiter, start);
  for (let at = start; at < stop; ) {
    const found = text.indexOf(lineEnd, at);
    const next = found === -1 ? stop : found + 1;
    const end = endWithoutReturn(text, at, found === -1 ? stop : found);
    const fault = faultOf(passage, at, end);
    const row: string[] = fault === undefined && end > at ? [] : BLANK_ROW;
    if (row !== BLANK_ROW) {
      let from = at;
      for (; cut !== -1 && cut < end; cut = text.indexOf(delimiter, from)) {
        row.push(text.slice(from, cut));
        from = cut + 1;
      }
      row.push(text.slice(from, end));
    } else if (cut !== -1 && cut < next) cut = text.indexOf(delimiter, next);
    rows.push(fault ?? row);
    at = next;
  }
}

/** One row with a quote somewhere in its first line. Returns where the next row begins, or WAITS. */
function splitQuoted(passage: Passage, start: number, rows: RawRow[]): number {
  const { text, delimiter } = passage;
  const row: string[] = [];
  for (let at = start; ; ) {
    let end: number;
    if (text.charCodeAt(at) === QUOTE_CODE) {
      const close = findClose(passage, at);
      if (close === WAITS) return WAITS;
      if (close === NEVER) return breakLine(passage, start, rows);
      const cell = text.slice(at + 1, close);
      row.push(cell.includes('""') ? cell.replaceAll('""', '"') : cell);
      end = skipBlanks(passage, close + 1);
    } else {
      end = findCellEnd(passage, at);
      row.push(text.slice(at, text.startsWith(delimiter, end) ? end : endWithoutReturn(text, at, end)));
    }
    if (!text.startsWith(delimiter, end)) {
      rows.push(faultOf(passage, start, end) ?? row);
      return endOfLine(passage, end);
    }
    at = end + 1;
  }
}

/**
 * The quote that closes the cell: one before a delimiter or line end. A stray quote inside the first line is taken as
 * it stands (`"北京"某某"公司"`); after a line end it is proof that this cell was never closed, and what it would
 * have swallowed are rows.
 */
function findClose(passage: Passage, open: number): number {
  const { text, isLast } = passage;
  for (let from = open + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return isLast || isBeyond(passage, open, text.length) ? NEVER : WAITS;
    if (text.charCodeAt(quote + 1) === QUOTE_CODE) {
      from = quote + 2;
      continue;
    }
    if (isCellEnd(passage, skipBlanks(passage, quote + 1))) {
      return isBeyond(passage, open, quote) && endOfLine(passage, open) <= quote ? NEVER : quote;
    }
    if (endOfLine(passage, open) <= quote) return NEVER;
    from = quote + 1;
  }
}

function breakLine(passage: Passage, start: number, rows: RawRow[]): number {
  const next = endOfLine(passage, start);
  rows.push(breakRow('quote_not_closed', passage.text.slice(start, next)));
  return next;
}

function faultOf({ text, isSuspect }: Passage, start: number, end: number): RawRow | undefined {
  if (end - start > LIMITS.rowCharactersMax) return breakRow('row_too_long', text.slice(start, end));
  if (!isSuspect) return undefined;
  const row = text.slice(start, end);
  if (row.includes(UNDECODED)) return breakRow('bad_encoding', row);
  return row.includes('\0') ? breakRow('nul_byte', row) : undefined;
}

function isBeyond({ text, lineEnd }: Passage, start: number, end: number): boolean {
  if (end - start > LIMITS.rowCharactersMax) return true;
  if (end - start <= QUOTED_LINES_MAX) return false;
  let lines = 0;
  for (let at = text.indexOf(lineEnd, start); at !== -1 && at < end; at = text.indexOf(lineEnd, at + 1)) {
    lines += 1;
    if (lines > QUOTED_LINES_MAX) return true;
  }
  return false;
}

function findCellEnd({ text, delimiter, lineEnd }: Passage, start: number): number {
  const delimiterCode = delimiter.charCodeAt(0);
  const lineEndCode = lineEnd.charCodeAt(0);
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === delimiterCode || code === lineEndCode) return at;
  }
  return text.length;
}

function isCellEnd({ text, delimiter, lineEnd }: Passage, at: number): boolean {
  if (at >= text.length || text.startsWith(delimiter, at) || text.startsWith(lineEnd, at)) return true;
  return text.charCodeAt(at) === RETURN_CODE && (at + 1 === text.length || text.startsWith(lineEnd, at + 1));
}

function endOfLine({ text, lineEnd }: Passage, at: number): number {
  const found = text.indexOf(lineEnd, at);
  return found === -1 ? text.length : found + 1;
}

function endWithoutReturn(text: string, start: number, end: number): number {
  return end > start && text.charCodeAt(end - 1) === RETURN_CODE ? end - 1 : end;
}

/** Blanks between a closing quote and the delimiter, which some exports write. */
function skipBlanks({ text, delimiter }: Passage, start: number): number {
  let at = start;
  while (text.startsWith(' ', at) || (delimiter !== '\t' && text.startsWith('\t', at))) at += 1;
  return at;
}
