import { LIMITS } from '#kernel';
import type { Chunks } from './containers.ts';
import { chooseEncoding, decodeStrictly, type Encoding, linesOf, type TextFacts } from './detect-text.ts';
import { UNDECODED } from './rows.ts';
import type { LineEnd, TextBlock } from './split-rows.ts';

/** What decoding has met so far; `encoding` becomes final with the first byte that is not ASCII. */
export type Decoding = {
  encoding: Encoding | undefined;
  readonly lineEnd: LineEnd;
  offset: number;
  badLines: number;
  firstBadOffset: number | undefined;
};

/** A longer line has more than `rowCharactersMax` characters in either encoding: four bytes make at least one. */
const LINE_BYTES_MAX = LIMITS.rowCharactersMax * 4;

/** Enough for the longest excerpt in either encoding. */
const EXCERPT_BYTES = 8_000;

export function startDecoding(facts: TextFacts): Decoding {
  const { encoding, lineEnd, bomBytes } = facts;
  return { encoding, lineEnd, offset: bomBytes, badLines: 0, firstBadOffset: undefined };
}

/**
 * Bytes to text, in blocks of whole lines. A line with bytes that do not belong comes with UNDECODED in their place;
 * a line beyond LINE_BYTES_MAX is dropped as it streams by and leaves its beginning in a block of its own.
 * Cutting at line ends is safe: their bytes are never part of a longer character in UTF-8 or GB18030.
 */
export async function* textBlocks(
  chunks: Chunks,
  bomBytes: number,
  decoding: Decoding,
): AsyncGenerator<TextBlock, void> {
  let unfinished = startLine();
  let bomLeft = bomBytes;
  for await (const received of chunks) {
    const chunk = received.subarray(bomLeft);
    bomLeft -= received.length - chunk.length;
    const cut = chunk.lastIndexOf(decoding.lineEnd) + 1;
    if (cut > 0) {
      const first = chunk.indexOf(decoding.lineEnd) + 1;
      const isOverlong = unfinished.bytes + first > LINE_BYTES_MAX;
      if (isOverlong) yield cutOff(unfinished, first, decoding);
      const lines = isOverlong
        ? chunk.subarray(first, cut)
        : Buffer.concat([...unfinished.parts, chunk.subarray(0, cut)]);
      if (lines.length > 0) yield decodeBlock(lines, decoding);
      unfinished = startLine();
    }
    keep(unfinished, chunk.subarray(cut));
  }
  if (unfinished.bytes > LINE_BYTES_MAX) yield cutOff(unfinished, 0, decoding);
  else if (unfinished.bytes > 0) yield decodeBlock(Buffer.concat(unfinished.parts), decoding);
}

/** A line whose end has not come yet. Beyond LINE_BYTES_MAX its bytes are counted and no longer kept. */
type UnfinishedLine = { parts: Buffer[]; bytes: number };

function startLine(): UnfinishedLine {
  return { parts: [], bytes: 0 };
}

function keep(line: UnfinishedLine, part: Buffer): void {
  if (line.bytes <= LINE_BYTES_MAX) line.parts.push(part);
  line.bytes += part.length;
}

function cutOff(line: UnfinishedLine, more: number, decoding: Decoding): TextBlock {
  decoding.offset += line.bytes + more;
  const beginning = Buffer.concat(line.parts).subarray(0, EXCERPT_BYTES);
  return { kind: 'overlong', text: new TextDecoder(decoding.encoding ?? 'utf-8').decode(beginning) };
}

function decodeBlock(bytes: Buffer, decoding: Decoding): TextBlock {
  decoding.encoding ??= chooseLate(bytes, decoding.lineEnd);
  const encoding = decoding.encoding ?? 'utf-8';
  const text = decodeStrictly(bytes, encoding) ?? decodeLines(bytes, encoding, decoding);
  decoding.offset += bytes.length;
  return { kind: 'lines', text };
}

/** Bytes of no known encoding, met late, are bad lines of a UTF-8 file: the share of them decides what becomes of it. */
function chooseLate(bytes: Buffer, lineEnd: LineEnd): Encoding | undefined {
  const { encoding, firstBad } = chooseEncoding(bytes, lineEnd);
  return firstBad === undefined ? encoding : 'utf-8';
}

/** The slow way for a block with bytes that do not belong: only the lines that hold them suffer. */
function decodeLines(bytes: Buffer, encoding: Encoding, decoding: Decoding): string {
  const lenient = new TextDecoder(encoding, { ignoreBOM: true });
  return linesOf(bytes, decoding.lineEnd)
    .map(({ line, at }) => {
      const text = decodeStrictly(line, encoding);
      if (text !== undefined) return text;
      decoding.badLines += 1;
      decoding.firstBadOffset ??= decoding.offset + at;
      return lenient.decode(line).replaceAll('\ufffd', UNDECODED);
    })
    .join('');
}
