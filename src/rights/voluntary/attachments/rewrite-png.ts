/**
 * A PNG (ISO/IEC 15948) taken apart to its pixels and written anew: header, palette, transparency and pixels are kept, and
 * nothing else, so that what was hidden in chunks, after the end or in the compression is gone.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { attachmentRefusal } from './attachment-refusals.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Samples of a pixel by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

type Header = {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
};
type Chunk = { readonly type: string; readonly data: Buffer };

/** Throws `attachments.image_wrong` for what is no PNG that can be taken apart, `attachments.image_too_large`. */
export function rewritePng(bytes: Buffer): Buffer {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]);
  const rowBytes = Math.ceil((header.width * (SAMPLES[header.colour] ?? 0) * header.depth) / 8);
  const pixels = unfilter(inflate(chunks, header, rowBytes), header, rowBytes);
  return Buffer.concat([
    SIGNATURE,
    writeChunk('IHDR', headerBytes(header)),
    ...paletteOf(chunks, header).map(({ type, data }) => writeChunk(type, data)),
    writeChunk('IDAT', deflateSync(pixels)),
    writeChunk('IEND', Buffer.alloc(0)),
  ]);
}

function wrong(): Error {
  return attachmentRefusal('attachments.image_wrong');
}

/** Up to the end chunk; what comes behind it is left out. */
function readChunks(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  let at = SIGNATURE.length;
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw wrong();
    const named = bytes.subarray(at + 4, end);
    if (crc32(named) !== bytes.readUInt32BE(end)) throw wrong();
    const type = named.toString('latin1', 0, 4);
    if (type === 'IEND') return chunks;
    chunks.push({ type, data: named.subarray(4) });
    at = end + 4;
  }
  throw wrong();
}

/** Interlaced pictures are refused: no scanner or screen makes them, and taking them apart is another piece of work. */
function readHeader(chunk: Chunk | undefined): Header {
  if (chunk?.type !== 'IHDR' || chunk.data.length !== 13) throw wrong();
  const { data } = chunk;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth = 0, colour = 0, compression, filter, interlace] = data.subarray(8);
  const isKnown = DEPTHS[colour]?.includes(depth) === true;
  if (!isKnown || compression !== 0 || filter !== 0 || interlace !== 0) throw wrong();
  if (width === 0 || height === 0) throw wrong();
  if (width * height > ATTACHMENT_LIMITS.pixelsMax) throw attachmentRefusal('attachments.image_too_large');
  return { width, height, depth, colour };
}

/** Exactly the bytes that the header promises, filter bytes included; a stream that holds more is a bomb. */
function inflate(chunks: readonly Chunk[], { height }: Header, rowBytes: number): Buffer {
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const wanted = height * (rowBytes + 1);
  if (wanted > ATTACHMENT_LIMITS.expandedBytesMax) throw attachmentRefusal('attachments.image_too_large');
  let raw: Buffer;
  try {
    raw = inflateSync(packed, { maxOutputLength: wanted + 1 });
  } catch {
    throw wrong(); // zlib says no more than that the stream is broken or longer
  }
  if (raw.length !== wanted) throw wrong();
  return raw;
}

/** Rows without their filters, each led by filter 0; in place. */
function unfilter(raw: Buffer, { height, depth, colour }: Header, rowBytes: number): Buffer {
  const step = Math.max(1, ((SAMPLES[colour] ?? 0) * depth) / 8);
  const stride = rowBytes + 1;
  for (let row = 0; row < height; row += 1) {
    const start = row * stride;
    const filter = raw[start] ?? 0;
    if (filter > 4) throw wrong();
    raw[start] = 0;
    if (filter !== 0)
      unfilterRow(raw, { start: start + 1, rowBytes, step, filter, above: row > 0 ? stride : 0 });
  }
  return raw;
}

type Row = { start: number; rowBytes: number; step: number; filter: number; above: number };

/** `above` is how far back the row before stands; 0: there is none. */
function unfilterRow(raw: Buffer, { start, rowBytes, step, filter, above }: Row): void {
  for (let at = 0; at < rowBytes; at += 1) {
    const here = start + at;
    const left = at >= step ? (raw[here - step] ?? 0) : 0;
    const up = above > 0 ? (raw[here - above] ?? 0) : 0;
    const corner = above > 0 && at >= step ? (raw[here - above - step] ?? 0) : 0;
    raw[here] = (raw[here] ?? 0) + predictor(filter, left, up, corner);
  }
}

function predictor(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  return paeth(left, up, corner);
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Colours and their transparency; a palette picture has the one. */
function paletteOf(chunks: readonly Chunk[], { colour }: Header): Chunk[] {
  const palette = chunks.find(({ type }) => type === 'PLTE');
  const transparency = chunks.find(({ type }) => type === 'tRNS');
  if (colour === 3 && palette === undefined) throw wrong();
  const isFit = (chunk: Chunk | undefined, bytesMax: number): chunk is Chunk =>
    chunk !== undefined && chunk.data.length > 0 && chunk.data.length <= bytesMax;
  return [
    ...(colour === 3 && isFit(palette, 768) && palette.data.length % 3 === 0 ? [palette] : []),
    ...((colour === 0 || colour === 2 || colour === 3) && isFit(transparency, 256) ? [transparency] : []),
  ];
}

function headerBytes({ width, height, depth, colour }: Header): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([depth, colour, 0, 0, 0], 8);
  return bytes;
}

function writeChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
