/**
 * 9. 创新信用评价服务机制; 3. 支持平台接入机构创新发展 (institutions' own models).
 * The scorecard laboratory: bins, selects, fits, scales and examines scorecards on any file or table of rows; a card
 * is an artefact whose hash is that of its content, and a score is a sum of whole points.
 */
export type { Bin, Binning } from './laboratory/binning/binning.ts';
export type { BinRules, GivenBins, Special, Trend } from './laboratory/binning/bin-rules.ts';
export { BIN_RULES, TRENDS } from './laboratory/binning/bin-rules.ts';
export { ivOfEachValue } from './laboratory/binning/each-value.ts';
export type { Obstacle } from './laboratory/binning/explain-infeasible.ts';
export { type BinningResult, makeBinning } from './laboratory/binning/make-binning.ts';
export { type Calibration, calibrationOf } from './laboratory/figures/calibration.ts';
export { type Discrimination, discriminationOf } from './laboratory/figures/discrimination.ts';
export { type GainsLine, gainsOf } from './laboratory/figures/gains.ts';
export { type CardFigures, measureCard } from './laboratory/figures/measure-card.ts';
export {
  type CardStability,
  DRIFT_BANDS,
  type DriftBands,
  type DriftVerdict,
  judgeDrift,
  psiOf,
  type Stability,
  stabilityOf,
} from './laboratory/figures/stability.ts';
export { laboratoryRefusal } from './laboratory/laboratory-refusals.ts';
export { applyCard, type Scored, type ScoredTable, scoreOne } from './laboratory/model/apply-card.ts';
export { binVariables } from './laboratory/model/bin-variables.ts';
export type { Card, CardPoints, Model } from './laboratory/model/card.ts';
export { findLeaks, type Leak } from './laboratory/model/find-leaks.ts';
export { fitCard, type Fitted } from './laboratory/model/fit-card.ts';
export {
  type LeakageRules,
  type Plan,
  type Scaling,
  type SelectionRules,
  shapePlan,
} from './laboratory/model/plan.ts';
export { readCard } from './laboratory/model/read-card.ts';
export { type Exclusion, sharesOf, type Verdict } from './laboratory/model/select-variables.ts';
export { seededRandom } from './laboratory/statistics/random.ts';
export {
  crossValidate,
  type CrossValidation,
  type FoldRules,
  type Uncertain,
} from './laboratory/study/cross-validate.ts';
export {
  inferRejects,
  REJECT_METHODS,
  type RejectRules,
  type RejectStudy,
} from './laboratory/study/infer-rejects.ts';
export {
  type Fairness,
  FAIRNESS_RULES,
  type FairnessRules,
  type GroupFigures,
  measureFairness,
} from './laboratory/study/measure-fairness.ts';
export {
  type Column,
  columnOf,
  makeTable,
  readTarget,
  type Table,
  type Target,
} from './laboratory/table/columns.ts';
export { readTable } from './laboratory/table/read-table.ts';
