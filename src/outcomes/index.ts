/**
 * 11. 建立信用信息使用反馈机制 (outcomes come in): what institutions report of the use of what the node gave them.
 * Each item is tied to a disclosure; what several channels report is one fact that counts once, and where they
 * contradict each other a person decides. Nothing is overwritten, and what is refused is kept.
 */
export {
  acceptConflict,
  type Acceptance,
  type Conflict,
  listConflicts,
  requireMaySettle,
} from './conflicts.ts';
export type { Values } from './facts.ts';
export type { OutcomesContext } from './outcomes-context.ts';
export {
  liveLoansRelation,
  type LiveLoan,
  type LoanEnd,
  lockLiveLoans,
  readBorrowerIds,
  readBorrowersOfBatch,
  readLiveLoans,
  readLoanEnds,
} from './live-loans.ts';
export { type LoanCase, readLoanCases } from './loan-cases.ts';
export { lendForMeasuring } from './measured-loans.ts';
export { type LoanLife, readLoanLives } from './loan-lives.ts';
export { type OutcomeReader, outcomeRelation, type OutcomeShape } from './outcome-relation.ts';
export { OUTCOMES_LIMITS } from './outcomes-limits.ts';
export {
  type BatchView,
  countLoans,
  listOutcomesOf,
  listReported,
  type LoanCount,
  readBatch,
  type ReportedFact,
  type ReportedPage,
} from './read-outcomes.ts';
export { type OutcomeFlags, readOutcomeFlags } from './outcome-flags.ts';
export { loadReasons, type ReasonTable } from './reasons.ts';
export type { BatchSource } from './record-batch.ts';
export { DIRECT, type OutcomeReport, reportOutcomes, toReported } from './report-outcomes.ts';
export {
  type BatchCounts,
  type BatchResult,
  DECISIONS,
  FACT_KINDS,
  type FactKind,
  type Fate,
  FATES,
  type Fault,
  GUARANTEES,
  type ItemResult,
  type OutcomeItem,
  OVERDUE,
  type ReportedItem,
} from './shape.ts';
export { sheetTemplate } from './sheet/columns.ts';
export { readSheet, requireSheetMonth, type Sheet, type SheetParts } from './sheet/read-sheet.ts';
