import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { loadCatalogue } from '#lists';
import { stringify } from 'yaml';
import type { IndicatorBook } from '../indicator.ts';
import { loadIndicators } from './load-indicators.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const MODELS = join(ROOT, 'models');
const catalogue = loadCatalogue([join(ROOT, 'lists')]);

const GOOD = {
  id: 'city_own',
  version: '1.0.0',
  name: { zh: '本市自定指标', en: 'a city’s own' },
  dimension: '遵纪守法',
  coverage: 'replicated',
  source: { contract: 'n08_penalty', version: '1.0.0' },
  time: 'decided_on',
  filter: { all: [{ field: 'penalty_kind', eq: 'fine' }, { not: { field: 'fine', lt: 10000 } }] },
  aggregate: { fn: 'count' },
  window: { count: 12, unit: 'month' },
  empty: 0,
  notCovered: null,
  direction: 'lower_better',
  basis: 'proposal',
  uses: ['score'],
};
type Definition = Record<string, unknown>;

/** Loads the package's definitions with those of a city over them. */
function load(definitions: readonly Definition[]): IndicatorBook {
  const city = mkdtempSync(join(tmpdir(), 'xinqiao-indicators-'));
  after(() => rmSync(city, { recursive: true }));
  mkdirSync(join(city, 'indicators'));
  for (const definition of definitions)
    writeFileSync(join(city, 'indicators', `${String(definition.id)}.yaml`), stringify(definition));
  return loadIndicators([MODELS, city], catalogue);
}

test('a city adds indicators to the package’s and replaces those of the same id', () => {
  const own = loadIndicators([MODELS], catalogue);
  const more = load([GOOD, { ...GOOD, id: 'penalty_count_24m' }]);
  assert.equal(more.indicators.size, own.indicators.size + 1);
  assert.notEqual(
    more.indicators.get('penalty_count_24m')?.hash,
    own.indicators.get('penalty_count_24m')?.hash,
  );
  assert.notEqual(more.hash, own.hash);
});

test('the hash is of the content, not of how the file is written', () => {
  const [first, ...others] = Object.entries(GOOD);
  const reordered = Object.fromEntries([...others.reverse(), first as [string, unknown]]);
  assert.equal(
    load([reordered]).indicators.get('city_own')?.hash,
    load([GOOD]).indicators.get('city_own')?.hash,
  );
});

const followed = { coverage: 'followed', source: { contract: 'n14_tax_declaration', version: '1.0.0' } };
const WRONG: readonly [string, Definition, RegExp][] = [
  [
    'an unknown field',
    { filter: { field: 'no_such', eq: 'x' } },
    /\/filter n08_penalty has no field no_such/,
  ],
  [
    'a code not in its table',
    { filter: { any: [{ field: 'penalty_kind', in: ['jail'] }] } },
    /\/filter\/any\/0 code table penalty_kind has no "jail"/,
  ],
  [
    'a value of another type',
    { filter: { field: 'fine', gt: 'much' } },
    /\/filter fine cannot be compared with much/,
  ],
  ['an order where there is none', { filter: { field: 'penalty_kind', gt: 'fine' } }, /have no order/],
  ['a day that is none', { filter: { field: 'decided_on', gt: '2026-02-31x' } }, /cannot be compared/],
  ['an unknown contract', { source: { contract: 'n99_nothing', version: '1.0.0' } }, /\/source\/contract/],
  ['another version', { source: { contract: 'n08_penalty', version: '2.0.0' } }, /\/source\/version/],
  [
    'a followed dataset marked replicated',
    { ...followed, coverage: 'replicated', time: 'declared_on', filter: { field: 'tax_kind', eq: 'vat' } },
    /\/coverage n14_tax_declaration is not replicated/,
  ],
  ['a replicated dataset marked followed', { coverage: 'followed' }, /\/coverage/],
  [
    'verify-only data',
    {
      coverage: 'followed',
      source: { contract: 'b14_telecom', version: '1.0.0' },
      time: 'telecom_month',
      filter: { field: 'active_lines', gt: 1 },
    },
    /not asked at its source/,
  ],
  [
    'an invisible field without a release rule',
    { ...followed, time: 'declared_on', filter: { field: 'tax_due', gt: 0 } },
    /\/release field tax_due is invisible/,
  ],
  ['a release rule there is not', { release: 'nobody_signed' }, /\/release there is no release rule/],
  ['a secret field', { filter: { field: 'representative_cert_no', isNull: false } }, /secret/],
  ['a sum of words', { aggregate: { fn: 'sum', field: 'case_name' } }, /\/aggregate\/field/],
  ['a window without time', { time: 'known' }, /known has no business time/],
  ['a streak of days', { aggregate: { fn: 'streak' }, window: { count: 12, unit: 'day' } }, /\/window/],
  ['a key that is not in the language', { sql: 'drop table' }, /city_own\.yaml/],
  ['a combination of nothing', { combined: true }, /city_own\.yaml/],
];

for (const [what, change, place] of WRONG) {
  test(`refuses ${what}, with file, place and sentence`, () => {
    assert.throws(
      () => load([{ ...GOOD, ...change }]),
      (error: unknown) => {
        assert.ok(error instanceof Refusal && error.code === 'indicators.definition_not_valid');
        assert.match(error.message, place);
        assert.match(error.toJSON().message.zh, /city_own\.yaml/);
        return true;
      },
    );
  });
}

const PAIR = { ...GOOD, aggregate: { ratio: ['city_own', 'penalty_count_24m'] } };
const { coverage: _c, source: _s, time: _t, filter: _f, window: _w, ...COMBINED } = PAIR;

test('refuses combinations that rest on themselves or on nothing', () => {
  assert.throws(() => load([COMBINED]), /rests on itself/);
  const lost = { ...COMBINED, aggregate: { difference: ['penalty_count_24m', 'lost'] } };
  assert.throws(() => load([lost]), /no indicator lost/);
});

test('a file says the indicator it is named for', () => {
  const city = mkdtempSync(join(tmpdir(), 'xinqiao-indicators-'));
  after(() => rmSync(city, { recursive: true }));
  cpSync(join(MODELS, 'indicators', 'innovation'), join(city, 'indicators'), { recursive: true });
  writeFileSync(join(city, 'indicators', 'another.yaml'), stringify(GOOD));
  assert.throws(() => loadIndicators([MODELS, city], catalogue), /another\.yaml/);
});
