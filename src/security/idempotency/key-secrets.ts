import { createHmac, createSecretKey, hash, hkdfSync } from 'node:crypto';
import { drawBytes, intl1 } from '#kernel';

/** What is derived from an Idempotency-Key and lives no longer than the call that carried it. */
export type KeySecrets = { readonly sealKey: Buffer; readonly tagKey: Buffer };

/** Whose key it is and for what; bound to everything stored under it. */
export type KeyScope = { readonly participant: string; readonly operation: string };

/** The suite of what is stored, beside every row. */
export const SUITE_ID = intl1.id;

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const INFO = 'xinqiao idempotency v1';

export function newSalt(): Buffer {
  return drawBytes(SALT_BYTES);
}

/** SHA-256 of the key; the only trace of it that stays. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** HKDF-SHA-256 (RFC 5869) over the key with the row's salt: 32 bytes to seal with, 32 to compare requests with. */
export function deriveSecrets(key: string, salt: Buffer): KeySecrets {
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, INFO, 2 * KEY_BYTES));
  return { sealKey: bytes.subarray(0, KEY_BYTES), tagKey: bytes.subarray(KEY_BYTES) };
}

/** What a request is recognised by; without the key nobody can try requests against it. */
export function tagRequest({ tagKey }: KeySecrets, scope: KeyScope, requestDigest: string): Buffer {
  return createHmac('sha256', createSecretKey(tagKey))
    .update(contextOf(scope))
    .update(requestDigest)
    .digest();
}

export function sealAnswer({ sealKey }: KeySecrets, scope: KeyScope, answer: string): Buffer {
  return intl1.seal(sealKey, Buffer.from(answer), contextOf(scope));
}

/** Throws when the key, the scope or a stored byte differs. */
export function openAnswer({ sealKey }: KeySecrets, scope: KeyScope, sealed: Buffer): string {
  return intl1.open(sealKey, sealed, contextOf(scope)).toString('utf8');
}

function contextOf({ participant, operation }: KeyScope): Buffer {
  return Buffer.from(`${participant}\0${operation}\0`);
}
