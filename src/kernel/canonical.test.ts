import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import canonicalize from 'canonicalize';
import { canonicalJson } from './canonical.ts';

test('the example of RFC 8785 section 3.2.3 sorts by UTF-16 code units', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'CR',
    '\ufb33': 'Dalet',
    '1': 'One',
    '\ud83d\ude00': 'Smiley',
    '\u0080': 'Control',
    '\u00f6': 'o',
  };
  assert.equal(
    canonicalJson(value),
    '{"\\r":"CR","1":"One","\u0080":"Control","\u00f6":"o","\u20ac":"Euro Sign","\ud83d\ude00":"Smiley","\ufb33":"Dalet"}',
  );
});

test('numbers have their shortest form', () => {
  assert.equal(
    canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0]),
    '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
  );
});

test('any value has the form that an independent implementation gives it', () => {
  for (let round = 0; round < 300; round += 1) {
    const value = randomValue(randomBytes(64), 0);
    assert.equal(canonicalJson(value), canonicalize(value));
  }
});

test('what has no form is refused, not guessed', () => {
  for (const value of [undefined, Number.NaN, { a: Number.POSITIVE_INFINITY }, 'a\ud800']) {
    assert.throws(() => canonicalJson(value));
  }
});

function randomValue(bytes: Buffer, depth: number): unknown {
  const kind = (bytes[depth] ?? 0) % (depth > 4 ? 4 : 7);
  const text = bytes.subarray(depth, depth + 6).toString('latin1');
  if (kind === 0) return null;
  if (kind === 1) return bytes.readInt32LE(depth) / 7;
  if (kind === 2) return `${text}信桥😀`;
  if (kind === 3) return kind === bytes[depth + 1];
  if (kind === 4) return [randomValue(bytes, depth + 1), undefined, randomValue(bytes, depth + 2)];
  return {
    [text]: randomValue(bytes, depth + 1),
    b: undefined,
    汉字: randomValue(bytes, depth + 3),
    at: new Date(0),
  };
}
