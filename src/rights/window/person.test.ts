import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskIdNumber } from '#lists';
import { isResidentId, isSameNumber, shapePerson, showPerson } from './person.ts';

const PERSON = { document: 'resident_id', name: '赵一', number: '11010519491231002X' } as const;

test('the last character of an identity card follows from the others', () => {
  assert.equal(isResidentId('11010519491231002X'), true);
  assert.equal(isResidentId('110105194912310021'), false);
  assert.equal(isResidentId('11010519491231002'), false);
});

test('a person is taken as the document says, without blanks and in capitals', () => {
  const taken = shapePerson({ ...PERSON, name: ' 赵一 ', number: '110105 19491231 002x' });
  assert.deepEqual(taken, PERSON);
});

test('an empty name, a control character, a wrong check digit and a number that is none are refused', () => {
  const wrong = [
    { name: ' ' },
    { name: '赵\u0007一' },
    { number: '110105194912310021' },
    { document: 'passport', number: '请补' },
  ] as const;
  for (const one of wrong)
    assert.throws(() => shapePerson({ ...PERSON, ...one }), { code: 'window.person_not_valid' });
});

test('a number is shown by its last digits alone', () => {
  assert.equal(showPerson(PERSON).number, '**************002X');
  assert.equal(showPerson({ ...PERSON, document: 'passport', number: 'E123456' }).number, '*****56');
});

test('a number is that of the register when what the register kept of it agrees', () => {
  assert.equal(isSameNumber(maskIdNumber(PERSON.number), PERSON), true);
  assert.equal(isSameNumber(maskIdNumber('110105194912310055'), PERSON), false);
  assert.equal(isSameNumber(null, PERSON), true);
});
