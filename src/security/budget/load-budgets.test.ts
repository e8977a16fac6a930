import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bitsLimitOf, loadBudgets } from './load-budgets.ts';

const OWN = join(import.meta.dirname, '..', '..', '..', 'models', 'budgets');
const SHIPPED = readFileSync(join(OWN, 'quarterly.yaml'), 'utf8');

function folderWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-budgets-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'quarterly.yaml'), text);
  return folder;
}

test('a dataset with a budget of its own has that, any other the general one', () => {
  const budgets = loadBudgets([OWN, join(OWN, 'absent')]);
  assert.equal(bitsLimitOf(budgets, 'bank', 'v02_financials'), 48);
  assert.equal(bitsLimitOf(budgets, 'bank', 'v05_bank_flow'), 24);
  assert.equal(bitsLimitOf(budgets, 'credit_service', 'v05_bank_flow'), 12);
});

test('a city replaces the budgets of the package', (t) => {
  const city = folderWith(t, SHIPPED.replace('bank: 48', 'bank: 7'));
  assert.equal(bitsLimitOf(loadBudgets([OWN, city]), 'bank', 'v02_financials'), 7);
});

test('a budget with an unknown word, a missing type, a negative limit or a dataset twice is refused', (t) => {
  const wrong = [
    `${SHIPPED}\nextra: 1\n`,
    SHIPPED.replace('  insurer: 32\n', ''),
    SHIPPED.replace('bank: 48', 'bank: -1'),
    SHIPPED.replace('b07_social_bj', 'v05_bank_flow'),
  ];
  for (const text of wrong) {
    assert.notEqual(text, SHIPPED);
    assert.throws(() => loadBudgets([OWN, folderWith(t, text)]), { code: 'budget.definition_not_valid' });
  }
});
