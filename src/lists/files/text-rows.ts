import type { Chunks } from './containers.ts';
import { findDelimiter, inspectText, requireHeader, type TextFacts } from './detect-text.ts';
import { fileRefusal, inEntry } from './file-refusals.ts';
import { readJsonLines } from './json-lines.ts';
import { type FileHints, type OpenedPart, putBack, type RawRow, takeHeader } from './rows.ts';
import { createRowSplitter, type RowSplitter, type TextBlock } from './split-rows.ts';
import { type Decoding, startDecoding, textBlocks } from './text-blocks.ts';

/** A text file read as far as its prefix; `chunks` starts again at the first byte. */
export type TextSource = {
  prefix: Buffer;
  isWhole: boolean;
  chunks: Chunks;
  /** Its name in the archive, for what is said to people. */
  entry: string | undefined;
  /** Its name or the archive's: only a JSON extension is looked at. */
  fileName: string;
};

/** Rows looked at to find the delimiter: enough to outvote a strange beginning. */
const SAMPLE_BYTES = 64 * 1024;

/** Fewer bad lines than this never condemn a file, however short it is. */
const BAD_LINES_TOLERATED = 2;

/** Undecodable lines per line from which a file is not damaged but joined from two encodings. */
const BAD_LINES_SHARE_MAX = 0.2;

/** `first` is the header of the first file of the archive, which JSON Lines of later files must keep to. */
export async function openTextRows(
  source: TextSource,
  hints: FileHints,
  first: readonly string[] | undefined,
): Promise<OpenedPart> {
  const { prefix, isWhole, chunks, entry } = source;
  const facts = inspectText({ bytes: prefix, isWhole, entry }, hints.encoding);
  const sample = sampleText(source, facts);
  if (isWhole && sample.trim() === '') throw fileRefusal('file.empty', { entry: inEntry(entry) });
  const decoding = startDecoding(facts);
  const blocks = textBlocks(chunks, facts.bomBytes, decoding);
  const shared = { encoding: () => decoding.encoding ?? 'utf-8', hasBom: facts.bomBytes > 0 } as const;
  if (isJson(sample, source.fileName)) {
    const { header, rows } = await readJsonLines(blocks, facts.lineEnd, first);
    return { ...shared, layout: 'jsonl', header, rows: refuseMixed(rows, decoding) };
  }
  const delimiter = hints.delimiter ?? findDelimiter(sample, facts.lineEnd, hints.headerRow);
  const rows = refuseMixed(splitBlocks(blocks, createRowSplitter(delimiter, facts.lineEnd)), decoding);
  return { ...shared, layout: 'delimited', delimiter, ...(await splitHeader(rows, hints.headerRow)) };
}

/** Sets the header apart; a file of rows alone (`headerRow` 0) has none. */
export async function splitHeader(
  rows: AsyncGenerator<RawRow[], void>,
  headerRow: number | undefined,
): Promise<{ header: string[] | null; rows: AsyncGenerator<RawRow[], void> }> {
  if (headerRow === 0) return { header: null, rows };
  const found = await takeHeader(rows, headerRow);
  if (found === undefined && headerRow === undefined) throw fileRefusal('file.empty', { entry: '' });
  if (found === undefined) throw fileRefusal('file.header_missing', { row: headerRow ?? 1 });
  return { header: requireHeader(found.header), rows: putBack([found.after], rows) };
}

async function* splitBlocks(
  blocks: AsyncIterable<TextBlock>,
  splitter: RowSplitter,
): AsyncGenerator<RawRow[], void> {
  for await (const block of blocks) {
    const rows: RawRow[] = [];
    splitter.push(block, rows);
    yield rows;
  }
  const last: RawRow[] = [];
  splitter.end(last);
  yield last;
}

/** A few undecodable rows are broken rows; many of them mean that the whole file is read by the wrong encoding. */
async function* refuseMixed(
  batches: AsyncIterable<RawRow[]>,
  decoding: Decoding,
): AsyncGenerator<RawRow[], void> {
  let seen = 0;
  let firstBad: number | undefined;
  for await (const rows of batches) {
    if (decoding.badLines > 0 && firstBad === undefined) {
      firstBad = seen + 1 + rows.findIndex((row) => !Array.isArray(row) && row.code === 'bad_encoding');
    }
    seen += rows.length;
    if (decoding.badLines > Math.max(BAD_LINES_TOLERATED, seen * BAD_LINES_SHARE_MAX)) {
      throw fileRefusal('file.encoding_mixed', {
        encoding: decoding.encoding ?? 'utf-8',
        row: firstBad ?? 1,
        offset: decoding.firstBadOffset ?? 0,
        bad: decoding.badLines,
      });
    }
    yield rows;
  }
}

function sampleText({ prefix, isWhole }: TextSource, { bomBytes, encoding, lineEnd }: TextFacts): string {
  const bytes = prefix.subarray(bomBytes, bomBytes + SAMPLE_BYTES);
  const end =
    isWhole && prefix.length <= bomBytes + SAMPLE_BYTES ? bytes.length : bytes.lastIndexOf(lineEnd) + 1;
  return new TextDecoder(encoding ?? 'utf-8').decode(end > 0 ? bytes.subarray(0, end) : bytes);
}

/** `[编号]` is a header some databases write; an array of objects, texts or arrays is JSON. */
function isJson(sample: string, fileName: string): boolean {
  return /^\s*(\{|\[\s*([[{"\]]|$))/.test(sample) || /\.(jsonl|ndjson|json)(\.gz)?$/i.test(fileName);
}
