import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';

/** What an earlier start wrote by `writeKept`; undefined: none did. */
export function readKept(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Written whole and renamed, readable by the node's own user alone. */
export async function writeKept(file: string, kept: object): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(kept, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
