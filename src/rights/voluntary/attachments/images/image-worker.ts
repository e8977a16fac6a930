import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import decodeJpeg, { init as initJpegDecoder } from '@jsquash/jpeg/decode.js';
import encodeJpeg, { init as initJpegEncoder } from '@jsquash/jpeg/encode.js';
import decodePng, { init as initPngDecoder } from '@jsquash/png/decode.js';
import encodePng, { init as initPngEncoder } from '@jsquash/png/encode.js';
import type { ImageReply, ImageTask } from './image-shape.ts';

/*
 * The thread that takes one picture apart to its pixels and writes them anew, and ends. Decoders are WebAssembly, so that a
 * file which breaks one reaches the memory of that decoder and nothing else. It is started by rewrite-image.ts only.
 */
assert(parentPort !== null, 'runs as a worker thread');
const port = parentPort;
/** Text of a scan stays sharp; progressive files take three times the work for a tenth of the bytes. */
const JPEG = { quality: 88, progressive: false, baseline: true };

const reply = await rewrite(workerData as ImageTask);
port.postMessage(reply);

type Pixels = { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number };

async function rewrite({ kind, bytes }: ImageTask): Promise<ImageReply> {
  await (kind === 'png' ? openPng() : openJpeg());
  const pixels = await decode({ kind, bytes });
  if (pixels === undefined) return { kind: 'wrong' };
  const written = kind === 'png' ? await encodePng(pixels) : await encodeJpeg(pixels, JPEG);
  return { kind: 'rewritten', bytes: new Uint8Array(written) };
}

/** Undefined where the decoder cannot read it: libjpeg and png throw numbers, strings and traps. */
async function decode({ kind, bytes }: ImageTask): Promise<Pixels | undefined> {
  const whole = new Uint8Array(bytes).buffer;
  try {
    const found: unknown =
      kind === 'png' ? await decodePng(whole) : await decodeJpeg(whole, { preserveOrientation: true });
    return isPixels(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isPixels(found: unknown): found is Pixels {
  if (typeof found !== 'object' || found === null || !('data' in found)) return false;
  if (!('width' in found) || !('height' in found)) return false;
  const { data, width, height } = found;
  return (
    data instanceof Uint8ClampedArray &&
    typeof width === 'number' &&
    typeof height === 'number' &&
    data.length === width * height * 4
  );
}

/** Loaded from the package: the codecs would fetch them, as pages do. */
async function openPng(): Promise<void> {
  const codec = codecOf('@jsquash/png/codec/pkg/squoosh_png_bg.wasm');
  await initPngDecoder(codec);
  await initPngEncoder(codec);
}

async function openJpeg(): Promise<void> {
  const decoder = { wasmBinary: codecOf('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm') };
  const encoder = { wasmBinary: codecOf('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm') };
  await initJpegDecoder(decoder);
  await initJpegEncoder(encoder);
}

function codecOf(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(new URL(import.meta.resolve(name)))).buffer;
}
