import assert from 'node:assert';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { requireSealing, requireSound } from './check-sound.ts';
import type { Suite } from './suite.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const base64url = (text: string): Buffer => Buffer.from(text, 'base64url');

/** Known answers of Ed25519, ES256, SHA-256 and AES-256-GCM. Throws AssertionError. */
export function checkIntl1(suite: Suite): void {
  checkDigest(suite);
  checkEd25519(suite);
  checkEs256(suite);
  checkSealing(suite);
}

/** FIPS 180-4 example "abc". */
function checkDigest(suite: Suite): void {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(suite.digest(Buffer.from('abc')).toString('hex'), expected, 'SHA-256 known answer');
}

/** RFC 8032 section 7.1, TEST 2. */
function checkEd25519(suite: Suite): void {
  const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
  const key = createPrivateKey({
    key: hex(`302e020100300506032b657004220420${seed}`),
    format: 'der',
    type: 'pkcs8',
  });
  const expected =
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
  const message = hex('72');
  const signature = suite.sign(key, message);
  assert.equal(signature.toString('hex'), expected, 'Ed25519 known answer');
  requireSound(suite, { key: createPublicKey(key), message, signature });
}

/** RFC 7515 appendix A.3: signing is randomised, so the answer is checked and a fresh signature made and checked. */
function checkEs256(suite: Suite): void {
  const x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU';
  const y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0';
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  const payload =
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
  const message = Buffer.from(`eyJhbGciOiJFUzI1NiJ9.${payload}`);
  const signature = base64url(
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  );
  requireSound(suite, { key, message, signature });
  const pair = suite.makeKeyPair('ES256');
  requireSound(suite, { key: pair.publicKey, message, signature: suite.sign(pair.privateKey, message) });
}

/** McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
function checkSealing(suite: Suite): void {
  const plain = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const sealed = hex(
    'cafebabefacedbaddecaf888' +
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  );
  const key = hex('feffe9928665731c6d6a8f9467308308'.repeat(2));
  const context = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  requireSealing(suite, { name: 'AES-256-GCM', key, context, plain, sealed });
}
