const PREFIX_BYTES = 2;
/** What a length of two bytes can say. */
const PIECE_BYTES_MAX = 65_535;

/** C2SP tlog-tiles: each piece behind its length as a big-endian uint16. Throws RangeError for a longer piece. */
export function packBundle(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    pieces.flatMap((piece) => {
      if (piece.length > PIECE_BYTES_MAX) throw new RangeError('a piece of a bundle is at most 65 535 bytes');
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix.writeUInt16BE(piece.length);
      return [prefix, piece];
    }),
  );
}

/** The pieces, or undefined when the lengths do not add up. */
export function unpackBundle(bytes: Buffer): Buffer[] | undefined {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + PREFIX_BYTES <= bytes.length) {
    const end = at + PREFIX_BYTES + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    pieces.push(bytes.subarray(at + PREFIX_BYTES, end));
    at = end;
  }
  return at === bytes.length ? pieces : undefined;
}

/**
 * Exactly `count` pieces whatever the bytes are, so that a broken bundle can be held against its hashes piece by
 * piece: what a wrong length swallows or leaves over belongs to the piece where it happens.
 */
export function splitBundle(bytes: Buffer, count: number): Buffer[] {
  let at = 0;
  return Array.from({ length: count }, (_, n) => {
    const start = Math.min(at + PREFIX_BYTES, bytes.length);
    const length = at + PREFIX_BYTES <= bytes.length ? bytes.readUInt16BE(at) : 0;
    const isOff = start + length > bytes.length || (n === count - 1 && start + length < bytes.length);
    const piece = isOff ? bytes.subarray(at) : bytes.subarray(start, start + length);
    at = isOff ? bytes.length : start + length;
    return piece;
  });
}
