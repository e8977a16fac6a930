import assert from 'node:assert';
import type { KeyObject } from 'node:crypto';
import { gm1 } from './gm-1.ts';
import { intl1 } from './intl-1.ts';
import { isSm2Key } from './sm2.ts';
import type { SignatureAlgorithm, SignatureForm, Suite, SuiteId } from './suite.ts';

const SUITES: Readonly<Record<SuiteId, Suite>> = { 'intl-1': intl1, 'gm-1': gm1 };

export function suiteOf(id: SuiteId): Suite {
  return SUITES[id];
}

/** The suite that a key of this algorithm belongs to; a key has no other. */
export function suiteOfAlgorithm(algorithm: SignatureAlgorithm): Suite {
  return algorithm === 'SM2' ? gm1 : intl1;
}

/** What a key signs with, read from the key; undefined for a kind that no suite has. */
export function algorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519';
  if (key.asymmetricKeyType === 'ec') {
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined;
  }
  return key.type !== 'secret' && isSm2Key(key) ? 'SM2' : undefined;
}

/**
 * Verifies by the algorithm of the key, which the caller trusts, and by nothing that came with the signature.
 * Throws AssertionError for a key of no suite.
 */
export function verifyByKey(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  form: SignatureForm = 'ieee-p1363',
): boolean {
  const algorithm = algorithmOf(key);
  assert(algorithm !== undefined, 'a key of one of the suites');
  return suiteOfAlgorithm(algorithm).verify(key, bytes, signature, form);
}

/** Signs by the algorithm of the key. Throws AssertionError for a key of no suite. */
export function signByKey(key: KeyObject, bytes: Uint8Array, form: SignatureForm = 'ieee-p1363'): Buffer {
  const algorithm = algorithmOf(key);
  assert(algorithm !== undefined, 'a key of one of the suites');
  return suiteOfAlgorithm(algorithm).sign(key, bytes, form);
}
