import { isDay, isMonth, monthOf } from './days.ts';
import { type FaultCode, makeFault } from './faults.ts';
import { OUTCOMES_LIMITS } from './outcomes-limits.ts';
import { hasReason, type ReasonTable } from './reasons.ts';
import type { Fault, OutcomeItem } from './shape.ts';

/** What an item is held against. */
export type CheckParts = {
  readonly reasons: ReasonTable;
  /** Beijing date. */
  readonly today: string;
  /** The loan that a balance speaks of, of this item or reported before. */
  readonly loanOf: (loanId: string) => KnownLoan | undefined;
};

export type KnownLoan = { readonly amountFen: number; readonly disbursedOn: string };

type Add = (field: string, code: FaultCode) => void;
type Checked = { readonly item: OutcomeItem; readonly parts: CheckParts; readonly add: Add };

/** Everything that is wrong with an item by itself; whether its disclosure holds is known elsewhere. Pure. */
export function checkItem(row: number, item: OutcomeItem, parts: CheckParts): Fault[] {
  const faults: Fault[] = [];
  const add: Add = (field, code) => void faults.push(makeFault(row, field, code));
  for (const check of [checkUse, checkApplication, checkDecision, checkLoan, checkBalance])
    check({ item, parts, add });
  return faults;
}

function checkUse({ item: { used, unusedReason }, parts, add }: Checked): void {
  if (used && unusedReason !== undefined) add('unusedReason', 'reason_not_expected');
  if (used) return;
  if (unusedReason === undefined) add('unusedReason', 'reason_missing');
  else if (!hasReason(parts.reasons, 'unused', unusedReason)) add('unusedReason', 'reason_unknown');
}

function checkApplication({ item: { application, decision, loan }, parts, add }: Checked): void {
  if (application === undefined) {
    if (decision !== undefined || loan !== undefined) add('application', 'application_missing');
    return;
  }
  checkAmount('application.requestedFen', application.requestedFen, add);
  checkDay('application.appliedOn', application.appliedOn, { parts, add });
}

function checkDecision({ item: { application, decision }, parts, add }: Checked): void {
  if (decision === undefined) return;
  const { result, decidedOn } = decision;
  checkReasons(decision, parts, add);
  if (result === 'pending') {
    if (decidedOn !== undefined) add('decision.decidedOn', 'decision_date_not_expected');
    return;
  }
  if (decidedOn === undefined) {
    add('decision.decidedOn', 'decision_date_missing');
    return;
  }
  checkDay('decision.decidedOn', decidedOn, { parts, add });
  if (application !== undefined && decidedOn < application.appliedOn)
    add('decision.decidedOn', 'decision_before_application');
}

function checkReasons(
  { result, reasons }: NonNullable<OutcomeItem['decision']>,
  parts: CheckParts,
  add: Add,
): void {
  if (result === 'pending' || result === 'approved') {
    if (reasons.length > 0) add('decision.reasons', 'reason_not_expected');
    return;
  }
  if (reasons.length === 0) add('decision.reasons', 'reason_missing');
  if (reasons.some((code) => !hasReason(parts.reasons, result, code)))
    add('decision.reasons', 'reason_unknown');
}

function checkLoan({ item: { loan, decision }, parts, add }: Checked): void {
  if (loan === undefined) return;
  const { annualRateBp, termMonths } = loan;
  if (decision?.result !== 'approved') add('loan', 'loan_without_approval');
  checkAmount('loan.amountFen', loan.amountFen, add);
  if (!isWithin(annualRateBp, 0, OUTCOMES_LIMITS.annualRateBpMax)) add('loan.annualRateBp', 'rate_wrong');
  if (!isWithin(termMonths, 1, OUTCOMES_LIMITS.termMonthsMax)) add('loan.termMonths', 'term_wrong');
  if (loan.isCreditLoan !== (loan.guarantee === 'none')) add('loan.guarantee', 'guarantee_contradicts');
  checkDay('loan.disbursedOn', loan.disbursedOn, { parts, add });
  if (decision?.decidedOn !== undefined && loan.disbursedOn < decision.decidedOn)
    add('loan.disbursedOn', 'loan_before_decision');
}

function checkBalance({ item: { balance }, parts, add }: Checked): void {
  if (balance === undefined) return;
  const { balanceFen, overdue, isBad, settledOn } = balance;
  if (!isMonth(balance.month)) add('balance.month', 'month_wrong');
  else if (balance.month > monthOf(parts.today)) add('balance.month', 'month_in_future');
  if (!isWithin(balanceFen, 0, OUTCOMES_LIMITS.amountFenMax)) add('balance.balanceFen', 'balance_wrong');
  if (overdue !== 'none' && balanceFen === 0) add('balance.overdue', 'overdue_without_balance');
  if (settledOn !== undefined) {
    checkDay('balance.settledOn', settledOn, { parts, add });
    if (balanceFen !== 0) add('balance.balanceFen', 'settled_with_balance');
    if (isBad || overdue !== 'none') add('balance.isBad', 'settled_yet_bad');
  }
  checkAgainstLoan(balance, parts, add);
}

function checkAgainstLoan(balance: NonNullable<OutcomeItem['balance']>, parts: CheckParts, add: Add): void {
  const loan = parts.loanOf(balance.loanId);
  if (loan === undefined) {
    add('balance.loanId', 'loan_unknown');
    return;
  }
  if (balance.month < monthOf(loan.disbursedOn)) add('balance.month', 'balance_before_loan');
  if (balance.balanceFen > loan.amountFen) add('balance.balanceFen', 'balance_above_amount');
  const { settledOn } = balance;
  if (settledOn !== undefined && (settledOn < loan.disbursedOn || monthOf(settledOn) > balance.month))
    add('balance.settledOn', 'settled_out_of_order');
}

function checkAmount(field: string, amountFen: number, add: Add): void {
  if (!isWithin(amountFen, 1, OUTCOMES_LIMITS.amountFenMax)) add(field, 'amount_wrong');
}

function checkDay(field: string, day: string, { parts, add }: { parts: CheckParts; add: Add }): void {
  if (!isDay(day)) add(field, 'date_wrong');
  else if (day > parts.today) add(field, 'date_in_future');
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
