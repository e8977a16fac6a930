import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadIndicators } from '#evaluation';
import { loadCatalogue } from '#lists';
import { loadRules } from './load-rules.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MODELS = join(ROOT, 'models');
const catalogue = loadCatalogue([join(ROOT, 'lists')]);
const book = loadIndicators([MODELS], catalogue);
const city = mkdtempSync(join(tmpdir(), 'alerts-'));
after(() => rmSync(city, { recursive: true }));

/** Loads the package's rules with one of them written otherwise in a city's folder. */
function loadChanged(id: string, change: (text: string) => string): ReturnType<typeof loadRules> {
  rmSync(join(city, 'alerts'), { recursive: true, force: true });
  mkdirSync(join(city, 'alerts'));
  const text = readFileSync(join(MODELS, 'alerts', `${id}.yaml`), 'utf8');
  writeFileSync(join(city, 'alerts', `${id}.yaml`), change(text));
  return loadRules([MODELS, city], book, catalogue);
}

test("a city's file replaces the package's of the same id, and the rule is another one", () => {
  const own = loadRules([MODELS], book, catalogue);
  const changed = loadChanged('penalty_cluster', (text) => text.replace('raiseAt: 3', 'raiseAt: 4'));
  assert.equal(changed.rules.size, own.rules.size);
  assert.notEqual(changed.hash, own.hash);
  assert.notEqual(changed.rules.get('penalty_cluster')?.hash, own.rules.get('penalty_cluster')?.hash);
});

test('cases show what a rule does and are no part of what it is', () => {
  const own = loadRules([MODELS], book, catalogue);
  const changed = loadChanged('penalty_cluster', (text) => text.replace('罚1', '罚9'));
  assert.equal(changed.hash, own.hash);
});

test('a doubtful rule is refused with its place', () => {
  const faults: [string, string, string, RegExp][] = [
    ['penalty_cluster', 'clearAt: 1', 'clearAt: 5', /\/clearAt/],
    ['penalty_cluster', 'penalty_count_6m', 'no_such_indicator', /no_such_indicator/],
    ['penalty_cluster', 'penalty_count_6m', 'penalty_count_24m', /not for alerts/],
    ['penalty_heavy', 'decided_on', 'no_such_field', /no_such_field/],
    ['penalty_heavy', 'closure', 'no_such_code', /no_such_code/],
    ['penalty_heavy', 'coolDownDays: 0', 'coolDownDays: 5', /coolDownDays/],
    ['penalty_heavy', 'reach: replicated', 'reach: followed', /\/coverage/],
    ['power_drop', 'scope: authorised', 'scope: public', /needs a consent/],
    ['power_drop', 'release: alert_level\n', '', /invisible/],
    ['penalty_recent', 'level: orange }]', 'level: blue }]', /graver/],
  ];
  for (const [id, from, to, said] of faults) {
    assert.throws(
      () => loadChanged(id, (text) => text.replace(from, to)),
      (error: Error & { code?: string }) =>
        error.code === 'alert_rules.definition_not_valid' && said.test(error.message),
      `${id}: ${to}`,
    );
  }
});

test('the file is named as the rule', () => {
  rmSync(join(city, 'alerts'), { recursive: true, force: true });
  mkdirSync(join(city, 'alerts'));
  cpSync(join(MODELS, 'alerts', 'penalty_heavy.yaml'), join(city, 'alerts', 'other.yaml'));
  assert.throws(() => loadRules([MODELS, city], book, catalogue), {
    code: 'alert_rules.definition_not_valid',
  });
});
