import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  creditCode,
  organisationCode,
  publicBodyCode,
  registrationNumber,
  withWrongCheck,
} from './identifiers.ts';

test('check characters follow GB 32100 and GB 11714', () => {
  // The standard's own example, and two published codes that its formula confirms.
  assert.equal(creditCode('91', '350100', 'M000100Y4'), '91350100M000100Y43');
  assert.equal(creditCode('91', '512081', 'MA62K0260'), '91512081MA62K0260E');
  assert.equal(creditCode('91', '310000', '63159284X'), '9131000063159284XQ');
});

test('two hundred thousand enterprises have as many codes', () => {
  const codes = new Set(Array.from({ length: 200_000 }, (_, index) => organisationCode(index)));
  assert.equal(codes.size, 200_000);
  for (const code of codes) assert.match(code, /^XQ[0-9A-HJ-NPQRTUWXY]{6}[0-9X]$/);
});

test('a wrong check character differs in the last place only', () => {
  for (let index = 0; index < 500; index += 1) {
    const code = creditCode('92', '110105', organisationCode(index));
    assert.equal(withWrongCheck(code).slice(0, 17), code.slice(0, 17));
    assert.notEqual(withWrongCheck(code), code);
  }
  assert.match(publicBodyCode(7), /^11110000XG/);
});

test('old registration numbers have fifteen digits and the check digit of ISO 7064 MOD 11,10', () => {
  const number = registrationNumber('110105', 42);
  assert.match(number, /^110105\d{9}$/);
  let product = 10;
  for (const digit of number.slice(0, 14)) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  assert.equal((product + Number(number.at(-1))) % 10, 1);
});
