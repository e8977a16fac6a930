import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isValidUscc, parseUscc, usccReader } from './uscc.ts';

test("the standard's own example and other right codes pass the check of GB 32100", () => {
  for (const code of ['91350100M000100Y43', '91512081MA62K0260E', '9131000063159284XQ']) {
    assert.deepEqual(parseUscc(code), {
      code,
      form: 'uscc',
      checksumOk: true,
      organisationCode: code.slice(8, 17),
    });
    assert.equal(isValidUscc(code), true);
  }
});

test('a code with a wrong check character keeps its form and is flagged', () => {
  for (const code of ['91350211M0000XUF46', '91350100M0001TGQXM']) {
    const parsed = parseUscc(code);
    assert.equal(parsed.form, 'uscc');
    assert.equal(parsed.checksumOk, false);
    assert.equal(isValidUscc(code), false);
  }
});

test('lower case, full width and blanks are folded', () => {
  assert.equal(parseUscc(' ９1350100 m000100y43 ').code, '91350100M000100Y43');
  assert.equal(parseUscc('\ufeff91350100M000100Y43').checksumOk, true);
});

test('letters that the alphabet lacks are never corrected', () => {
  const parsed = parseUscc('9135O100M000100Y43');
  assert.equal(parsed.code, '9135O100M000100Y43');
  assert.equal(parsed.form, 'other');
});

test('an organisation code stands alone or inside a tax number', () => {
  assert.deepEqual(parseUscc('M000100Y-4'), {
    code: 'M000100Y4',
    form: 'organisation',
    checksumOk: true,
    organisationCode: 'M000100Y4',
  });
  const tax = parseUscc('350100M000100Y4');
  assert.equal(tax.form, 'old_tax');
  assert.equal(tax.organisationCode, 'M000100Y4');
  assert.equal(parseUscc('M000100Y5').checksumOk, false);
});

test('a registration number of fifteen digits has its own check digit', () => {
  const right = Array.from({ length: 10 }, (_, digit) => `44030170000001${digit}`).filter(
    (code) => parseUscc(code).form === 'old_registration' && parseUscc(code).checksumOk,
  );
  assert.equal(right.length, 1);
});

test('a number shaped like an identity card is masked on the way in', () => {
  for (const [code, masked] of [
    ['110101199003071234', '110101********1234'],
    ['11010119900307123x', '110101********123X'],
    ['11010119900307123412', '110101**********3412'],
    ['110101900307123', null],
  ] as const) {
    const parsed = parseUscc(code);
    if (masked === null) assert.notEqual(parsed.form, 'uscc');
    else assert.deepEqual([parsed.form, parsed.code], ['id_card_shaped', masked]);
    assert.equal(parseUscc(parsed.code).code, parsed.code);
  }
});

test('a valid code whose digits look like a birth date is no identity card', () => {
  assert.equal(parseUscc('91512081MA62K0260E').form, 'uscc');
});

test('what is no code at all is form other, and a reader says so', () => {
  assert.equal(parseUscc('某公司').form, 'other');
  assert.deepEqual(usccReader().read('某公司'), { defect: 'uscc_unreadable' });
  assert.deepEqual(usccReader().read('—'), { value: '', changed: false });
});
