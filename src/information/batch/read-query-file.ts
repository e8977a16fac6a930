import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Refusal } from '#kernel';
import { openRows } from '#lists';
import { refusedLine } from './answer-line.ts';
import { BATCH_LIMITS } from './batch-limits.ts';
import { batchRefusal } from './batch-refusals.ts';
import type { ReadLine } from './file-pages.ts';
import { FileLine, parseLine, refOf, requireLine } from './query-line.ts';
import { type RawLine, splitLines } from './split-lines.ts';

/** Columns of a request file in rows; what stands in a cell is what the member of a line says. */
const COLUMNS: Readonly<Record<keyof FileLine, string>> = {
  line: '行号',
  enterprise: '统一社会信用代码',
  consentId: '授权编号',
  purpose: '用途',
  contracts: '目录编号',
  application: '申请编号',
  operator: '经办人',
  branch: '网点',
  institution: '机构',
};
const REQUIRED = ['enterprise', 'consentId', 'purpose', 'contracts', 'application', 'operator'] as const;
type Column = keyof FileLine;

/**
 * Reads a request file: JSON Lines in UTF-8, or rows (CSV, TSV, XLSX; gzip and zip of these) in UTF-8 or GB18030 with a
 * header in Chinese or English. A line that is no query has its refusal already and the others go on.
 * Throws `file.…`, `query_file.header`, `query_file.empty` or `query_file.too_large`.
 */
export async function readQueryFile(path: string): Promise<ReadLine[]> {
  const lines: ReadLine[] = [];
  for await (const line of (await isJsonLines(path)) ? jsonLines(path) : rowLines(path)) {
    lines.push(line);
    if (lines.length > BATCH_LIMITS.fileLinesMax) throw tooLarge();
  }
  if (lines.length === 0) throw batchRefusal('query_file.empty');
  return lines;
}

export function tooLarge(): Refusal {
  const { fileLinesMax: linesMax, fileBytesMax: bytesMax } = BATCH_LIMITS;
  return batchRefusal('query_file.too_large', { linesMax, bytesMax });
}

/** Enough to get past a byte order mark and blank lines. */
const HEAD_BYTES = 512;

async function isJsonLines(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return /^\uFEFF?\s*\{/.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function* jsonLines(path: string): AsyncGenerator<ReadLine, void> {
  const { lineBytesMax, fileLinesMax: linesMax, fileBytesMax: bytesMax } = BATCH_LIMITS;
  for await (const line of splitLines(createReadStream(path), { lineBytesMax, linesMax, bytesMax })) {
    if ('refusal' in line && line.refusal.code === 'query_batch.too_large') throw tooLarge();
    yield readOne(line.no, () => textOf(line));
  }
}

function textOf(line: RawLine): unknown {
  if ('refusal' in line) throw line.refusal;
  return parseLine(line.text);
}

async function* rowLines(path: string): AsyncGenerator<ReadLine, void> {
  const file = await openRows(path, {});
  try {
    const columns = requireColumns(file.header ?? []);
    for await (const { firstRowNo, rows } of file.batches) {
      for (const [at, cells] of rows.entries())
        yield readOne(firstRowNo + at, () => (Array.isArray(cells) ? toValue(columns, cells) : undefined));
    }
  } finally {
    await file.close();
  }
}

function readOne(no: number, read: () => unknown): ReadLine {
  let ref = String(no);
  try {
    const value = read();
    ref = refOf(value, no);
    return { no, ref, query: requireLine(FileLine, value) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { no, ref, refused: refusedLine(ref, error) };
  }
}

/** The member of each column, in the order of the file. */
function requireColumns(header: readonly string[]): Column[] {
  const known = new Map<string, Column>();
  for (const [name, heading] of Object.entries(COLUMNS) as [Column, string][]) {
    known.set(name.toLowerCase(), name).set(heading, name);
  }
  const found = header.map((cell) => known.get(cell.trim().toLowerCase()));
  const columns = found.filter((name) => name !== undefined);
  const missing = REQUIRED.filter((name) => !columns.includes(name)).map((name) => COLUMNS[name]);
  const extra = header.filter((_, at) => found[at] === undefined || found.indexOf(found[at]) < at);
  if (missing.length === 0 && extra.length === 0) return columns;
  throw batchRefusal('query_file.header', {
    missing: missing.join('、') || '—',
    extra:
      extra
        .map((cell) => cell.slice(0, 30))
        .slice(0, 10)
        .join('、') || '—',
  });
}

/** Empty cells say nothing; more cells than columns make the row shifted, and none of it is trusted. */
function toValue(columns: readonly Column[], cells: readonly string[]): unknown {
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) return undefined;
  const entries = columns.map((name, at) => [name, (cells[at] ?? '').trim()] as const);
  const said = entries.filter(([, cell]) => cell !== '');
  return Object.fromEntries(said.map(([name, cell]) => [name, name === 'contracts' ? listOf(cell) : cell]));
}

function listOf(cell: string): string[] {
  return cell.split(/[\s,;、，；]+/).filter((id) => id !== '');
}
