/** Two-byte codes of GB18030 by UTF-16 unit, made once from the decoder of the platform. */
let table: Uint16Array | undefined;

/**
 * Encodes to GB18030: one byte for ASCII, two for the characters of GBK. Throws RangeError for anything that needs four
 * bytes: the words of the synthetic city have none.
 */
export function encodeGb18030(text: string): Buffer {
  table ??= makeTable();
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      bytes[length] = unit;
      length += 1;
      continue;
    }
    const code = table[unit] ?? 0;
    if (code === 0) throw new RangeError(`no two-byte code for U+${unit.toString(16)}`);
    bytes.writeUInt16BE(code, length);
    length += 2;
  }
  return bytes.subarray(0, length);
}

function makeTable(): Uint16Array {
  const decoder = new TextDecoder('gb18030');
  const made = new Uint16Array(65_536);
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      // A code without a character decodes to U+FFFD, or to that and the second byte on its own.
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1) made[text.charCodeAt(0)] = lead * 256 + trail;
    }
  }
  made[0xfffd] = 0;
  return made;
}
