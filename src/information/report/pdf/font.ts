import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decompress } from 'wawoff2';

/** A font unpacked in memory, with the code points it can draw. */
export type Font = {
  readonly bytes: Buffer;
  hasGlyph: (codePoint: number) => boolean;
  /** How far the character takes the pen, in em. */
  advanceEms: (codePoint: number) => number;
};

/** Unpacks the package's own font (Noto Sans SC, GB 2312, GBK and the Han of GB 18030); about 0.2 s, once. */
export async function openFont(packageFolder: string): Promise<Font> {
  const woff2 = readFileSync(join(packageFolder, 'assets/fonts/noto-sans-sc-regular.woff2'));
  return fontOf(Buffer.from(await decompress(woff2)));
}

function fontOf(bytes: Buffer): Font {
  const glyphs = glyphsByCodePoint(bytes);
  const advance = advances(bytes);
  return {
    bytes,
    hasGlyph: (codePoint) => glyphs[codePoint] !== NO_GLYPH,
    advanceEms: (codePoint) => advance(glyphs[codePoint] ?? NO_GLYPH),
  };
}

const CODE_POINTS = 0x110000;
/** The glyph that stands for what a font cannot draw (OpenType). */
const NO_GLYPH = 0;

/** Which glyph a TrueType font maps each code point to (OpenType `cmap`, subtable format 12). */
function glyphsByCodePoint(font: Buffer): Uint16Array {
  const subtable = fullUnicodeSubtable(font);
  const glyphs = new Uint16Array(CODE_POINTS);
  const groups = font.readUInt32BE(subtable + 12);
  for (let i = 0; i < groups; i += 1) {
    const group = subtable + 16 + 12 * i;
    const first = font.readUInt32BE(group);
    const last = font.readUInt32BE(group + 4);
    const glyph = font.readUInt32BE(group + 8);
    assert.ok(last < CODE_POINTS, 'cmap group beyond Unicode');
    for (let point = first; point <= last; point += 1) glyphs[point] = glyph + point - first;
  }
  return glyphs;
}

/** Widths by glyph (OpenType `hmtx`): the last one stands for all glyphs after it. */
function advances(font: Buffer): (glyph: number) => number {
  const unitsPerEm = font.readUInt16BE(tableOffset(font, 'head') + 18);
  const last = font.readUInt16BE(tableOffset(font, 'hhea') + 34) - 1;
  const widths = tableOffset(font, 'hmtx');
  return (glyph) => font.readUInt16BE(widths + 4 * Math.min(glyph, last)) / unitsPerEm;
}

function fullUnicodeSubtable(font: Buffer): number {
  const cmap = tableOffset(font, 'cmap');
  const subtables = font.readUInt16BE(cmap + 2);
  for (let i = 0; i < subtables; i += 1) {
    const offset = cmap + font.readUInt32BE(cmap + 4 + 8 * i + 4);
    if (font.readUInt16BE(offset) === 12) return offset;
  }
  throw new TypeError('font without a cmap subtable of format 12');
}

function tableOffset(font: Buffer, tag: string): number {
  const tables = font.readUInt16BE(4);
  for (let i = 0; i < tables; i += 1) {
    const entry = 12 + 16 * i;
    if (font.toString('latin1', entry, entry + 4) === tag) return font.readUInt32BE(entry + 8);
  }
  throw new TypeError(`font without a table ${tag}`);
}
