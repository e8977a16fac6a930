import { constants, crc32, deflateRawSync } from 'node:zlib';

/**
 * A raw deflate stream (RFC 1951) written chunk by chunk: each chunk ends on a byte boundary and refers to nothing before it,
 * so that chunks can simply stand one after another. Same chunks, same bytes.
 */
export type DeflateStream = {
  push(chunk: Uint8Array): Buffer;
  end(): Buffer;
  /** CRC-32 and length of what was pushed. */
  totals(): { readonly crc: number; readonly size: number };
};

export function openDeflate(): DeflateStream {
  let crc = 0;
  let size = 0;
  return {
    push(chunk) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      return deflateRawSync(chunk, { level: 6, finishFlush: constants.Z_SYNC_FLUSH });
    },
    end: () => deflateRawSync(Buffer.alloc(0)),
    totals: () => ({ crc, size }),
  };
}

/** Header of a gzip member (RFC 1952) without name and time, so that it is the same every time. */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

export function gzipTrailer({ crc, size }: { readonly crc: number; readonly size: number }): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(size % 4_294_967_296, 4);
  return bytes;
}
