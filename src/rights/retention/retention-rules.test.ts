import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCatalogue } from '#lists';
import { isAbout, isKeeping, stateOfHold } from './hold.ts';
import { expiryOf, loadRetentionRules, requireRulesFit } from './retention-rules.ts';
import { toEnterpriseId } from '#kernel';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const rules = loadRetentionRules([join(ROOT, 'models')]);
const catalogue = loadCatalogue([join(ROOT, 'lists')]);

test('the rules of the package fit the contracts, and those that do not are refused', () => {
  requireRulesFit(rules, catalogue);
  const faulty = { ...rules, contracts: { ...rules.contracts, n99_nothing: penalty() } };
  assert.throws(() => requireRulesFit(faulty, catalogue), /n99_nothing: no such contract/);
  const noDay = { ...rules, contracts: { n08_penalty: { ...penalty(), ended: ['fine'] } } };
  assert.throws(() => requireRulesFit(noDay, catalogue), /n08_penalty.fine: no such day/);
  assert.throws(() => requireRulesFit({ ...rules, years: 4 }, catalogue), /the contract says 5 y/);
});

function penalty() {
  return rules.contracts['n08_penalty'] ?? assert.fail();
}

test('a city that counts from the decision has no other day, and still waits for what goes on', () => {
  const byDecision = expiryOf({ ...rules, start: 'determined' }, 'n08_penalty');
  assert.deepEqual([byDecision.ended, byDecision.whenEmpty], [['decided_on'], []]);
  assert.deepEqual(byDecision.open, penalty().open);
  assert.throws(() => expiryOf(rules, 'n01_registration'), /n01_registration/);
});

const at = new Date('2026-10-20T02:00:00Z');
const day = (days: number): Date => new Date(at.getTime() + days * 86_400_000);
const HOLD = {
  holdId: 'hld_1',
  enterpriseId: toEnterpriseId(7),
  contract: 'n08_penalty',
  recordId: null,
  reason: '保全',
  until: null,
  proposedBy: 'a',
  proposedAt: at,
  lapsesAt: day(7),
  approvedBy: null,
  approvedAt: null,
  liftReason: null,
  liftProposedBy: null,
  liftProposedAt: null,
  liftedBy: null,
  liftedAt: null,
  receiptId: 'rcp_1',
};

test('a hold keeps from its proposal until it is lifted, lapses or comes to its day', () => {
  const approved = { ...HOLD, approvedBy: 'b', approvedAt: day(1) };
  const lifting = { ...approved, liftReason: '解除', liftProposedBy: 'a', liftProposedAt: day(2) };
  const cases = [
    [HOLD, 0, 'proposed', true],
    [HOLD, 7, 'lapsed', false],
    [approved, 30, 'in_force', true],
    [{ ...approved, until: '2026-10-25' }, 5, 'in_force', true],
    [{ ...approved, until: '2026-10-25' }, 6, 'past', false],
    [lifting, 3, 'lift_proposed', true],
    [{ ...lifting, liftedBy: 'b', liftedAt: day(3) }, 4, 'lifted', false],
  ] as const;
  for (const [hold, days, state, keeps] of cases)
    assert.deepEqual([stateOfHold(hold, day(days)), isKeeping(hold, day(days))], [state, keeps]);
});

test('a hold is about its record by any version, and about those merged into its enterprise', () => {
  const [own, merged] = [toEnterpriseId(7), toEnterpriseId(8)];
  const record = { enterpriseId: merged, ownerId: own, versions: ['dlv_a:1', 'dlv_b:4'] };
  assert.equal(isAbout(HOLD, 'n08_penalty', record), true);
  assert.equal(isAbout(HOLD, 'n09_judgment', record), false);
  assert.equal(isAbout({ ...HOLD, recordId: 'dlv_a:1' }, 'n08_penalty', record), true);
  assert.equal(isAbout({ ...HOLD, recordId: 'dlv_a:2' }, 'n08_penalty', record), false);
  assert.equal(isAbout({ ...HOLD, enterpriseId: null }, 'n08_penalty', record), true);
  assert.equal(isAbout(HOLD, 'n08_penalty', { ...record, ownerId: merged }), false);
});
