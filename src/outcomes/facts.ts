import { canonicalHash } from '#kernel';
import type { FactKind, OutcomeItem } from './shape.ts';

export type Value = string | number | boolean | null | readonly string[];
export type Values = Readonly<Record<string, Value>>;

/** One thing that an item says, in the columns of its table. */
export type Fact = {
  readonly kind: FactKind;
  /** What makes it the same thing next time, beside enterprise and institution. */
  readonly key: Values;
  /** What the channels must agree on. */
  readonly content: Values;
  readonly contentHash: string;
  /** What a channel says in its own terms. */
  readonly aside: Values;
};

type Plan = {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  readonly content: Readonly<Record<string, string>>;
  readonly aside: Readonly<Record<string, string>>;
  /** Columns that do not change in the ordinary course of things: another value is a correction. */
  readonly fixed: readonly string[];
};

/** Columns and their types; every statement over the four tables is made from this. */
export const PLANS: Readonly<Record<FactKind, Plan>> = {
  use: {
    table: 'outcomes.uses',
    key: { disclosure_id: 'text' },
    content: { was_used: 'boolean', unused_reason: 'text' },
    aside: {},
    fixed: [],
  },
  application: {
    table: 'outcomes.applications',
    key: { application_no: 'text' },
    content: {
      applied_on: 'date',
      product: 'text',
      requested_fen: 'bigint',
      decision: 'text',
      decision_reasons: 'text[]',
      decided_on: 'date',
    },
    aside: {},
    fixed: ['applied_on', 'requested_fen'],
  },
  loan: {
    table: 'outcomes.loans',
    key: { loan_no: 'text' },
    content: {
      amount_fen: 'bigint',
      annual_rate_bp: 'integer',
      term_months: 'integer',
      guarantee: 'text',
      is_first_loan: 'boolean',
      is_credit_loan: 'boolean',
      disbursed_on: 'date',
    },
    aside: { application_no: 'text' },
    fixed: ['amount_fen', 'is_first_loan', 'disbursed_on'],
  },
  balance: {
    table: 'outcomes.balances',
    key: { loan_no: 'text', month: 'date' },
    content: { balance_fen: 'bigint', overdue: 'text', is_bad: 'boolean', settled_on: 'date' },
    aside: {},
    fixed: ['balance_fen', 'overdue', 'is_bad', 'settled_on'],
  },
};

/** The facts of an item that holds, in the order in which they depend on each other. */
export function factsOf(item: OutcomeItem): Fact[] {
  return [useOf(item), ...applicationOf(item), ...loanOf(item), ...balanceOf(item)];
}

/**
 * A number as the institution gives it, however it was typed: a sheet and a system write brackets and blanks in their own
 * widths, and the same loan would count twice.
 */
export function foldNumber(number: string): string {
  return number.normalize('NFKC').replace(/\s+/gu, '');
}

/** The first column that says otherwise although it does not change by itself. */
export function findContradiction(kind: FactKind, before: Values, now: Values): string | undefined {
  const isDecided = kind === 'application' && before['decision'] !== 'pending';
  const fixed = isDecided ? [...PLANS[kind].fixed, 'decision', 'decided_on'] : PLANS[kind].fixed;
  return fixed.find((column) => before[column] !== now[column]);
}

function useOf({ disclosureId, used, unusedReason }: OutcomeItem): Fact {
  return makeFact(
    'use',
    { disclosure_id: disclosureId },
    { was_used: used, unused_reason: unusedReason ?? null },
  );
}

/** What was applied for and not yet spoken of is pending. */
function applicationOf({ application, decision }: OutcomeItem): Fact[] {
  if (application === undefined) return [];
  const content = {
    applied_on: application.appliedOn,
    product: application.product.normalize('NFKC').trim(),
    requested_fen: application.requestedFen,
    decision: decision?.result ?? 'pending',
    decision_reasons: [...(decision?.reasons ?? [])].sort(),
    decided_on: decision?.decidedOn ?? null,
  };
  return [makeFact('application', { application_no: foldNumber(application.id) }, content)];
}

function loanOf({ loan, application }: OutcomeItem): Fact[] {
  if (loan === undefined || application === undefined) return [];
  const content = {
    amount_fen: loan.amountFen,
    annual_rate_bp: loan.annualRateBp,
    term_months: loan.termMonths,
    guarantee: loan.guarantee,
    is_first_loan: loan.isFirstLoan,
    is_credit_loan: loan.isCreditLoan,
    disbursed_on: loan.disbursedOn,
  };
  return [
    makeFact('loan', { loan_no: foldNumber(loan.id) }, content, {
      application_no: foldNumber(application.id),
    }),
  ];
}

function balanceOf({ balance }: OutcomeItem): Fact[] {
  if (balance === undefined) return [];
  const content = {
    balance_fen: balance.balanceFen,
    overdue: balance.overdue,
    is_bad: balance.isBad,
    settled_on: balance.settledOn ?? null,
  };
  return [
    makeFact('balance', { loan_no: foldNumber(balance.loanId), month: `${balance.month}-01` }, content),
  ];
}

function makeFact(kind: FactKind, key: Values, content: Values, aside: Values = {}): Fact {
  return { kind, key, content, contentHash: canonicalHash(content), aside };
}
