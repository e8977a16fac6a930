import assert from 'node:assert';
import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readKeyFile, writeKeyFile } from '#kernel';

const FILE = 'identity.bin';
const SECRET_BYTES = 32;

/** What the processes of one node share: a key for each purpose, none of which tells another. */
export type SharedSecret = {
  derive(purpose: 'dpop-nonce' | 'cookie' | 'second-factor' | 'outside-account'): Buffer;
};

/**
 * Reads the secret of the keys folder, making it when there is none; of two processes that start at once one makes it
 * and both read it. It stands beside the signing keys: whoever can sign can also check what another process handed out.
 * Throws `keys.open_to_others`.
 */
export function openSharedSecret(keysFolder: string): SharedSecret {
  const file = join(keysFolder, FILE);
  if (!existsSync(file)) writeKeyFile(file, randomBytes(SECRET_BYTES));
  const secret = readKeyFile(file);
  assert.equal(secret.length, SECRET_BYTES, `${FILE} holds ${SECRET_BYTES} bytes`);
  return {
    derive: (purpose) => Buffer.from(hkdfSync('sha256', secret, '', `xinqiao ${purpose}`, SECRET_BYTES)),
  };
}
