import { fileRefusal } from './file-refusals.ts';
import { BLANK_ROW, breakRow, putBack, type RawRow, UNDECODED } from './rows.ts';
import type { LineEnd, TextBlock } from './split-rows.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** A line that holds an object, or the broken or blank row that stands for it. */
type JsonLine = { line: string; record: JsonRecord } | RawRow;

/** Objects whose keys make the header. */
const HEADER_LINES = 50;

/**
 * Rows of JSON Lines: a cell per key of the header, '' where an object lacks the key or says null. The header is
 * `known`, or the keys of the first 50 objects in order; an object with any other key is a broken row, because a
 * value that no column holds would be lost. Refuses when the first line is no object.
 */
export async function readJsonLines(
  blocks: AsyncIterable<TextBlock>,
  lineEnd: LineEnd,
  known: readonly string[] | undefined,
): Promise<{ header: string[]; rows: AsyncGenerator<RawRow[], void> }> {
  const lines = parseBlocks(blocks, lineEnd);
  const head: JsonLine[][] = [];
  let seen = 0;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    head.push(next.value);
    seen += next.value.length;
    if (seen >= HEADER_LINES) break;
  }
  const records = head.flat().filter((line) => line !== BLANK_ROW);
  const [first] = records;
  if (first === undefined || !('record' in first)) throw fileRefusal('file.json_not_lines');
  const columns = known ?? keysOf(records.slice(0, HEADER_LINES));
  return { header: [...columns], rows: rowsOf(putBack(head, lines), new Set(columns)) };
}

async function* parseBlocks(
  blocks: AsyncIterable<TextBlock>,
  lineEnd: LineEnd,
): AsyncGenerator<JsonLine[], void> {
  for await (const { kind, text } of blocks) {
    if (kind === 'overlong') yield [breakRow('row_too_long', text)];
    else {
      const lines = text.split(lineEnd);
      if (lines.at(-1) === '') lines.pop();
      yield lines.map(parseLine);
    }
  }
}

function parseLine(line: string): JsonLine {
  if (line.includes(UNDECODED)) return breakRow('bad_encoding', line);
  if (line.includes('\0')) return breakRow('nul_byte', line);
  if (line.trim() === '') return BLANK_ROW;
  try {
    const value = parseExactly(line);
    return isRecord(value) ? { line, record: value } : breakRow('not_json', line);
  } catch (error) {
    if (error instanceof SyntaxError) return breakRow('not_json', line);
    throw error;
  }
}

/** The runtime keeps the source of a number; the library's types do not know it yet. */
const exact = JSON as unknown as {
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(source: string): object;
};

/**
 * Numbers that a double would change or print differently keep the text they came with. Reviving is slow, so lines
 * without such numbers, and lines that print as they were read, go without it.
 */
function parseExactly(line: string): unknown {
  const value: unknown = JSON.parse(line);
  if (!/\d[.eE]|\d{16}/.test(line) || JSON.stringify(value) === line) return value;
  return exact.parse(line, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exact.rawJSON(source) : value,
  );
}

function isRecord(value: unknown): value is JsonRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('rawJSON' in value && Object.isFrozen(value))
  );
}

function keysOf(lines: readonly JsonLine[]): string[] {
  return [...new Set(lines.flatMap((line) => ('record' in line ? Object.keys(line.record) : [])))];
}

async function* rowsOf(
  batches: AsyncIterable<JsonLine[]>,
  columns: ReadonlySet<string>,
): AsyncGenerator<RawRow[], void> {
  for await (const lines of batches) {
    yield lines.map((line) => ('record' in line ? toRow(line, columns) : line));
  }
}

function toRow({ line, record }: { line: string; record: JsonRecord }, columns: ReadonlySet<string>): RawRow {
  if (Object.keys(record).some((key) => !columns.has(key))) return breakRow('not_json', line);
  const row = Array.from(columns, (key) => (Object.hasOwn(record, key) ? toCell(record[key]) : ''));
  return line.includes('\\u0000') && row.some((cell) => cell.includes('\0'))
    ? breakRow('nul_byte', line)
    : row;
}

function toCell(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}
