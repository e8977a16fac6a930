import type { KeyObject } from 'node:crypto';

/** Every stored signature, digest and sealed value says its suite; a suite's meaning never changes. */
export const SUITE_IDS = ['intl-1', 'gm-1'] as const;
export type SuiteId = (typeof SUITE_IDS)[number];

/** ES256 stands beside Ed25519 because readers of PAdES and SD-JWT know no other curve; SM2 is GM/T 0003. */
export type SignatureAlgorithm = 'Ed25519' | 'ES256' | 'SM2';

/**
 * How a signature of a curve is laid out: r‖s for JOSE (RFC 7518 3.4), DER for CMS (RFC 5754) and GM/T 0009.
 * Ed25519 has one form.
 */
export type SignatureForm = 'ieee-p1363' | 'der';

/** Sealed: 12 bytes nonce, ciphertext, 16 bytes tag (NIST SP 800-38D). */
export type Suite = {
  readonly id: SuiteId;
  /** Bytes of a key for `seal` and `open`. */
  readonly sealKeyBytes: number;
  digest(bytes: Uint8Array): Buffer;
  makeKeyPair(algorithm: SignatureAlgorithm): { privateKey: KeyObject; publicKey: KeyObject };
  sign(key: KeyObject, bytes: Uint8Array, form?: SignatureForm): Buffer;
  verify(key: KeyObject, bytes: Uint8Array, signature: Uint8Array, form?: SignatureForm): boolean;
  /** Throws when `key` is not of `sealKeyBytes`. `context` is bound to the value but not stored with it. */
  seal(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer;
  /** Throws when one bit of key, sealed value or context differs. */
  open(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Buffer;
};

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
