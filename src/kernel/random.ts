import { randomFillSync } from 'node:crypto';

/** One draw serves many: asking the system costs more by the call than by the byte. */
const POOL_BYTES = 8_192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** So many bytes of chance from the system's generator, given once and then forgotten here; at most 1 KiB a call. */
export function drawBytes(bytes: number): Buffer {
  if (bytes > POOL_BYTES / 8) return randomFillSync(Buffer.alloc(bytes));
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const own = Buffer.from(pool.subarray(used, used + bytes));
  pool.fill(0, used, used + bytes);
  used += bytes;
  return own;
}
