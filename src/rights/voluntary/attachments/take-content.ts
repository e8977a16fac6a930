import { attachmentRefusal } from './attachment-refusals.ts';
import { rewriteImage } from './images/rewrite-image.ts';
import { requirePassivePdf } from './passive-pdf.ts';

/** What is kept of a file: never more than was understood of it. */
export type Taken = {
  readonly contentType: 'application/pdf' | 'image/png' | 'image/jpeg';
  readonly extension: 'pdf' | 'png' | 'jpg';
  readonly bytes: Buffer;
};

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');
const PDF = Buffer.from('%PDF-');

/**
 * Decides by its bytes alone what a file is; what it calls itself does not count. A picture is taken apart to its pixels and
 * written anew; a PDF is kept as it is when nothing in it acts. Throws `attachments.type_refused` and what those two throw.
 */
export async function takeContent(bytes: Buffer): Promise<Taken> {
  if (startsWith(bytes, PNG))
    return { contentType: 'image/png', extension: 'png', bytes: await rewriteImage('png', bytes) };
  if (startsWith(bytes, JPEG))
    return { contentType: 'image/jpeg', extension: 'jpg', bytes: await rewriteImage('jpeg', bytes) };
  if (startsWith(bytes, PDF)) {
    requirePassivePdf(bytes);
    return { contentType: 'application/pdf', extension: 'pdf', bytes };
  }
  throw attachmentRefusal('attachments.type_refused', { type: nameOf(bytes) });
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

const KNOWN: readonly (readonly [string, string])[] = [
  ['504b0304', 'ZIP / Office / OFD'],
  ['d0cf11e0', 'Office 97-2003'],
  ['47494638', 'GIF'],
  ['49492a00', 'TIFF'],
  ['4d4d002a', 'TIFF'],
  ['52494646', 'WebP / RIFF'],
  ['7b5c727466', 'RTF'],
  ['4d5a', 'EXE'],
  ['7f454c46', 'ELF'],
  ['52617221', 'RAR'],
  ['377abcaf', '7z'],
  ['1f8b', 'gzip'],
];

function nameOf(bytes: Buffer): string {
  const head = bytes.subarray(0, 8).toString('hex');
  return KNOWN.find(([magic]) => head.startsWith(magic))?.[1] ?? '?';
}
