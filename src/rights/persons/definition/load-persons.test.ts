import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Refusal } from '#kernel';
import { loadCatalogue } from '#lists';
import { loadPersons, requirePersonsFit } from './load-persons.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const persons = loadPersons([join(ROOT, 'models')]);
const catalogue = loadCatalogue([join(ROOT, 'lists')]);

test('every personal field of the contracts is spoken of, and what the law does not publish is not public', () => {
  requirePersonsFit(persons, catalogue);
});

test('a personal field that nobody speaks of is refused by its name', () => {
  const mentions = persons.mentions.filter(({ contract }) => contract !== 'v11_ability_staff');
  assert.throws(
    () => requirePersonsFit({ ...persons, mentions }, catalogue),
    ({ code, message }: Refusal) =>
      code === 'persons.definition_not_valid' && message.includes('v11_ability_staff.member_name'),
  );
});

test('a published field cannot be said to need consent', () => {
  const mentions = persons.mentions.map((one) => ({ ...one, lawfulWithout: false }));
  assert.throws(() => requirePersonsFit({ ...persons, mentions }, catalogue), /is public/);
});
