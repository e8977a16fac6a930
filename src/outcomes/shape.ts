import type { Receipt } from '#security';

export const DECISIONS = ['approved', 'declined', 'withdrawn', 'pending'] as const;
export type Decision = (typeof DECISIONS)[number];

/** 信用 none, 保证 surety, 抵押 mortgage, 质押 pledge, 政府性融资担保 public_guarantee, 组合 combined. */
export const GUARANTEES = ['none', 'surety', 'mortgage', 'pledge', 'public_guarantee', 'combined'] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** Days past due at the end of the month: none, 1-30, 31-60, 61-90, above 90. */
export const OVERDUE = ['none', 'd1_30', 'd31_60', 'd61_90', 'd90_plus'] as const;
export type Overdue = (typeof OVERDUE)[number];

/** Dates are `YYYY-MM-DD` in Beijing, months `YYYY-MM`, amounts integer fen. */
export type OutcomeItem = {
  /** What this node gave the institution, `dsc_…`. */
  readonly disclosureId: string;
  readonly used: boolean;
  /** A code of the table of reasons; exactly when it was not used. */
  readonly unusedReason?: string;
  readonly application?: {
    /** As the institution numbers it. */
    readonly id: string;
    readonly appliedOn: string;
    readonly product: string;
    readonly requestedFen: number;
  };
  /** What was decided on `application`. */
  readonly decision?: {
    readonly result: Decision;
    readonly reasons: readonly string[];
    /** Absent exactly while pending. */
    readonly decidedOn?: string;
  };
  readonly loan?: {
    readonly id: string;
    readonly amountFen: number;
    /** Basis points: 3.45 % is 345. */
    readonly annualRateBp: number;
    readonly termMonths: number;
    readonly guarantee: Guarantee;
    readonly isFirstLoan: boolean;
    readonly isCreditLoan: boolean;
    readonly disbursedOn: string;
  };
  /** How a loan, of this item or reported before, stood at the end of a month. */
  readonly balance?: {
    readonly loanId: string;
    readonly month: string;
    readonly balanceFen: number;
    readonly overdue: Overdue;
    readonly isBad: boolean;
    readonly settledOn?: string;
  };
  /** This puts right what the same reporter said before. */
  readonly isCorrection?: boolean;
};

/** One item as it was handed in; one that could not be read as an item comes with its faults. */
export type ReportedItem = {
  /** From 1: place in the call, or data row of the sheet. */
  readonly row: number;
  /** As it came; kept when it is refused. */
  readonly raw: unknown;
} & ({ readonly item: OutcomeItem } | { readonly faults: readonly Fault[] });

/** What is wrong with an item. */
export type Fault = {
  readonly row: number;
  /** Path inside the item, such as `loan.amountFen`. */
  readonly field: string;
  /** Heading of that field's column, when the item came in a sheet. */
  readonly column?: string;
  readonly code: string;
  readonly message: { readonly zh: string; readonly en: string };
};

export const FACT_KINDS = ['use', 'application', 'loan', 'balance'] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/**
 * What became of an item or fact, weakest first: said before in the same words; first said; said by another channel
 * too; a later state; a correction; contradicting another channel; refused.
 */
export const FATES = [
  'unchanged',
  'new',
  'confirmed',
  'changed',
  'corrected',
  'conflicting',
  'refused',
] as const;
export type Fate = (typeof FATES)[number];

export type ItemResult = {
  readonly row: number;
  /** The strongest of its facts' fates. */
  readonly fate: Fate;
  readonly facts: readonly { readonly kind: FactKind; readonly fate: Fate }[];
  /** Not empty exactly when it was refused: an item is taken whole or not at all. */
  readonly faults: readonly Fault[];
};

export type BatchCounts = Readonly<Record<Fate, number>> & { readonly items: number };

/** items = unchanged + new + confirmed + changed + corrected + conflicting + refused, always. */
export type BatchResult = {
  readonly batchId: string;
  readonly reportedAt: Date;
  readonly counts: BatchCounts;
  /** RFC 6962 root over the items as they came, each with its fate. */
  readonly merkleRoot: string;
  readonly receipt: Receipt;
  readonly results: readonly ItemResult[];
};
