/**
 * 11. 健全信用信息使用反馈机制 (what goes back): statistics for the lead bodies, and to each department what its data achieved.
 * A month is sealed as versions that are never changed; returns travel in hops, each with a due date and an answer; queries
 * that came to nothing are shown to whom they concern.
 */
export { monthBefore } from './calendar/months.ts';
export { acknowledgeReturn, type Acknowledgement } from './chain/acknowledge.ts';
export { correctReturn, type HandIn, handInReturn } from './chain/hand-in.ts';
export { type Hop, listHops } from './chain/list-hops.ts';
export {
  loadReturnsRules,
  type ReturnsRules,
  type Statistic,
} from './definition/rules.ts';
export { type ReadSheet, readSheet } from './months/read-sheet.ts';
export {
  type MonthStatistics,
  sealDueMonth,
  type SealedMonth,
  sealMonth,
  type SealRequest,
} from './months/seal-month.ts';
export { readMonth, type ShownFigure, type ShownMonth, type Viewer } from './months/show-statistics.ts';
export type { ReturnsContext } from './returns-context.ts';
export { returnsRefusal } from './returns-refusals.ts';
export type { AlertLine, AlertSheet, ShownAlertLine, ShownAlertSheet } from './sheets/alert-lines.ts';
export type { Contribution } from './sheets/contribution.ts';
export { sheetCsv } from './sheets/sheet-csv.ts';
export type { DatasetLine, DepartmentSheet, ShownLine, ShownSheet } from './sheets/sheet.ts';
export { type Figure, type Scope, SCOPES } from './statistics/compute-statistics.ts';
export { type FigureRow, readFigureRows, type RowsPage, type RowsScope } from './statistics/read-rows.ts';
export { type Difference, type Reconciliation, TOTAL_NAMES, type Totals } from './statistics/reconcile.ts';
export {
  listUnused,
  listUnusedOf,
  readUnusedRatios,
  readUnusedSince,
  type UnusedQuery,
  type UnusedRatio,
} from './unused/read-unused.ts';
export { sweepUnused, type UnusedSweep } from './unused/sweep-unused.ts';
