import type { EnterpriseId, FieldPlace } from '#kernel';
import { maskIdNumber } from '#lists';
import { windowRefusal } from './window-refusals.ts';

/** 居民身份证、护照、居留证件、其他. */
export const DOCUMENTS = ['resident_id', 'passport', 'residence_permit', 'other'] as const;
export type DocumentKind = (typeof DOCUMENTS)[number];

/** Who stands at the window, as the document says that the clerk holds in hand. */
export type Person = {
  readonly document: DocumentKind;
  readonly name: string;
  /** Letters and digits without blanks, in capitals. */
  readonly number: string;
};

/** As clerks and the enterprise are shown it: the name, and of the number its last digits. */
export type ShownPerson = { readonly document: DocumentKind; readonly name: string; readonly number: string };

const NAME_CHARACTERS_MAX = 60;
const NUMBER = /^[0-9A-Z]{6,20}$/;

/** Pure. Throws `window.person_not_valid`. */
export function shapePerson({ document, name, number }: Person): Person {
  const plain = { document, name: name.trim(), number: number.replaceAll(/[\s()-]/g, '').toUpperCase() };
  const isNamed = plain.name !== '' && [...plain.name].length <= NAME_CHARACTERS_MAX && !/\p{C}/u.test(name);
  const isNumbered = document === 'resident_id' ? isResidentId(plain.number) : NUMBER.test(plain.number);
  if (!isNamed || !isNumbered) throw windowRefusal('window.person_not_valid');
  return plain;
}

/** GB 11643-1999: the weight of each of the first seventeen digits is 2 to the power of its place, modulo 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

/** Pure. Eighteen characters, of which the last follows from the others. */
export function isResidentId(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return CHECKS[sum % 11] === number[17];
}

/** Pure. Four characters stay of a number of eight and more, two of a shorter one. */
export function showPerson({ document, name, number }: Person): ShownPerson {
  const tail = number.length >= 8 ? 4 : 2;
  return { document, name, number: '*'.repeat(number.length - tail) + number.slice(-tail) };
}

/** Pure. As the register keeps numbers, whose middle is gone before anything else sees them; a register without one says nothing. */
export function isSameNumber(registered: string | null, { number }: Person): boolean {
  return registered === null || maskIdNumber(number) === registered;
}

/** Sealed under a key of the entry's own, so that the person's facts can be destroyed alone. */
export function personPlace(entryId: string): FieldPlace {
  return { table: 'rights.window_entries', column: 'person', owner: `person:${entryId}` };
}

/** Sealed under the enterprise's key. */
export function askedPlace(enterpriseId: EnterpriseId, entryId: string): FieldPlace {
  return { table: 'rights.window_entries', column: `asked ${entryId}`, owner: `enterprise:${enterpriseId}` };
}
