import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { pipeline as pipelineToEnd } from 'node:stream/promises';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { LIMITS } from '#kernel';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { fileRefusal, inEntry, isMachineError } from './file-refusals.ts';

export type Chunks = AsyncIterable<Buffer>;

/** One file inside the delivery. `open` streams its bytes; nothing is read before. */
export type Part = { name: string | undefined; open(): Promise<Chunks> };

export type ZipPart = Part & { name: string };

export type Zip = { parts: ZipPart[]; close(): void };

/** What the reading of one delivery shares: how far it is, how much it has expanded, what must be let go. */
export type Reading = {
  readonly bytesTotal: number;
  bytesRead: number;
  bytesExpanded: number;
  readonly streams: Set<Readable>;
  readonly zips: Set<Zip>;
};

const CHUNK_BYTES = 64 * 1024;

/** Below this an extreme ratio is an ordinary small file of repeated values. */
const EXPANDED_BYTES_HARMLESS = 16 * 1024 ** 2;

const ZIP_MAGIC = Buffer.from('PK\x03\x04', 'latin1');
const ZIP_EMPTY_MAGIC = Buffer.from('PK\x05\x06', 'latin1');
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

export async function startReading(path: string): Promise<Reading> {
  const { size } = await stat(path);
  return { bytesTotal: size, bytesRead: 0, bytesExpanded: 0, streams: new Set(), zips: new Set() };
}

/** Lets every descriptor go; safe to call at any moment and more than once. */
export function stopReading(reading: Reading): void {
  for (const stream of reading.streams) stream.destroy();
  for (const zip of reading.zips) zip.close();
  reading.streams.clear();
  reading.zips.clear();
}

export type Magic = 'zip' | 'gzip' | 'none';

export function magicOf(head: Buffer): Magic {
  if (head.subarray(0, 4).equals(ZIP_MAGIC) || head.subarray(0, 4).equals(ZIP_EMPTY_MAGIC)) return 'zip';
  return head.subarray(0, 2).equals(GZIP_MAGIC) ? 'gzip' : 'none';
}

export async function readMagic(path: string): Promise<Magic> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return magicOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export function openPlain(path: string, reading: Reading): Part {
  return { name: undefined, open: () => Promise.resolve(received(fileStream(path, reading), reading)) };
}

/** All members of the gzip file as one stream. */
export function openGzip(path: string, reading: Reading): Part {
  return {
    name: undefined,
    open: () => {
      const source = received(fileStream(path, reading), reading);
      const expanded = expand(source, createGunzip({ chunkSize: CHUNK_BYTES }), reading);
      return Promise.resolve(bounded(expanded, reading));
    },
  };
}

/**
 * Lists a zip; entries that carry no data (folders, marks of operating systems) are left out.
 * Declared sizes are never believed: what is expanded is counted, and the checksum decides at the end of an entry.
 */
export async function openZip(path: string, reading: Reading): Promise<Zip> {
  const file = await orDamaged(undefined, () =>
    openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false }),
  );
  const zip: Zip = { parts: [], close: () => file.close() };
  reading.zips.add(zip);
  const entries = await orDamaged(undefined, () => listEntries(file));
  for (const entry of entries) {
    const name = nameOf(entry);
    if (!isMark(name)) zip.parts.push({ name, open: () => openEntry(file, entry, reading) });
  }
  return zip;
}

/**
 * A workbook inside an archive needs random access: its bytes go to a private temporary file that loses its name as
 * soon as it is open, so that the system frees it however this process ends later.
 */
export async function openSpooledZip(chunks: Chunks, reading: Reading): Promise<Zip> {
  const path = join(tmpdir(), `xinqiao-${randomUUID()}`);
  try {
    await pipelineToEnd(chunks, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return await openZip(path, reading);
  } finally {
    await rm(path, { force: true });
  }
}

/** The first bytes of a stream, at least `bytesMin` unless it is shorter, and the whole stream again. */
export async function readPrefix(
  chunks: Chunks,
  bytesMin: number,
): Promise<{ prefix: Buffer; isWhole: boolean; chunks: Chunks }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let bytes = 0;
  let isWhole = false;
  while (bytes < bytesMin && !isWhole) {
    const next = await iterator.next();
    if (next.done === true) isWhole = true;
    else {
      read.push(next.value);
      bytes += next.value.length;
    }
  }
  const prefix = Buffer.concat(read);
  return { prefix, isWhole, chunks: rejoin(prefix, iterator) };
}

async function* rejoin(prefix: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  if (prefix.length > 0) yield prefix;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function fileStream(path: string, reading: Reading): Readable {
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  reading.streams.add(stream);
  return stream;
}

async function* received(source: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    reading.bytesRead = Math.min(reading.bytesTotal, reading.bytesRead + chunk.length);
    yield chunk;
  }
}

async function* expand(
  source: AsyncIterable<Buffer>,
  inflate: Transform,
  reading: Reading,
  entry?: string,
): AsyncGenerator<Buffer, void> {
  reading.streams.add(inflate);
  pipeline(source, inflate, () => {}); // its error also ends the iteration below, where it is thrown
  try {
    yield* inflate;
  } catch (error) {
    throw damagedUnlessMachine(error, entry);
  } finally {
    reading.streams.delete(inflate);
  }
}

/** Counted for stored entries too: a zip may name the same bytes many times. */
async function* bounded(chunks: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    reading.bytesExpanded += chunk.length;
    requireBounded(reading);
    yield chunk;
  }
}

function requireBounded(reading: Reading): void {
  const { bytesExpanded: expanded, bytesTotal: received } = reading;
  const isBeyondRatio =
    expanded > EXPANDED_BYTES_HARMLESS && expanded > received * LIMITS.deliveryExpansionRatioMax;
  if (isBeyondRatio || expanded > LIMITS.deliveryExpandedBytesMax) {
    throw fileRefusal('file.bomb', { expanded, received });
  }
}

async function listEntries(file: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of file.eachEntry()) {
    if (entries.length === LIMITS.archiveEntriesMax) {
      throw fileRefusal('file.archive_entries', { entriesMax: LIMITS.archiveEntriesMax });
    }
    entries.push(entry);
  }
  return entries;
}

async function openEntry(file: ZipFile, entry: Entry, reading: Reading): Promise<Chunks> {
  const name = nameOf(entry);
  if (entry.isEncrypted()) throw fileRefusal('file.encrypted', { entry: inEntry(name) });
  const method = entry.compressionMethod;
  if (method !== 0 && method !== 8)
    throw fileRefusal('file.compression_unknown', { entry: inEntry(name), method });
  const raw = await orDamaged(name, () => file.openReadStreamPromise(entry, { decodeFileData: false }));
  reading.streams.add(raw);
  const source = received(raw, reading);
  const content =
    method === 0 ? source : expand(source, createInflateRaw({ chunkSize: CHUNK_BYTES }), reading, name);
  return summed(bounded(content, reading), entry);
}

async function* summed(chunks: AsyncIterable<Buffer>, entry: Entry): AsyncGenerator<Buffer, void> {
  let sum = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) {
    throw fileRefusal('file.compression_damaged', { entry: inEntry(nameOf(entry)), reason: 'CRC-32' });
  }
}

/** Names of Chinese Windows are GB18030 without a mark; the standard's CP437 would show them as debris. */
function nameOf(entry: Entry): string {
  const bytes = entry.fileNameRaw;
  const text = new TextDecoder(isUtf8Name(bytes) ? 'utf-8' : 'gb18030').decode(bytes);
  return text.replaceAll('\\', '/').replace(/\p{Cc}/gu, '');
}

function isUtf8Name(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

function isMark(name: string): boolean {
  return (
    name.endsWith('/') ||
    /(^|\/)__MACOSX\//.test(name) ||
    /(^|\/)(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(name)
  );
}

async function orDamaged<Result>(entry: string | undefined, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw damagedUnlessMachine(error, entry);
  }
}

/** Refusals and errors of the machine pass; what the unpackers say is a fault of the file. */
function damagedUnlessMachine(error: unknown, entry: string | undefined): unknown {
  if (!(error instanceof Error) || error.name === 'Refusal' || isMachineError(error)) return error;
  if (/strong encryption/i.test(error.message))
    return fileRefusal('file.encrypted', { entry: inEntry(entry) });
  return fileRefusal('file.compression_damaged', { entry: inEntry(entry), reason: error.message });
}
