import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Refusal } from '#kernel';
import { loadCatalogue } from '#lists';
import { CONSENT_PURPOSES, INSTITUTION_TYPES } from '#security';
import { loadFairUse } from './load-fair-use.ts';
import { findBound, requireWithinBounds } from './require-within.ts';
import { addSpan, isRateWithin } from './spans.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FOLDER = join(ROOT, 'models', 'fair-use');
const fairUse = loadFairUse([FOLDER]);
const TODAY = '2026-03-01';

const asked = {
  institutionType: 'bank',
  purpose: 'loan_origination',
  product: null,
  contracts: ['n14_tax_declaration'],
  validTo: '2026-05-30',
  dataFrom: '2023-03-01',
  frequency: { count: 10, unit: 'month' },
  dataLife: { count: 1, unit: 'year' },
} as const;

function findRefusal(over: object): unknown {
  try {
    requireWithinBounds(fairUse, { ...asked, ...over }, TODAY);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return { code: error.code, params: error.params };
  }
}

describe('published bounds', () => {
  it('name only datasets that exist, and cover every purpose some institution may have', () => {
    const { contracts } = loadCatalogue([join(ROOT, 'lists')]);
    const unknown = fairUse.groups.groups.flatMap((group) =>
      group.contracts.filter((id) => !contracts.has(id)),
    );
    assert.deepEqual(unknown, []);
    assert.deepEqual([...fairUse.institutions.keys()].sort(), [...INSTITUTION_TYPES].sort());
    const covered = new Set(
      [...fairUse.institutions.values()].flatMap(({ bounds }) => bounds.flatMap((b) => b.purposes)),
    );
    assert.deepEqual([...covered].sort(), [...CONSENT_PURPOSES].sort());
  });

  it('let through what lies exactly on them', () => {
    assert.equal(findRefusal({}), undefined);
  });

  it('refuse each excess and say which bound it is, what was asked and the most', () => {
    const excesses = [
      [{ validTo: '2026-05-31' }, 'validityMax', '2026-05-31', '2026-05-30'],
      [{ dataFrom: '2023-02-28' }, 'dataRangeMax', '2023-02-28', '2023-03-01'],
      [{ dataLife: { count: 13, unit: 'month' } }, 'dataLifeMax', '13 month', '12 month'],
      [{ frequency: { count: 11, unit: 'month' } }, 'frequencyMax', '11/month', '10/month'],
      [{ frequency: { count: 1, unit: 'day' } }, 'frequencyMax', '1/day', '10/month'],
    ] as const;
    for (const [over, bound, was, max] of excesses) {
      const refusal = findRefusal(over);
      assert.partialDeepStrictEqual(refusal, {
        code: 'consent.above_bound',
        params: { bound, asked: was, max, contract: 'n14_tax_declaration' },
      });
    }
  });

  it('are the narrowest of what is asked together', () => {
    const both = { contracts: ['n01_registration', 'n14_tax_declaration'], dataFrom: '2022-03-01' };
    assert.equal(findRefusal({ contracts: ['n01_registration'], dataFrom: '2022-03-01' }), undefined);
    assert.partialDeepStrictEqual(findRefusal(both), { code: 'consent.above_bound' });
  });

  it('go by product first, then by group', () => {
    const facts = { institutionType: 'bank', purpose: 'loan_origination', product: null } as const;
    const product = { ...facts, product: 'micro_credit_loan' };
    assert.deepEqual(findBound(fairUse, facts, 'n01_registration')?.dataRangeMax, {
      count: 60,
      unit: 'month',
    });
    assert.deepEqual(findBound(fairUse, facts, 'b10_electricity')?.dataRangeMax, {
      count: 24,
      unit: 'month',
    });
    assert.deepEqual(findBound(fairUse, product, 'n14_tax_declaration')?.validityMax, {
      count: 30,
      unit: 'day',
    });
  });

  it('refuse what none of them covers: a purpose that is not this institution’s', () => {
    assert.partialDeepStrictEqual(findRefusal({ institutionType: 'insurer' }), { code: 'consent.no_bound' });
  });
});

describe('a folder of bounds', () => {
  const groups =
    'version: 1.0.0\nsource: test\ngroups: [{ id: tax, nameZh: 涉税, nameEn: tax, contracts: [n14_tax_declaration] }]\n';
  const bound = (extra = '') =>
    `{ purposes: [loan_origination], ${extra} validityMax: { count: 1, unit: day }, frequencyMax: { count: 1, unit: day }, dataRangeMax: { count: 1, unit: day }, dataLifeMax: { count: 1, unit: day } }`;
  const bank = (bounds: string[]) =>
    `institutionType: bank\nversion: 1.0.0\nsource: test\nbounds:\n${bounds.map((one) => `  - ${one}\n`).join('')}`;

  function load(files: Readonly<Record<string, string>>, before: string[] = []) {
    const folder = mkdtempSync(join(tmpdir(), 'xinqiao-fair-use-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return loadFairUse([...before, folder]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('is refused when a bound is missing, unknown or said twice', () => {
    const wrong = [
      { 'groups.yaml': groups, 'bank.yaml': bank([bound('extra: 1,')]) },
      { 'groups.yaml': groups, 'bank.yaml': bank([bound('groups: [nothing],')]) },
      { 'groups.yaml': groups, 'bank.yaml': bank([bound(), bound()]) },
      { 'groups.yaml': groups, 'bank.yaml': bank([bound('groups: [tax],'), bound('groups: [tax, other],')]) },
      { 'groups.yaml': groups, 'insurer.yaml': bank([bound()]) },
      { 'groups.yaml': groups.replace('id: tax', 'id: other'), 'bank.yaml': bank([bound()]) },
      { 'bank.yaml': bank([bound()]) },
    ];
    for (const files of wrong) assert.throws(() => load(files), { code: 'fair_use.definition_not_valid' });
  });

  it('of the city takes the place of the package’s, file by file, under another hash', () => {
    const city = load({ 'bank.yaml': bank([bound()]) }, [FOLDER]);
    assert.notEqual(city.hash, fairUse.hash);
    assert.equal(city.institutions.get('bank')?.bounds.length, 1);
    assert.deepEqual(city.institutions.get('insurer'), fairUse.institutions.get('insurer'));
    assert.equal(loadFairUse([FOLDER]).hash, fairUse.hash);
  });
});

describe('spans', () => {
  it('end on the last day of a month that is too short', () => {
    assert.equal(addSpan('2026-11-30', { count: 3, unit: 'month' }), '2027-02-28');
    assert.equal(addSpan('2024-02-29', { count: 1, unit: 'year' }), '2025-02-28');
    assert.equal(addSpan('2026-03-31', { count: 1, unit: 'month' }, -1), '2026-02-28');
    assert.equal(addSpan('2026-12-31', { count: 1, unit: 'day' }), '2027-01-01');
  });

  it('count rates as they may fall at worst', () => {
    assert.ok(isRateWithin({ count: 31, unit: 'month' }, { count: 31, unit: 'month' }));
    assert.ok(!isRateWithin({ count: 2, unit: 'month' }, { count: 1, unit: 'day' }));
    assert.ok(isRateWithin({ count: 1, unit: 'month' }, { count: 1, unit: 'day' }));
    assert.ok(!isRateWithin({ count: 1, unit: 'day' }, { count: 30, unit: 'month' }));
    assert.ok(isRateWithin({ count: 1, unit: 'day' }, { count: 31, unit: 'month' }));
    assert.ok(isRateWithin({ count: 1, unit: 'week' }, { count: 5, unit: 'month' }));
  });
});
