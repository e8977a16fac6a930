import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive; its name is ASCII. */
export type ZipFile = { readonly name: string; readonly bytes: Buffer };

/**
 * An archive that every system opens (PKWARE APPNOTE 6.3.10, no extensions), the same bytes for the same files and time.
 * Whole in memory: at most 4 GiB and 65 535 files, which a bundle stays far below.
 */
export function zip(files: readonly ZipFile[], at: Date): Buffer {
  const stamp = dosTime(at);
  let offset = 0;
  const entries = files.map((file) => {
    const entry = packFile(file, stamp, offset);
    offset += entry.local.length + entry.packed.length;
    return entry;
  });
  const directory = Buffer.concat(entries.map(({ central }) => central));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...entries.flatMap(({ local, packed }) => [local, packed]), directory, end]);
}

const STORED = 0;
const DEFLATED = 8;
const VERSION = 20;
/** Most of what there is to win, at a quarter of the highest level's time. */
const LEVEL = 2;

function packFile({ name, bytes }: ZipFile, stamp: number, offset: number) {
  const isPacked = name.endsWith('.pdf'); // its streams are deflated by themselves
  const packed = isPacked ? bytes : deflateRawSync(bytes, { level: LEVEL });
  const text = Buffer.from(name, 'ascii');
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(VERSION, 0);
  facts.writeUInt16LE(0, 2);
  facts.writeUInt16LE(isPacked ? STORED : DEFLATED, 4);
  facts.writeUInt32LE(stamp, 6);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(text.length, 22);
  const local = Buffer.concat([signature(0x04034b50), facts, text]);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([VERSION, 0]);
  const central = Buffer.concat([signature(0x02014b50), madeBy, facts, tail, text]);
  return { packed, local, central };
}

function signature(magic: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(magic);
  return bytes;
}

/** Date in the high half, time in the low one, in steps of two seconds; Beijing time, which the format cannot say. */
function dosTime(at: Date): number {
  const local = new Date(at.getTime() + 8 * 3_600_000);
  const date = ((local.getUTCFullYear() - 1980) << 9) | ((local.getUTCMonth() + 1) << 5) | local.getUTCDate();
  const time = (local.getUTCHours() << 11) | (local.getUTCMinutes() << 5) | (local.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}
