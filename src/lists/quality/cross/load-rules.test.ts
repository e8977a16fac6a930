import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { loadCatalogue } from '../../contract/load.ts';
import { reportYearPlaceholders } from './compile-rule.ts';
import { findFaults, loadCrossRules } from './load-rules.ts';
import type { CrossRule } from './rule-form.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const catalogue = loadCatalogue([join(root, 'lists')]);

const rule: CrossRule = {
  id: 'penalty_after_founding',
  name: '处罚决定不早于企业成立',
  version: '1.0.0',
  description: 'A penalty cannot have been decided before the enterprise was founded.',
  source: 'proposal',
  dimension: 'consistency',
  judged: { contract: 'n08_penalty' },
  partner: { contract: 'n01_registration' },
  expect: 'every',
  compare: [{ judged: 'decided_on', op: 'at_least', partner: 'established_on' }],
};

test('every rule of the package holds against the contracts', () => {
  const rules = loadCrossRules(join(root, 'models', 'quality', 'cross'), catalogue);
  assert.ok(rules.filter(({ dimension }) => dimension === 'consistency').length >= 12);
  assert.ok(rules.some(({ dimension }) => dimension === 'coverage'));
});

test('a rule that reads what there is not, or must not compare, does not hold', () => {
  assert.deepEqual(findFaults(rule, catalogue), []);
  const compare = (judged: string, partner: string) => [{ judged, op: 'at_most' as const, partner }];
  const n03 = { contract: 'n03_shareholders' };
  const faults: [Partial<CrossRule>, RegExp][] = [
    [{ judged: { contract: 'n99_nothing' } }, /no contract/],
    [{ judged: { contract: 'n09_judgment' } }, /not replicated/],
    [{ compare: compare('decided_at', 'established_on') }, /no field decided_at/],
    [{ partner: n03, compare: compare('fine', 'paid_amount') }, /any currency/],
    [{ compare: compare('representative_cert_no', 'registration_no') }, /secret/],
    [{ partner: { register: true, where: [{ field: 'name', filled: true }] } }, /register has no name/],
    [{ judged: { register: true }, compare: compare('kind', 'domicile') }, /no dataset answers/],
    [{ expect: 'total', compare: [] }, /exactly one/],
    [{ dimension: 'coverage' }, /coverage expects some/],
  ];
  for (const [change, reason] of faults)
    assert.match(findFaults({ ...rule, ...change }, catalogue).join('; '), reason);
  const { compare: _, ...without } = rule;
  assert.match(findFaults(without, catalogue).join('; '), /every needs/);
});

test('annual reports of a year are expected from its 30 June on', () => {
  assert.deepEqual(reportYearPlaceholders('2026-06-30'), { reportYear: '2025', reportYearEnd: '2025-12-31' });
  assert.deepEqual(reportYearPlaceholders('2026-06-29'), { reportYear: '2024', reportYearEnd: '2024-12-31' });
});
