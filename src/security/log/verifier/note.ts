import type { NoteKey } from './note-keys.ts';
import { verifySignature } from './signatures.ts';

/** A C2SP signed note, taken apart and not yet believed. */
export type Note = { readonly text: string; readonly lines: readonly NoteLine[] };
type NoteLine = { readonly name: string; readonly id: Buffer; readonly signature: Buffer };

/** Far above a checkpoint with every witness there may be. */
const NOTE_BYTES_MAX = 64 * 1024;
const LINES_MAX = 64;
const TIME_BYTES = 8;

/** Undefined unless the bytes are a signed note to the letter. */
export function parseNote(bytes: Uint8Array): Note | undefined {
  if (bytes.length > NOTE_BYTES_MAX) return undefined;
  const whole = decode(bytes);
  const end = whole?.lastIndexOf('\n\n') ?? -1;
  if (whole === undefined || end < 0 || !whole.endsWith('\n') || hasControls(whole)) return undefined;
  const lines = whole
    .slice(end + 2, -1)
    .split('\n')
    .map(parseLine);
  const known = lines.filter((line) => line !== undefined);
  return known.length === lines.length && lines.length <= LINES_MAX
    ? { text: whole.slice(0, end + 1), lines: known }
    : undefined;
}

/** Whose signatures hold, with the time of a cosignature; and how many lines nobody here can check. */
export type NoteVerdict = {
  readonly signers: readonly { readonly key: NoteKey; readonly time?: number }[];
  readonly unknown: number;
};

/** Undefined when a line of a known key does not hold: C2SP signed-note wants such a note rejected whole. */
export function judgeNote(note: Note, keys: readonly NoteKey[]): NoteVerdict | undefined {
  const signers: { key: NoteKey; time?: number }[] = [];
  let unknown = 0;
  for (const line of note.lines) {
    const key = keys.find(({ name, id }) => name === line.name && id.equals(line.id));
    if (key === undefined) {
      unknown += 1;
      continue;
    }
    const signed = checkLine(note.text, line, key);
    if (signed === undefined) return undefined;
    signers.push({ key, ...signed });
  }
  return { signers, unknown };
}

export function formatLine(name: string, id: Buffer, signature: Uint8Array): string {
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** C2SP tlog-cosignature: what a witness signs; the time is in seconds since 1970. */
export function cosignedText(text: string, time: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}

/** The signature of a cosignature line: time as a big-endian uint64, then 64 bytes Ed25519. */
export function packCosignature(time: number, signature: Uint8Array): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(time));
  return Buffer.concat([bytes, signature]);
}

function checkLine(text: string, { signature }: NoteLine, key: NoteKey): { time?: number } | undefined {
  const { publicKey } = key;
  if (key.type !== 'cosignature') {
    return verifySignature(publicKey, Buffer.from(text), signature) ? {} : undefined;
  }
  if (signature.length < TIME_BYTES) return undefined;
  const time = Number(signature.readBigUInt64BE());
  const holds = verifySignature(publicKey, cosignedText(text, time), signature.subarray(TIME_BYTES));
  return holds && Number.isSafeInteger(time) ? { time } : undefined;
}

function parseLine(line: string): NoteLine | undefined {
  const [, name = '', text = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  const bytes = Buffer.from(text, 'base64');
  if (name === '' || bytes.length <= 4 || bytes.toString('base64') !== text) return undefined;
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' && character !== '\n');
}
