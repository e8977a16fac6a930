import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkItem, type CheckParts } from './check-item.ts';
import { loadReasons } from './reasons.ts';
import type { OutcomeItem } from './shape.ts';

const parts: CheckParts = {
  reasons: loadReasons(join(import.meta.dirname, '..', '..')),
  today: '2026-10-08',
  loanOf: (id) => (id === 'L' ? { amountFen: 1_000, disbursedOn: '2026-08-20' } : undefined),
};

const application = { id: 'A', appliedOn: '2026-08-01', product: '税贷', requestedFen: 1_000 } as const;
const decision = { result: 'approved', reasons: [], decidedOn: '2026-08-10' } as const;
const loan = {
  id: 'L',
  amountFen: 1_000,
  annualRateBp: 345,
  termMonths: 12,
  guarantee: 'none',
  isFirstLoan: false,
  isCreditLoan: true,
  disbursedOn: '2026-08-20',
} as const;
const balance = { loanId: 'L', month: '2026-09', balanceFen: 500, overdue: 'none', isBad: false } as const;
const whole = { disclosureId: 'dsc_1', used: true, application, decision, loan, balance } as const;

function faultsOf(over: Partial<OutcomeItem>): string[] {
  return checkItem(7, { ...whole, ...over }, parts).map(({ row, field, code }) => {
    assert.equal(row, 7);
    return `${field} ${code}`;
  });
}

test('an item in which everything holds has no fault', () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(checkItem(1, { disclosureId: 'dsc_1', used: true }, parts), []);
});

test('what was not used says why, with a reason of the table; what was used gives none', () => {
  assert.deepEqual(faultsOf({ used: false }), ['unusedReason reason_missing']);
  assert.deepEqual(faultsOf({ used: false, unusedReason: 'mood' }), ['unusedReason reason_unknown']);
  assert.deepEqual(faultsOf({ used: false, unusedReason: 'data_stale' }), []);
  assert.deepEqual(faultsOf({ unusedReason: 'data_stale' }), ['unusedReason reason_not_expected']);
});

test('a refusal and a withdrawal have their own reasons; an approval has none, what is pending has no date', () => {
  const { loan: _loan, balance: _balance, ...bare } = whole;
  const of = (over: NonNullable<OutcomeItem['decision']>) =>
    checkItem(1, { ...bare, decision: over }, parts).map(({ code }) => code);
  assert.deepEqual(of({ result: 'declined', reasons: [], decidedOn: '2026-08-10' }), ['reason_missing']);
  assert.deepEqual(of({ result: 'declined', reasons: ['found_elsewhere'], decidedOn: '2026-08-10' }), [
    'reason_unknown',
  ]);
  assert.deepEqual(of({ result: 'withdrawn', reasons: ['found_elsewhere'], decidedOn: '2026-08-10' }), []);
  assert.deepEqual(of({ result: 'approved', reasons: ['other'], decidedOn: '2026-08-10' }), [
    'reason_not_expected',
  ]);
  assert.deepEqual(of({ result: 'approved', reasons: [] }), ['decision_date_missing']);
  assert.deepEqual(of({ result: 'pending', reasons: [], decidedOn: '2026-08-10' }), [
    'decision_date_not_expected',
  ]);
  assert.deepEqual(of({ result: 'pending', reasons: [] }), []);
});

test('dates are real, not in the future and in order', () => {
  assert.deepEqual(faultsOf({ application: { ...application, appliedOn: '2026-02-30' } }), [
    'application.appliedOn date_wrong',
  ]);
  assert.deepEqual(faultsOf({ loan: { ...loan, disbursedOn: '2026-10-09' } }), [
    'loan.disbursedOn date_in_future',
  ]);
  assert.deepEqual(faultsOf({ decision: { ...decision, decidedOn: '2026-07-31' } }), [
    'decision.decidedOn decision_before_application',
  ]);
  assert.deepEqual(faultsOf({ loan: { ...loan, disbursedOn: '2026-08-09' } }), [
    'loan.disbursedOn loan_before_decision',
  ]);
  assert.deepEqual(faultsOf({ balance: { ...balance, month: '2026-07' } }), [
    'balance.month balance_before_loan',
  ]);
  assert.deepEqual(faultsOf({ balance: { ...balance, month: '2026-11' } }), [
    'balance.month month_in_future',
  ]);
});

test('amount, rate and term lie within their bounds, the bounds included', () => {
  for (const amountFen of [0, -1, 0.5, 1_000_000_000_000_001])
    assert(
      faultsOf({ loan: { ...loan, amountFen } }).includes('loan.amountFen amount_wrong'),
      String(amountFen),
    );
  for (const annualRateBp of [-1, 3_601, 34.5])
    assert.deepEqual(faultsOf({ loan: { ...loan, annualRateBp } }), ['loan.annualRateBp rate_wrong']);
  for (const annualRateBp of [0, 3_600]) assert.deepEqual(faultsOf({ loan: { ...loan, annualRateBp } }), []);
  for (const termMonths of [0, 601])
    assert.deepEqual(faultsOf({ loan: { ...loan, termMonths } }), ['loan.termMonths term_wrong']);
});

test('a loan needs the approval beside it, and a credit loan is one without a guarantee', () => {
  assert.deepEqual(faultsOf({ decision: { result: 'pending', reasons: [] } }), [
    'loan loan_without_approval',
  ]);
  const { decision: _decision, application: _application, ...bare } = whole;
  assert.deepEqual(
    checkItem(1, bare, parts).map(({ code }) => code),
    ['application_missing', 'loan_without_approval'],
  );
  for (const wrong of [{ isCreditLoan: false }, { guarantee: 'mortgage' as const }])
    assert.deepEqual(faultsOf({ loan: { ...loan, ...wrong } }), ['loan.guarantee guarantee_contradicts']);
});

test('a balance belongs to a loan that is known, and overdue, bad and settled agree with it', () => {
  assert.deepEqual(faultsOf({ balance: { ...balance, loanId: 'L-2' } }), ['balance.loanId loan_unknown']);
  assert.deepEqual(faultsOf({ balance: { ...balance, balanceFen: 1_001 } }), [
    'balance.balanceFen balance_above_amount',
  ]);
  assert.deepEqual(faultsOf({ balance: { ...balance, balanceFen: 0, overdue: 'd90_plus' } }), [
    'balance.overdue overdue_without_balance',
  ]);
  const settled = { ...balance, balanceFen: 0, settledOn: '2026-09-30' };
  assert.deepEqual(faultsOf({ balance: settled }), []);
  assert.deepEqual(faultsOf({ balance: { ...settled, balanceFen: 1 } }), [
    'balance.balanceFen settled_with_balance',
  ]);
  assert.deepEqual(faultsOf({ balance: { ...settled, isBad: true } }), ['balance.isBad settled_yet_bad']);
  for (const settledOn of ['2026-08-19', '2026-10-01'])
    assert.deepEqual(faultsOf({ balance: { ...settled, settledOn } }), [
      'balance.settledOn settled_out_of_order',
    ]);
});
