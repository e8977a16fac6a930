import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bandsOf, loadVerificationRules, toleranceOf } from './load-rules.ts';

const OWN = join(import.meta.dirname, '..', '..', '..', 'models', 'budgets');
const SHIPPED = readFileSync(join(OWN, 'verification.yaml'), 'utf8');

function folderWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-rules-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'verification.yaml'), text);
  return folder;
}

test('amounts have a tolerance and bands, everything else matches exactly and has none', () => {
  const rules = loadVerificationRules([OWN]);
  assert.deepEqual([toleranceOf(rules, 'money'), toleranceOf(rules, 'date')], [1, 0]);
  assert.equal(bandsOf(rules, 'money')?.at(-1)?.to, undefined);
  assert.equal(bandsOf(rules, 'text'), undefined);
});

test('bands that are narrow, out of order, open in the middle or named twice stop the start', (t) => {
  const wrong = [
    SHIPPED.replace('to: 500000 }', 'to: 150000 }'),
    SHIPPED.replace('to: 500000 }', 'to: 90000 }'),
    SHIPPED.replace(', to: 500000 }', ' }'),
    SHIPPED.replace('name: 500k_1m', 'name: 100k_500k'),
    SHIPPED.replace('money: 1, decimal: 1', 'money: 1, text: 1'),
    SHIPPED.replace('bandRatioMin: 2', 'bandRatioMin: 1'),
  ];
  for (const text of wrong) {
    assert.notEqual(text, SHIPPED);
    assert.throws(() => loadVerificationRules([OWN, folderWith(t, text)]), {
      code: 'verification.definition_not_valid',
    });
  }
});
