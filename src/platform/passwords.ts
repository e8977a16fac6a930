import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { platformRefusal } from './platform-refusals.ts';

/** What the database keeps of a password. `cost` is stored so that it can be raised for new ones. */
export type StoredPassword = { readonly salt: Buffer; readonly hash: Buffer; readonly cost: Cost };

export type Cost = { readonly N: number; readonly r: number; readonly p: number };

/** OWASP's scrypt profile with the smallest memory (16 MiB), so that many sign-ins at once do not exhaust it. */
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 };
const HASH_BYTES = 32;
const SCRYPT_MEMORY_BYTES_MAX = 256 * 1024 ** 2;

const PASSWORD_CHARACTERS_MIN = 12;
/** A longer text is no safer and costs the hashing of it. */
export const PASSWORD_CHARACTERS_MAX = 200;

/** Refuses a password that is too short to withstand guessing, or too long to be one. */
export function requirePassword(password: string, charactersMin = PASSWORD_CHARACTERS_MIN): void {
  const { length } = [...password];
  if (length < charactersMin || length > PASSWORD_CHARACTERS_MAX) {
    throw platformRefusal('account.password_short', {
      min: charactersMin,
      max: PASSWORD_CHARACTERS_MAX,
    });
  }
}

export async function hashPassword(password: string): Promise<StoredPassword> {
  const salt = randomBytes(16);
  return { salt, hash: await derive(password, salt, COST), cost: COST };
}

/**
 * Compares in constant time. Without a stored password (unknown or disabled login) it works as long and says no,
 * so that the time of an answer does not tell which logins exist.
 */
export async function isPassword(password: string, stored: StoredPassword | undefined): Promise<boolean> {
  const { salt, hash, cost } = stored ?? NOBODY;
  const isEqual = timingSafeEqual(await derive(password, salt, cost), hash);
  return isEqual && stored !== undefined;
}

const NOBODY: StoredPassword = { salt: randomBytes(16), hash: randomBytes(HASH_BYTES), cost: COST };

/** A password for printing once: 79 bits, no characters that are mistaken for each other. */
export function makeRandomPassword(): string {
  const characters = Array.from({ length: 16 }, () => ALPHABET.charAt(randomInt(ALPHABET.length)));
  return characters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** Unicode forms of one password are one password (RFC 8265, OpaqueString). */
function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: SCRYPT_MEMORY_BYTES_MAX };
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
