import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadCatalogue } from '#lists';
import { stringify } from 'yaml';
import { factsOf } from '../../index-system/definition/indicator-facts.ts';
import { loadIndexSystems } from '../../index-system/definition/load-index-systems.ts';
import { loadIndicators } from '../../indicators/definition/load-indicators.ts';
import { loadWhitelists } from './load-whitelists.ts';
import type { WhitelistBook } from './rule-set.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const MODELS = join(ROOT, 'models');
const book = loadIndicators([MODELS], loadCatalogue([join(ROOT, 'lists')]));
const { gradings } = loadIndexSystems([join(MODELS, 'index-systems')], factsOf(book));
const known = { book, gradings };

const words = { zh: '名单规则', en: 'rules of a list' };
const GOOD = {
  id: 'city_own',
  version: '1.0.0',
  name: words,
  purpose: words,
  source: 'proposal',
  basis: ['proposal'],
  audience: { kind: 'admitted' },
  rules: [{ id: 'old', name: words, when: { indicator: 'age_days', ge: 365 } }],
  exclusions: [
    { id: 'ended', name: words, basis: 'proposal', when: { indicator: 'registration_ended', ge: 1 } },
  ],
  validityDays: 100,
  reviewDays: 50,
  backTest: { horizonDays: 90, datesMin: 1, adverse: { indicator: 'registration_ended', ge: 1 } },
};

function load(definition: Readonly<Record<string, unknown>>): WhitelistBook {
  const city = mkdtempSync(join(tmpdir(), 'xinqiao-rules-'));
  after(() => rmSync(city, { recursive: true }));
  mkdirSync(join(city, 'whitelists'));
  writeFileSync(join(city, 'whitelists', 'city_own.yaml'), stringify(definition));
  return loadWhitelists([MODELS, city], known);
}

test('the rules of the package hold, and a city adds its own', () => {
  const own = loadWhitelists([MODELS], known);
  assert.ok(own.size >= 2);
  const more = load(GOOD);
  assert.equal(more.size, own.size + 1);
  assert.deepEqual(more.get('city_own')?.indicators, ['age_days', 'registration_ended']);
});

test('a grade suffices with all better ones', () => {
  const grades = load({ ...GOOD, gradeAtLeast: { grading: 'grades-public-credit', grade: 'B+' } }).get(
    'city_own',
  )?.grades;
  assert.deepEqual([...(grades ?? [])], ['A+', 'A', 'B+']);
});

test('the hash is of the content, and any change of a rule is another version', () => {
  const [one, same] = [load(GOOD), load(Object.fromEntries(Object.entries(GOOD).reverse()))];
  assert.equal(one.get('city_own')?.hash, same.get('city_own')?.hash);
  assert.notEqual(load({ ...GOOD, validityDays: 101 }).get('city_own')?.hash, one.get('city_own')?.hash);
});

const rule = (when: object) => ({ rules: [{ id: 'rule', name: words, when }] });
const WRONG: readonly [string, object, RegExp][] = [
  ['an indicator that does not exist', rule({ indicator: 'no_such_one', ge: 1 }), /no indicator no_such_one/],
  ['followed data', rule({ indicator: 'tax_overdue_12m', eq: 0 }), /not for whitelists/],
  ['a comparison by nothing', rule({ indicator: 'age_days' }), /city_own/],
  ['a comparison by two', rule({ indicator: 'age_days', ge: 1, lt: 2 }), /city_own/],
  ['a rule in SQL', rule({ sql: 'true' }), /city_own/],
  ['no exclusion', { exclusions: [] }, /exclusions/],
  [
    'a grade that there is not',
    { gradeAtLeast: { grading: 'grades-public-credit', grade: 'Z' } },
    /no grade Z/,
  ],
  ['an id that stands twice', { rules: [...GOOD.rules, { ...GOOD.rules[0], id: 'ended' }] }, /stands twice/],
  ['another id than its file', { id: 'city_other' }, /file and id differ/],
];

for (const [what, change, reason] of WRONG) {
  test(`refuses ${what}, with the file`, () => {
    assert.throws(() => load({ ...GOOD, ...change }), reason);
  });
}

test('a city may replace rules of the package by a file of the same id', () => {
  const city = mkdtempSync(join(tmpdir(), 'xinqiao-rules-'));
  after(() => rmSync(city, { recursive: true }));
  mkdirSync(join(city, 'whitelists'));
  cpSync(join(MODELS, 'whitelists', 'steady_honest.yaml'), join(city, 'whitelists', 'steady_honest.yaml'));
  assert.equal(loadWhitelists([MODELS, city], known).size, loadWhitelists([MODELS], known).size);
});
