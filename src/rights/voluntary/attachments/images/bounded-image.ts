/**
 * What a picture's own headers say, read before any decoder sees it: how large it is, that it is one picture and that it is
 * whole. PNG: ISO/IEC 15948; JPEG: ITU-T T.81 annex B.
 */
import { crc32 } from 'node:zlib';
import { ATTACHMENT_LIMITS } from '../../voluntary-limits.ts';
import { attachmentRefusal } from '../attachment-refusals.ts';
import type { ImageKind } from './image-shape.ts';

/** Throws `attachments.image_wrong` for what is broken, cut off or moves, `attachments.image_too_large`. */
export function requireBounded(kind: ImageKind, bytes: Buffer): void {
  const { width, height } = kind === 'png' ? readPng(bytes) : readJpeg(bytes);
  if (width === 0 || height === 0) throw wrong();
  if (width * height > ATTACHMENT_LIMITS.pixelsMax) throw attachmentRefusal('attachments.image_too_large');
}

function wrong(): Error {
  return attachmentRefusal('attachments.image_wrong');
}

type Size = { readonly width: number; readonly height: number };

const PNG_HEAD_BYTES = 8;
const CHUNK_FRAME_BYTES = 12;

/** From the header chunk to the end chunk, each with its sum, which the decoder does not look at; an animated one is several pictures, of which people see another than the first. */
function readPng(bytes: Buffer): Size {
  const size = sizeOfPng(bytes);
  let at = PNG_HEAD_BYTES;
  while (at + CHUNK_FRAME_BYTES <= bytes.length) {
    const end = at + CHUNK_FRAME_BYTES + bytes.readUInt32BE(at);
    if (end > bytes.length) throw wrong();
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) throw wrong();
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') return size;
    if (type === 'acTL') throw wrong();
    at = end;
  }
  throw wrong();
}

function sizeOfPng(bytes: Buffer): Size {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') throw wrong();
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** Frames that the decoder reads: baseline, extended, progressive; lossless and arithmetic ones are nobody's photographs. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
const OTHER_FRAMES: ReadonlySet<number> = new Set([
  0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
]);

/** From the start marker to the end marker: one frame, and no more scans than any camera writes. */
function readJpeg(bytes: Buffer): Size {
  let size: Size | undefined;
  let scans = 0;
  let at = 2;
  for (;;) {
    const marker = markerAt(bytes, at);
    if (marker.code === END_OF_IMAGE) {
      if (size === undefined || scans === 0) throw wrong();
      return size;
    }
    const end = segmentEnd(bytes, marker.end);
    if (OTHER_FRAMES.has(marker.code) || (FRAMES.has(marker.code) && size !== undefined)) throw wrong();
    if (FRAMES.has(marker.code)) size = sizeOfFrame(bytes.subarray(marker.end, end));
    if (marker.code === START_OF_SCAN) scans += 1;
    if (scans > ATTACHMENT_LIMITS.jpegScansMax) throw wrong();
    at = marker.code === START_OF_SCAN ? endOfScan(bytes, end) : end;
  }
}

/** A marker may be led by any number of fill bytes. */
function markerAt(bytes: Buffer, from: number): { readonly code: number; readonly end: number } {
  let at = from;
  if (bytes[at] !== 0xff) throw wrong();
  while (bytes[at] === 0xff) at += 1;
  const code = bytes[at];
  if (code === undefined || code === 0) throw wrong();
  return { code, end: at + 1 };
}

function segmentEnd(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) throw wrong();
  const length = bytes.readUInt16BE(at);
  if (length < 2 || at + length > bytes.length) throw wrong();
  return at + length;
}

/** Length, precision, height, width, components; eight bits and grey or colour, not the four inks of a printer. */
function sizeOfFrame(frame: Buffer): Size {
  if (frame.length < 8 || frame[2] !== 8 || (frame[7] !== 1 && frame[7] !== 3)) throw wrong();
  return { height: frame.readUInt16BE(3), width: frame.readUInt16BE(5) };
}

/** Where the next marker stands: stuffed zeros and restart markers belong to the scan. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const next = at === -1 ? undefined : bytes[at + 1];
    if (next === undefined) throw wrong();
    const isInScan = next === 0 || (next >= 0xd0 && next <= 0xd7);
    if (!isInScan && next !== 0xff) return at;
    at += next === 0xff ? 1 : 2;
  }
}
