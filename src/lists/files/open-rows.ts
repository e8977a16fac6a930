import assert from 'node:assert';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  magicOf,
  openGzip,
  openPlain,
  openSpooledZip,
  openZip,
  type Part,
  type Reading,
  readMagic,
  readPrefix,
  startReading,
  stopReading,
  type Zip,
} from './containers.ts';
import { fileRefusal, inEntry } from './file-refusals.ts';
import {
  type BrokenCode,
  type BrokenRow,
  type FileFormat,
  type FileHints,
  isBlankRow,
  type OpenedPart,
  putBack,
  type RawRow,
  type RowBatch,
} from './rows.ts';
import { sheetRows } from './sheet-rows.ts';
import { openTextRows, splitHeader } from './text-rows.ts';
import { isOffice, openWorkbook } from './workbook.ts';

export type { BrokenCode, BrokenRow, FileFormat, FileHints, RowBatch };

/** A delivery's file, read as far as its first rows. Close it, or read `batches` to their end. */
export type OpenedFile = {
  format: FileFormat;
  /** Cells of the header row as they stand; `null` for a file of rows alone. */
  header: string[] | null;
  /** The first rows, at most 50, to hold the header against. They come again in `batches`. */
  sample: string[][];
  /** Every data record in order, once. The file is read only as batches are taken. */
  batches: AsyncIterable<RowBatch>;
  progress(): { bytesRead: number; bytesTotal: number };
  close(): Promise<void>;
};

const SAMPLE_ROWS = 50;

/** A batch is handed on at this many rows, or earlier when they are long. */
const BATCH_ROWS = 2000;

/** Pieces of the file (64 KiB as a rule) that one batch may rest on, whatever the length of its rows. */
const BATCH_BLOCKS_MAX = 8;

/** Large enough that encoding, line ends and delimiter rest on thousands of rows. */
const PREFIX_BYTES = 1024 ** 2;

/**
 * Opens a delivered file of any accepted kind and finds out how to read it; hints win over findings.
 * Throws a Refusal (`file.*`) when it cannot be read as rows, here or from `batches` when that shows later.
 */
export async function openRows(path: string, hints: FileHints): Promise<OpenedFile> {
  const reading = await startReading(path);
  try {
    if (reading.bytesTotal === 0) throw fileRefusal('file.empty', { entry: '' });
    const { container, parts } = await openContainer(path, hints, reading);
    return await openParts({ container, parts, reading });
  } catch (error) {
    stopReading(reading);
    throw error;
  }
}

/** Opens one file of the delivery; `first` is the one whose layout and header all others must share. */
type OpenPart = (first: OpenedPart | undefined) => Promise<OpenedPart>;

type PartInOrder = { name: string | undefined; open: OpenPart };

type Container = { container: FileFormat['container']; parts: PartInOrder[] };

async function openContainer(path: string, hints: FileHints, reading: Reading): Promise<Container> {
  const magic = await readMagic(path);
  if (magic === 'zip') {
    const zip = await openZip(path, reading);
    if (isOffice(zip)) {
      return { container: 'plain', parts: [{ name: undefined, open: () => openSheet(zip, hints) }] };
    }
    if (zip.parts.length === 0) throw fileRefusal('file.empty', { entry: '' });
    return { container: 'zip', parts: zip.parts.map((part) => inOrder(part, part.name, hints, reading)) };
  }
  const part = magic === 'gzip' ? openGzip(path, reading) : openPlain(path, reading);
  const container = magic === 'gzip' ? 'gzip' : 'plain';
  return { container, parts: [inOrder(part, basename(path), hints, reading)] };
}

function inOrder(part: Part, fileName: string, hints: FileHints, reading: Reading): PartInOrder {
  return {
    name: part.name,
    open: async (first) => {
      const { prefix, isWhole, chunks } = await readPrefix(await part.open(), PREFIX_BYTES);
      const magic = magicOf(prefix);
      if (magic === 'gzip') throw fileRefusal('file.archive_nested', { entry: inEntry(part.name) });
      if (magic === 'zip') return openInnerWorkbook(await openSpooledZip(chunks, reading), part.name, hints);
      const delimiter = hints.delimiter ?? first?.delimiter;
      return openTextRows(
        { prefix, isWhole, chunks, entry: part.name, fileName },
        delimiter === undefined ? hints : { ...hints, delimiter },
        first?.header ?? undefined,
      );
    },
  };
}

/** A zip in an archive is good only as a workbook. */
async function openInnerWorkbook(zip: Zip, entry: string | undefined, hints: FileHints): Promise<OpenedPart> {
  if (!isOffice(zip)) throw fileRefusal('file.archive_nested', { entry: inEntry(entry) });
  const opened = await openSheet(zip, hints);
  return { ...opened, rows: closingAfter(opened.rows, zip) };
}

async function* closingAfter(rows: AsyncGenerator<RawRow[], void>, zip: Zip): AsyncGenerator<RawRow[], void> {
  yield* rows;
  zip.close();
}

async function openSheet(zip: Zip, hints: FileHints): Promise<OpenedPart> {
  const workbook = await openWorkbook(zip, hints.sheet);
  const { header, rows } = await splitHeader(sheetRows(workbook), hints.headerRow);
  return {
    layout: 'xlsx',
    encoding: () => 'none',
    hasBom: false,
    header,
    rows: squareRows(rows, header?.length),
  };
}

/** Sheets do not store empty cells at the end of a row: gives every row the width of the header or of the widest. */
async function* squareRows(
  blocks: AsyncIterable<RawRow[]>,
  headerWidth: number | undefined,
): AsyncGenerator<RawRow[], void> {
  let width = headerWidth ?? 0;
  for await (const rows of blocks) {
    const cells = rows.filter((row) => Array.isArray(row)).filter(({ length }) => length > 0);
    if (headerWidth === undefined)
      width = cells.reduce((widest, { length }) => Math.max(widest, length), width);
    for (const row of cells) while (row.length < width) row.push('');
    yield rows;
  }
}

async function openParts({
  container,
  parts,
  reading,
}: Container & { reading: Reading }): Promise<OpenedFile> {
  const [part, ...others] = parts;
  assert(part !== undefined, 'a container has at least one part');
  const first = await part.open(undefined);
  const iterator = numberRows(first, others);
  const head = await iterator.next();
  const rows = head.done === true ? [] : head.value.rows;
  const { layout, hasBom, delimiter, header } = first;
  return {
    format: {
      container,
      layout,
      hasBom,
      get encoding() {
        return first.encoding();
      },
      ...(delimiter !== undefined && { delimiter }),
      ...(container === 'zip' && others.length === 0 && part.name !== undefined && { entry: part.name }),
    },
    header,
    sample: rows.filter((row) => Array.isArray(row)).slice(0, SAMPLE_ROWS),
    batches: closing(putBack(head.done === true ? [] : [head.value], iterator), reading),
    progress: () => ({ bytesRead: reading.bytesRead, bytesTotal: reading.bytesTotal }),
    close: () => Promise.resolve(stopReading(reading)),
  };
}

/** Data records of all parts with their numbers, in batches; blank rows fall away here. */
async function* numberRows(
  first: OpenedPart,
  others: readonly PartInOrder[],
): AsyncGenerator<RowBatch, void> {
  let batch: RowBatch = { firstRowNo: 1, rows: [] };
  let blocks = 0;
  for await (const block of gatherBlocks(first, others)) {
    blocks += 1;
    for (const row of block) {
      if (isBlankRow(row)) continue;
      batch.rows.push(Array.isArray(row) ? row : { rowNo: batch.firstRowNo + batch.rows.length, ...row });
      if (batch.rows.length === BATCH_ROWS) {
        yield batch;
        batch = startAfter(batch);
      }
    }
    if (blocks < BATCH_BLOCKS_MAX || batch.rows.length === 0) continue;
    yield batch;
    batch = startAfter(batch);
    blocks = 0;
  }
  if (batch.rows.length > 0) yield batch;
}

function startAfter(batch: RowBatch): RowBatch {
  return { firstRowNo: batch.firstRowNo + batch.rows.length, rows: [] };
}

/** Rows of one part after the other; each is opened when the one before has ended. */
async function* gatherBlocks(
  first: OpenedPart,
  others: readonly PartInOrder[],
): AsyncGenerator<RawRow[], void> {
  yield* first.rows;
  for (const other of others) {
    const opened = await other.open(first);
    requireSame(first, opened, other.name);
    yield* opened.rows;
  }
}

/** One delivery is one table: a file with other columns would be read under the wrong header. */
function requireSame(first: OpenedPart, other: OpenedPart, name: string | undefined): void {
  const entry = inEntry(name);
  if (other.layout !== first.layout) {
    throw fileRefusal('file.archive_differs', { entry, what: '格式', whatEn: 'layout' });
  }
  if (!isDeepStrictEqual(other.header, first.header)) {
    throw fileRefusal('file.archive_differs', { entry, what: '表头', whatEn: 'header' });
  }
}

async function* closing(
  batches: AsyncGenerator<RowBatch, void>,
  reading: Reading,
): AsyncGenerator<RowBatch, void> {
  try {
    yield* batches;
    reading.bytesRead = reading.bytesTotal; // what is left is the archive's own list
  } finally {
    stopReading(reading);
  }
}
