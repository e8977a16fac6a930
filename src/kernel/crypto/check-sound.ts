import assert from 'node:assert';
import type { KeyObject } from 'node:crypto';
import type { SignatureForm, Suite } from './suite.ts';

/** A signature with what it is over and the key that checks it. */
export type Signed = { key: KeyObject; message: Buffer; signature: Buffer; form?: SignatureForm };

/** The right signature holds and one flipped bit of it does not. Throws AssertionError. */
export function requireSound(suite: Suite, { key, message, signature, form }: Signed): void {
  assert(suite.verify(key, message, signature, form), 'a right signature holds');
  const changed = Buffer.from(signature);
  changed[7] = (changed[7] ?? 0) ^ 1;
  assert(!suite.verify(key, message, changed, form), 'a changed signature does not hold');
}

/** A value sealed as its standard says, with everything that made it. */
export type SealedAnswer = { name: string; key: Buffer; context: Buffer; plain: Buffer; sealed: Buffer };

/** The known answer opens, a round trip comes back, and a changed byte is refused. Throws AssertionError. */
export function requireSealing(suite: Suite, { name, key, context, plain, sealed }: SealedAnswer): void {
  assert.deepEqual(suite.open(key, sealed, context), plain, `${name} known answer`);
  const again = suite.open(key, suite.seal(key, plain, context), context);
  assert.deepEqual(again, plain, `${name} round trip`);
  const changed = Buffer.from(sealed);
  changed[20] = (changed[20] ?? 0) ^ 1;
  assert.throws(() => suite.open(key, changed, context), `${name} refuses a changed byte`);
}
