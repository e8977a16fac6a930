import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { highestNumber, openKeyFolder, readKeyFile, unreadableKey, writeKeyFile } from './key-files.ts';
import { type Suite, SUITE_IDS, type SuiteId } from './suite.ts';
import { suiteOf } from './suites.ts';

/** Wraps data keys; its length says its suite. */
export type MasterKey = { readonly number: number; readonly suite: Suite; readonly bytes: Buffer };

/**
 * The master keys of sealed fields, in files `field-<number>.key` (32 or 16 raw bytes) of mode 0600 beside the signing
 * keys. Without them the database's sealed values are noise: they are kept and backed up apart from it.
 */
export type FieldCipher = {
  /** Seals new values; what is sealed already opens under its own. */
  readonly suite: Suite;
  /** The key that wraps now; made when the active suite has none. Sees the rotation of another process. */
  current(): MasterKey;
  /** Makes the next key. Data keys wrapped by older ones wait for `rotateMasterKey`. */
  next(): MasterKey;
  /** Throws `keys.unreadable` when the file is gone. */
  numbered(number: number): MasterKey;
};

/** Opens the folder, making it (0700) when absent. */
export function openFieldCipher(keysFolder: string, suiteId: SuiteId): FieldCipher {
  openKeyFolder(keysFolder);
  const suite = suiteOf(suiteId);
  const known = new Map<number, MasterKey>();
  const highest = (): number => highestNumber(keysFolder, 'field', 'key');
  const numbered = (number: number): MasterKey => {
    const master = known.get(number) ?? readMaster(keysFolder, number);
    known.set(number, master);
    return master;
  };
  const next = (): MasterKey => {
    const number = highest() + 1;
    writeKeyFile(fileOf(keysFolder, number), randomBytes(suite.sealKeyBytes));
    return current();
  };
  const current = (): MasterKey => {
    for (let number = highest(); number > 0; number -= 1) {
      const master = numbered(number);
      if (master.suite.id === suiteId) return master;
    }
    return next();
  };
  return { suite, current, next, numbered };
}

function fileOf(folder: string, number: number): string {
  return join(folder, `field-${number}.key`);
}

function readMaster(folder: string, number: number): MasterKey {
  const file = fileOf(folder, number);
  const bytes = readKeyFile(file);
  const id = SUITE_IDS.find((one) => suiteOf(one).sealKeyBytes === bytes.length);
  if (id === undefined) throw unreadableKey(file);
  return { number, suite: suiteOf(id), bytes };
}
