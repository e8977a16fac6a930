import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyStore, openKeyStore } from '#kernel';
import type { Cleanup } from './database.ts';

/** The keys of one test, in a folder that goes with it. */
export function openTestKeys(t: Cleanup): KeyStore {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return openKeyStore(folder);
}
