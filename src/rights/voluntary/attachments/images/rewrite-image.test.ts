import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import decodeJpeg, { init as initJpegDecoder } from '@jsquash/jpeg/decode.js';
import encodeJpeg, { init as initJpegEncoder } from '@jsquash/jpeg/encode.js';
import decodePng, { init as initPng } from '@jsquash/png/decode.js';
import type { Refusal } from '#kernel';
import { rewriteImage } from './rewrite-image.ts';

before(async () => {
  const codec = (name: string) => new Uint8Array(readFileSync(new URL(import.meta.resolve(name)))).buffer;
  await initJpegDecoder({ wasmBinary: codec('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm') });
  await initJpegEncoder({ wasmBinary: codec('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm') });
  await initPng(codec('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
});

const [WIDTH, HEIGHT] = [48, 16];

/** Black on the left half, white on the right. */
async function jpeg(options: { progressive?: boolean } = {}): Promise<Buffer> {
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4).map((_, at) =>
    at % 4 === 3 || (at >> 2) % WIDTH >= WIDTH / 2 ? 255 : 0,
  );
  const pixels = { data, width: WIDTH, height: HEIGHT, colorSpace: 'srgb' as const };
  return Buffer.from(await encodeJpeg(pixels, { baseline: true, progressive: false, ...options }));
}

function segment(marker: number, text: Buffer | string): Buffer {
  const data = Buffer.from(text);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** Segments right behind the start marker. */
function withSegments(picture: Buffer, ...segments: Buffer[]): Buffer {
  return Buffer.concat([picture.subarray(0, 2), ...segments, picture.subarray(2)]);
}

function orientation(value: number): Buffer {
  const tiff = Buffer.from('49492a0008000000010012010300010000000000000000000000', 'hex');
  tiff.writeUInt16LE(value, 18);
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), tiff, Buffer.from('canary-gps')]));
}

type Chunk = readonly [string, Buffer];

function png(
  chunks: readonly Chunk[],
  { width = 4, height = 5, depth = 8, colour = 0, interlace = 0 } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlace], 8);
  const all: Chunk[] = [['IHDR', header], ...chunks, ['IEND', Buffer.alloc(0)]];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...all.map(frame)]);
}

function frame([type, data]: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function idat(rows: Buffer): Chunk {
  return ['IDAT', deflateSync(rows)];
}

/** Names of the chunks or markers that stand in a file that we wrote. */
function partsOf(file: Buffer): string[] {
  const parts: string[] = [];
  if (file[0] === 0x89)
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
      parts.push(file.toString('latin1', at + 4, at + 8));
  else
    for (let at = 2; file[at + 1] !== 0xda; at += 2 + file.readUInt16BE(at + 2))
      parts.push((file[at + 1] ?? 0).toString(16));
  return parts;
}

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'taken',
    (error: Refusal) => error.code,
  );
}

describe('a JPEG', () => {
  test('keeps its picture and nothing that it says of itself', async () => {
    const given = withSegments(
      await jpeg(),
      orientation(1),
      segment(0xe2, 'ICC_PROFILE\0\x01\x01canary-icc'),
      segment(0xed, 'Photoshop 3.0\0canary-iptc'),
      segment(0xfe, 'canary-comment'),
    );
    const kept = await rewriteImage('jpeg', Buffer.concat([given, Buffer.from('PK\x03\x04canary-archive')]));
    assert(!kept.includes('canary'));
    const known = new Set(['e0', 'db', 'c0', 'c1', 'c4', 'dd']);
    assert.deepEqual(
      partsOf(kept).filter((part) => !known.has(part)),
      [],
      'no EXIF, profile or comment',
    );
    assert(kept.subarray(-2).equals(Buffer.from('ffd9', 'hex')));
    const { width, height, data } = await decodeJpeg(arrayBufferOf(kept));
    assert.deepEqual([width, height], [WIDTH, HEIGHT]);
    assert((data[0] ?? 255) < 40 && (data[(WIDTH - 1) * 4] ?? 0) > 215);
  });

  test('that lies on its side is kept upright', async () => {
    const kept = await rewriteImage('jpeg', withSegments(await jpeg(), orientation(6)));
    const { width, height, data } = await decodeJpeg(arrayBufferOf(kept));
    assert.deepEqual([width, height], [HEIGHT, WIDTH]);
    assert((data[0] ?? 255) < 40, 'what was left is above');
    assert((data[(HEIGHT * WIDTH - 1) * 4] ?? 0) > 215);
  });

  test('may be progressive, and is written plainly', async () => {
    const kept = await rewriteImage('jpeg', await jpeg({ progressive: true }));
    assert(partsOf(kept).includes('c0') || partsOf(kept).includes('c1'));
  });

  test('that is cut off, broken, too large, in printing inks or of a thousand scans is refused', async () => {
    const whole = await jpeg();
    const sized = (width: number, height: number) => {
      const copy = Buffer.from(whole);
      const at = copy.findIndex((byte, n) => byte === 0xff && (copy[n + 1] === 0xc0 || copy[n + 1] === 0xc1));
      copy.writeUInt16BE(height, at + 5);
      copy.writeUInt16BE(width, at + 7);
      return { copy, at };
    };
    assert.equal(await codeOf(rewriteImage('jpeg', whole)), 'taken');
    assert.equal(
      await codeOf(rewriteImage('jpeg', sized(65_000, 65_000).copy)),
      'attachments.image_too_large',
    );
    const inks = sized(WIDTH, HEIGHT);
    inks.copy[inks.at + 9] = 4;
    const scan = whole.indexOf(Buffer.from('ffda', 'hex'));
    const body = whole.subarray(scan, -2);
    const scans = Buffer.concat([whole.subarray(0, scan), ...Array.from({ length: 101 }, () => body)]);
    const lossless = Buffer.from(whole);
    lossless[inks.at + 1] = 0xc3;
    const bad = [
      whole.subarray(0, -30),
      whole.subarray(0, 60),
      Buffer.from('ffd8ffe000104a464946', 'hex'),
      Buffer.from('ffd8ffd9', 'hex'),
      sized(0, HEIGHT).copy,
      inks.copy,
      lossless,
      Buffer.concat([scans, Buffer.from('ffd9', 'hex')]),
      Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(4_096, 0xff)]),
    ];
    for (const [at, bytes] of bad.entries())
      assert.equal(await codeOf(rewriteImage('jpeg', bytes)), 'attachments.image_wrong', String(at));
  });
});

describe('a PNG', () => {
  const FILTERED = Buffer.concat([0, 1, 2, 3, 4].map((filter) => Buffer.from([filter, 10, 20, 30, 40])));

  test('keeps its pixels under every filter of a row, and no chunk beside them', async () => {
    const extra: Chunk[] = [
      ['tEXt', Buffer.from('Comment\0canary-text')],
      ['iCCP', Buffer.concat([Buffer.from('canary\0\0'), deflateSync(Buffer.from('canary-profile'))])],
      ['eXIf', Buffer.from('II*\0canary-exif')],
    ];
    const given = Buffer.concat([png([...extra, idat(FILTERED)]), Buffer.from('<?php canary-tail')]);
    const kept = await rewriteImage('png', given);
    assert.deepEqual([...new Set(partsOf(kept))], ['IHDR', 'IDAT', 'IEND']);
    assert(!kept.includes('canary'));
    const { data } = await decodePng(arrayBufferOf(kept));
    assert.deepEqual(
      Array.from({ length: 20 }, (_, at) => data[at * 4]),
      [
        [10, 20, 30, 40],
        [10, 30, 60, 100],
        [20, 50, 90, 140],
        [20, 55, 102, 161],
        [30, 75, 132, 201],
      ].flat(),
    );
  });

  test('may have two bytes a sample or be interlaced', async () => {
    const deep = png([idat(Buffer.from([0, 0x12, 0x34]))], { width: 1, height: 1, depth: 16 });
    assert.equal(await codeOf(rewriteImage('png', deep)), 'taken');
    const woven = png([idat(Buffer.from([0, 7]))], { width: 1, height: 1, interlace: 1 });
    assert.equal(await codeOf(rewriteImage('png', woven)), 'taken');
  });

  test('that is cut off, broken, animated or a bomb is refused', async () => {
    const whole = png([idat(FILTERED)]);
    const damaged = Buffer.from(whole);
    damaged[45] = (damaged[45] ?? 0) ^ 1;
    const control = Buffer.alloc(8);
    control.writeUInt32BE(2);
    const bad = [
      damaged,
      whole.subarray(0, -12),
      whole.subarray(0, 20),
      png([idat(FILTERED.subarray(0, 7))]),
      png([['acTL', control], idat(FILTERED)]),
      png([idat(FILTERED)], { width: 0 }),
      png([idat(FILTERED)], { depth: 3 }),
    ];
    for (const [at, bytes] of bad.entries())
      assert.equal(await codeOf(rewriteImage('png', bytes)), 'attachments.image_wrong', String(at));
    const huge = png([idat(Buffer.alloc(8))], { width: 100_000, height: 100_000 });
    assert.equal(await codeOf(rewriteImage('png', huge)), 'attachments.image_too_large');
  });
});
