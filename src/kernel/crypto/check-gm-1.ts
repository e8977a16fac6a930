import assert from 'node:assert';
import { createPrivateKey } from 'node:crypto';
import { requireSealing, requireSound } from './check-sound.ts';
import { pointOf, sm2KeyAt } from './sm2.ts';
import type { Suite } from './suite.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Known answers of SM3, SM2 and SM4-GCM. Throws AssertionError. */
export function checkGm1(suite: Suite): void {
  checkDigest(suite);
  checkSignature(suite);
  checkSealing(suite);
}

/** GM/T 0004 appendix A, both examples: "abc", and 64 bytes, which fill a block and need a second. */
function checkDigest(suite: Suite): void {
  const answers = {
    abc: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    ['abcd'.repeat(16)]: 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
  };
  for (const [text, expected] of Object.entries(answers)) {
    assert.equal(suite.digest(Buffer.from(text)).toString('hex'), expected, 'SM3 known answer');
  }
}

/**
 * GM/T 0003.5 appendix A: the signature over "message digest" under the default identity, and the key that made it.
 * Signing is randomised, so the answer is checked and fresh signatures, by this key and a new one, made and checked.
 */
function checkSignature(suite: Suite): void {
  const message = Buffer.from('message digest');
  const point = hex(
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  );
  const signature = hex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  );
  const key = sm2KeyAt(point);
  requireSound(suite, { key, message, signature });
  const scalar = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
  const der = hex(`3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420${scalar}`);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  assert.deepEqual(pointOf(privateKey), point, 'SM2 public key of a private key');
  const pair = suite.makeKeyPair('SM2');
  for (const form of ['ieee-p1363', 'der'] as const) {
    requireSound(suite, { key, message, form, signature: suite.sign(privateKey, message, form) });
    const fresh = suite.sign(pair.privateKey, message, form);
    requireSound(suite, { key: pair.publicKey, message, form, signature: fresh });
  }
}

/** RFC 8998 appendix A.1. */
function checkSealing(suite: Suite): void {
  const plain = hex(['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'ee', 'aa'].map((byte) => byte.repeat(8)).join(''));
  const sealed = hex(
    '00001234567800000000abcd' +
      '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735' +
      'd82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d' +
      '83de3541e4c2b58177e065a9bf7b62ec',
  );
  const key = hex('0123456789abcdeffedcba9876543210');
  const context = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  requireSealing(suite, { name: 'SM4-GCM', key, context, plain, sealed });
}
