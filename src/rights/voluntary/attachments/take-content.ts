import { attachmentRefusal } from './attachment-refusals.ts';
import { requirePassivePdf } from './passive-pdf.ts';
import { rewritePng } from './rewrite-png.ts';

/** What is kept of a file: never more than was understood of it. */
export type Taken = {
  readonly contentType: 'application/pdf' | 'image/png';
  readonly extension: 'pdf' | 'png';
  readonly bytes: Buffer;
};

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const PDF = Buffer.from('%PDF-');

/**
 * Decides by its bytes alone what a file is; what it calls itself does not count. A picture is taken apart to its pixels and
 * written anew; a PDF is kept as it is when nothing in it acts. Throws `attachments.type_refused` and what those two throw.
 */
export function takeContent(bytes: Buffer): Taken {
  if (bytes.subarray(0, PNG.length).equals(PNG))
    return { contentType: 'image/png', extension: 'png', bytes: rewritePng(bytes) };
  if (bytes.subarray(0, PDF.length).equals(PDF)) {
    requirePassivePdf(bytes);
    return { contentType: 'application/pdf', extension: 'pdf', bytes };
  }
  throw attachmentRefusal('attachments.type_refused', { type: nameOf(bytes) });
}

const KNOWN: readonly (readonly [string, string])[] = [
  ['ffd8ff', 'JPEG'],
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
