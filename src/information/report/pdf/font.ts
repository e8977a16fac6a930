import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decompress } from 'wawoff2';

/** A font unpacked in memory, with the code points it can draw. */
export type Font = { readonly bytes: Buffer; hasGlyph: (codePoint: number) => boolean };

/** Unpacks the package's own font (Noto Sans SC, GB 2312, GBK and the Han of GB 18030); about 0.2 s, once. */
export async function openFont(packageFolder: string): Promise<Font> {
  const woff2 = readFileSync(join(packageFolder, 'assets/fonts/noto-sans-sc-regular.woff2'));
  return fontOf(Buffer.from(await decompress(woff2)));
}

/** Reads which code points a TrueType font maps to a glyph (OpenType `cmap`, subtable format 12). */
function fontOf(bytes: Buffer): Font {
  const covered = coverage(bytes);
  return { bytes, hasGlyph: (codePoint) => ((covered[codePoint >> 3] ?? 0) & (1 << (codePoint & 7))) !== 0 };
}

const CODE_POINTS = 0x110000;

function coverage(font: Buffer): Uint8Array {
  const subtable = fullUnicodeSubtable(font);
  const covered = new Uint8Array(CODE_POINTS / 8);
  const groups = font.readUInt32BE(subtable + 12);
  for (let i = 0; i < groups; i += 1) {
    const group = subtable + 16 + 12 * i;
    const last = font.readUInt32BE(group + 4);
    assert.ok(last < CODE_POINTS, 'cmap group beyond Unicode');
    for (let point = font.readUInt32BE(group); point <= last; point += 1) {
      const at = point >> 3;
      covered[at] = (covered[at] ?? 0) | (1 << (point & 7));
    }
  }
  return covered;
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
