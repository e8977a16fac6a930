/**
 * Whether a PDF (ISO 32000) only shows something. It is not parsed: every place in which a name can stand is looked through,
 * the compressed object streams too, and a file that hides places (encrypted, other filters on objects) is refused whole.
 */
import { inflateSync } from 'node:zlib';
import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { attachmentRefusal } from './attachment-refusals.ts';

/** What acts, carries files or fetches something, by the name under which it would stand. */
const ACTIVE: ReadonlySet<string> = new Set([
  'JavaScript',
  'JS',
  'Launch',
  'EmbeddedFile',
  'EmbeddedFiles',
  'Filespec',
  'OpenAction',
  'AA',
  'XFA',
  'RichMedia',
  'GoToE',
  'GoToR',
  'ImportData',
  'SubmitForm',
  'Movie',
  'Sound',
  'Rendition',
  'Encrypt',
]);

const STREAM = Buffer.from('stream');
const END = Buffer.from('endstream');
/** A trailer ends the file; an archive glued behind it does not fit in here. */
const TAIL_BYTES_MAX = 1_024;
/** Names this short turn up in compressed pictures by chance; each of them needs a longer one to act. */
const SHORT_NAME_MAX = 3;

/**
 * Throws `attachments.pdf_active` with the name found, `attachments.pdf_unreadable`. Where a stream begins is a guess that a
 * forged comment can lead astray, so the long names are looked for in every byte, and every object stream that is named
 * anywhere must be one that was looked into.
 */
export function requirePassivePdf(bytes: Buffer): void {
  if (bytes.lastIndexOf('%%EOF') < bytes.length - TAIL_BYTES_MAX) throw unreadable();
  let [expanded, count, looked, from] = [0, 0, 0, 0];
  for (const { dictionary, data, before } of streamsOf(bytes)) {
    count += 1;
    if (count > ATTACHMENT_LIMITS.pdfStreamsMax) throw unreadable();
    requirePassive(bytes.subarray(from, before), 1);
    from = before + data.length;
    if (!/\/ObjStm\b/.test(dictionary)) continue;
    const plain = expand(dictionary, data, ATTACHMENT_LIMITS.expandedBytesMax - expanded);
    [expanded, looked] = [expanded + plain.length, looked + 1];
    requirePassive(plain, 1);
  }
  requirePassive(bytes.subarray(from), 1);
  if (requirePassive(bytes, SHORT_NAME_MAX + 1) !== looked) throw unreadable();
}

function unreadable(): Error {
  return attachmentRefusal('attachments.pdf_unreadable');
}

type Stream = { readonly dictionary: string; readonly data: Buffer; readonly before: number };

/** Every stream with the dictionary in front of it; `before` is where its data begins. */
function* streamsOf(bytes: Buffer): Generator<Stream> {
  let at = 0;
  for (;;) {
    const found = bytes.indexOf(STREAM, at);
    if (found === -1) return;
    const begin = afterLine(bytes, found + STREAM.length);
    const end = bytes.indexOf(END, begin);
    if (begin === found + STREAM.length || end === -1) {
      at = found + STREAM.length; // the word in a text, or `endstream`: no stream begins here
      continue;
    }
    yield { dictionary: dictionaryBefore(bytes, at, found), data: bytes.subarray(begin, end), before: begin };
    at = end + END.length;
  }
}

/** A stream's data begins on the line after the word. */
function afterLine(bytes: Buffer, at: number): number {
  if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) return at + 2;
  return bytes[at] === 0x0a ? at + 1 : at;
}

function dictionaryBefore(bytes: Buffer, from: number, until: number): string {
  const text = bytes.toString('latin1', from, until);
  return namesDecoded(text.slice(Math.max(0, text.lastIndexOf(' obj'))));
}

/** Objects stand behind one Flate filter, as every writer of them does it, or the file is not looked into. */
function expand(dictionary: string, data: Buffer, bytesMax: number): Buffer {
  const filters = /\/Filter\s*(\[[^\]]*\]|\/\w+)/.exec(dictionary)?.[1] ?? '';
  if (filters === '') return data;
  if (!/^\[?\s*\/(FlateDecode|Fl)\s*\]?$/.test(filters) || /\/DecodeParms\b|\/DP\b/.test(dictionary))
    throw unreadable();
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, bytesMax) });
  } catch {
    throw unreadable(); // broken, or more than may be expanded
  }
}

/** Looks at every name of at least so many letters; returns how many name an object stream. */
function requirePassive(bytes: Buffer, lettersMin: number): number {
  let objects = 0;
  for (const [, written = ''] of bytes.toString('latin1').matchAll(/\/([^\s/<>[\](){}%]{1,127})/g)) {
    const name = namesDecoded(written);
    if (name.length >= lettersMin && ACTIVE.has(name))
      throw attachmentRefusal('attachments.pdf_active', { what: name });
    if (name === 'ObjStm') objects += 1;
  }
  return objects;
}

/** `#4a` in a name is the letter J. */
function namesDecoded(text: string): string {
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
