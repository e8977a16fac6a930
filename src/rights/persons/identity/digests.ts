import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readKeyFile, writeKeyFile } from '#kernel';

/** Keyed digests by which a person is found; without the key, which is not in the database, none can be tried. */
export type PersonDigests = {
  /** Of an identity number: one person, one digest. Hex. */
  identity(number: string): string;
  /** Of a name and a masked number, as records carry them. Hex. */
  link(name: string, maskedNumber: string): string;
};

const FILE = 'persons.bin';
const SECRET_BYTES = 32;

/** Reads the key of the keys folder, making it when there is none. Throws `keys.open_to_others`. */
export function openPersonDigests(keysFolder: string): PersonDigests {
  const file = join(keysFolder, FILE);
  if (!existsSync(file)) writeKeyFile(file, randomBytes(SECRET_BYTES));
  return personDigests(readKeyFile(file));
}

export function personDigests(secret: Buffer): PersonDigests {
  const keyOf = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `xinqiao person ${purpose}`, SECRET_BYTES));
  const [identityKey, linkKey] = [keyOf('identity'), keyOf('link')];
  return Object.freeze({
    identity: (number) => createHmac('sha256', identityKey).update(number.toUpperCase()).digest('hex'),
    link: (name, maskedNumber) =>
      createHmac('sha256', linkKey)
        .update(JSON.stringify([foldName(name), maskedNumber.toUpperCase()]))
        .digest('hex'),
  });
}

/** Width, blanks and the dot in names of minorities make no other person. */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s·•.]/gu, '')
    .toUpperCase();
}
