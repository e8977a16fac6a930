import { inflateRawSync, inflateSync } from 'node:zlib';
import { type Aviary, type Canary, WORD_LENGTH } from './leak-canaries.ts';

/**
 * Every canary in these bytes: in plain text, with separators between digits, in base64, in the streams and shown text of
 * a PDF, and in each file of an archive.
 */
export function findCanaries(aviary: Aviary, bytes: Buffer): Set<Canary> {
  const found = new Set<Canary>();
  for (const text of filesOf(bytes).flatMap(textsOf)) {
    findInText(aviary, text, found);
    for (const decoded of decodedParts(text)) findInText(aviary, decoded, found);
  }
  return found;
}

function textsOf(bytes: Buffer): string[] {
  const isPdf = bytes.subarray(0, 5).toString('latin1') === '%PDF-';
  return isPdf ? textsOfPdf(bytes) : [bytes.toString('utf8')];
}

const ZIP_FILE = 0x04034b50;
const HEAD_BYTES = 30;

/** The files of an archive, whose heads carry the sizes (PKWARE APPNOTE 4.3.7); the bytes themselves of what is none. */
function filesOf(bytes: Buffer): Buffer[] {
  const files: Buffer[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length && bytes.readUInt32LE(at) === ZIP_FILE) {
    const start = at + HEAD_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    const end = start + bytes.readUInt32LE(at + 18);
    const packed = bytes.subarray(start, end);
    files.push(bytes.readUInt16LE(at + 8) === 0 ? packed : inflateRawSync(packed));
    at = end;
  }
  return files.length === 0 ? [bytes] : files;
}

function findInText({ words, numbers }: Aviary, text: string, found: Set<Canary>): void {
  const lower = text.toLowerCase();
  const add = (canary: Canary | undefined) => canary !== undefined && found.add(canary);
  for (const { index } of lower.matchAll(/zq[a-z2-7]{6}/g))
    add(words.get(lower.slice(index, index + WORD_LENGTH)));
  for (const [run] of lower.matchAll(/[0-9a-z*]{8,}/g)) add(words.get(run));
  const withoutPoints = lower.replaceAll(/(?<=\d)[.-](?=\d)/g, '');
  const withoutCommas = withoutPoints.replaceAll(/(?<=\d),(?=\d)/g, '');
  for (const spelling of new Set([lower, withoutPoints, withoutCommas])) {
    for (const [run] of spelling.matchAll(/\d{9,}/g)) add(numbers.get(run));
  }
}

/** Signed tokens carry their content in base64url, attachments and proofs in base64. */
function decodedParts(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9_+/-]{24,}={0,2}/g)].map(([run]) =>
    Buffer.from(run, 'base64').toString('utf8'),
  );
}

/** The file itself, each of its streams expanded, and what its fonts make of the shown glyphs. */
function textsOfPdf(pdf: Buffer): string[] {
  const streams = [...streamsOf(pdf)];
  const maps = streams.filter((text) => text.includes('beginbf')).map(glyphMap);
  const shown = streams
    .filter((text) => /\bT[Jj]\b/.test(text))
    .flatMap((text) => maps.map((map) => showText(text, map)));
  return [pdf.toString('latin1'), ...streams, ...shown];
}

function* streamsOf(pdf: Buffer): Generator<string> {
  for (let at = pdf.indexOf('stream'); at >= 0; at = pdf.indexOf('stream', at + 1)) {
    if (pdf.subarray(at - 3, at).toString('latin1') === 'end') continue;
    const start = at + (pdf[at + 6] === 0x0d ? 8 : 7);
    const end = pdf.indexOf('endstream', start);
    try {
      yield inflateSync(pdf.subarray(start, end)).toString('utf8');
    } catch {
      continue; // a picture, or a stream that is not compressed: its bytes are looked at as they are
    }
  }
}

/** A font's ToUnicode map: glyph number in four hexadecimal digits → text. */
function glyphMap(text: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [, block = ''] of text.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, glyph = '', to = ''] of block.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g))
      map.set(glyph.toLowerCase(), utf16Of(to));
  }
  for (const [, block = ''] of text.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from = '', last = '', to = ''] of block.matchAll(
      /<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g,
    )) {
      const first = Number.parseInt(from, 16);
      for (let glyph = first; glyph <= Number.parseInt(last, 16); glyph += 1) {
        const unit = (Number.parseInt(to, 16) + glyph - first).toString(16).padStart(4, '0');
        map.set(glyph.toString(16).padStart(from.length, '0'), utf16Of(unit));
      }
    }
  }
  return map;
}

function utf16Of(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : '';
}

/** Strings of one text object stand together, as they do on the page. */
function showText(text: string, map: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\[((?:<[0-9A-Fa-f]*>|[^\]])*)\]\s*TJ|<([0-9A-Fa-f]+)>\s*Tj/g, (_all, many, one) => {
    const hex = [...String(many ?? `<${one}>`).matchAll(/<([0-9A-Fa-f]*)>/g)]
      .map(([, part]) => part)
      .join('');
    return (hex.toLowerCase().match(/.{4}/g) ?? []).map((glyph) => map.get(glyph) ?? '').join('');
  });
}
