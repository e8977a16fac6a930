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
export { compileIndicators, type CompiledIndicators } from './indicators/compile/compile-indicators.ts';
export { computeOne, type Evidence, type OwnValues } from './indicators/compute/compute-one.ts';
export {
  computePairs,
  computeSlice,
  computeValues,
  type EnterpriseDay,
  type EnterpriseValues,
  readMomentOf,
} from './indicators/compute/compute-values.ts';
export {
  type Dimension,
  DIMENSIONS,
  type BaseDefinition,
  type BaseIndicator,
  type Filter,
  type Indicator,
  type IndicatorBook,
  type IndicatorDefinition,
  type IndicatorValue,
  inputsOf,
  type Status,
  STATUSES,
} from './indicators/indicator.ts';
export { indicatorsRefusal } from './indicators/definition/indicators-refusals.ts';
export { keepDefinitions, readKeptIndicator } from './indicators/definition/keep-definitions.ts';
export { loadIndicators } from './indicators/definition/load-indicators.ts';
export { readableIndicators } from './indicators/compute/require-readable.ts';
export {
  type DataRange,
  isWithinRange,
  requireWithinRange,
} from './indicators/compute/require-within-range.ts';
export { type Moment, type Slot, Slots } from './indicators/compile/slots.ts';
export { sliceStatement, type Statement } from './indicators/compute/statements.ts';
export {
  readOwnRecordsBehind,
  readRecordsBehind,
  type RecordBehind,
} from './indicators/compute/read-behind.ts';
export { compileFilter, type SlotWriter } from './indicators/compile/compile-filter.ts';
export { addDays, shiftDay } from './indicators/compile/days.ts';
export { checkDefinition } from './indicators/definition/check-definition.ts';
export { checkFilter, fault, type Fault, fieldsRead } from './indicators/definition/check-filter.ts';
export type { IndexSystem, Grading, Leaf } from './index-system/definition/index-system.ts';
export {
  factsOf,
  type IndicatorFacts,
  type IndicatorFactsById,
} from './index-system/definition/indicator-facts.ts';
export { type IndexBook, loadIndexSystems } from './index-system/definition/load-index-systems.ts';
export { type Points, showPoints } from './index-system/definition/points.ts';
export {
  type Baseline,
  baselineOf,
  type PointCounts,
  publishedBaseline,
} from './index-system/explanation/baseline.ts';
export {
  type ExplainedLeaf,
  explainScore,
  type Explanation,
} from './index-system/explanation/explain-score.ts';
export { applyChanges, type Changes, findChanges } from './index-system/explanation/find-changes.ts';
export type { Improvement } from './index-system/explanation/improvements.ts';
export { indexSystemRefusal } from './index-system/index-system-refusals.ts';
export { decideNotice, type Publication, type Standing } from './index-system/scoring/decide-notice.ts';
export type { EnterpriseScore, IndicatorValues, LeafScore } from './index-system/scoring/enterprise-score.ts';
export {
  indicatorsOf,
  scoreEnterprise,
  type ScoringContext,
} from './index-system/scoring/score-enterprise.ts';
export { type ObjectionScores, scoreObjection } from './index-system/scoring/score-objection.ts';
export { type AhpResult, weighByAhp } from './weights/ahp.ts';
export { type AhpStudy, shapeAhpStudy } from './weights/ahp-study.ts';
export { type DataWeights, weighByCritic, weighByEntropy } from './weights/data-weights.ts';
export { matrixOfTable, shapeValueMatrix, type ValueMatrix } from './weights/value-matrix.ts';
export { apportion, combineWeights, type Weights } from './weights/weights.ts';
export { weightsRefusal } from './weights/weights-refusals.ts';
export {
  type HostedContext,
  HOSTED_RULES,
  type HostedRules,
  type ReadIndicators,
} from './hosted/hosted-context.ts';
export { HOSTED_LIMITS } from './hosted/hosted-limits.ts';
export { hostedRefusal } from './hosted/hosted-refusals.ts';
export type { HostedState } from './hosted/hosted-tables.ts';
export { type ModelStep, retireModel, startShadow, validateModel } from './hosted/life/advance-model.ts';
export { type Approval, approveModel } from './hosted/life/approve-model.ts';
export { HOSTED_STATE_ZH } from './hosted/life/enter-state.ts';
export type { HostedVersion, ModelAddress } from './hosted/life/find-model.ts';
export { listModels, type ModelCard, readModelCard } from './hosted/life/read-models.ts';
export type { ShadowFigures } from './hosted/life/shadow-figures.ts';
export { type Upload, uploadModel } from './hosted/life/upload-model.ts';
export { type HostedInput, type HostedManifest, requireManifest } from './hosted/manifest.ts';
export { hasOnnxRuntime, type OnnxRunner, openOnnxRunner } from './hosted/onnx/run-onnx.ts';
export { type OpenedModel, openModel } from './hosted/open-model.ts';
export { countOutputs } from './hosted/outputs.ts';
export { writeCard } from './hosted/pmml/write-card.ts';
export { indicatorReader } from './hosted/read-indicators.ts';
export { type RanModel, runHostedModel } from './hosted/run/run-hosted-model.ts';
export type { HostedRunAnswer, HostedRunRequest } from './hosted/run/run-shape.ts';
export { sweepShadowRuns } from './hosted/run/sweep-shadow-runs.ts';
export { type EvaluationModel, makeEvaluationModel } from './models/evaluation-model.ts';
export type { CardModel } from './models/cards/card-body.ts';
export { CARD_GATE_RULES, judgeCard } from './models/cards/card-gates.ts';
export type { MonthFigures } from './models/cards/card-months.ts';
export { type CardPlan, findCardPlan, readCardPlan } from './models/cards/card-plan.ts';
export { proposeCard } from './models/cards/propose-card.ts';
export { type CardStudy, type StudiedCard, studyCard } from './models/cards/card-study.ts';
export { openCardModel } from './models/cards/card-store.ts';
export { cardsRefusal } from './models/cards/cards-refusals.ts';
export { fitCardModel, type FitRequest } from './models/cards/fit-card-model.ts';
export { type GradeTable } from './models/cards/grade-table.ts';
export { type CardReplay, replayCardScore } from './models/card-runs/replay-card.ts';
export { type CardRun, runCard } from './models/card-runs/run-card.ts';
export { type CardModelCard, writeCardModelCard } from './models/cards/write-card-model-card.ts';
export { wilsonOf } from './models/drawing/draw-calibration.ts';
export { writeCardPage } from './models/drawing/write-card-page.ts';
export { type Gate, GATE_RULES, judgeRules, judgeRun } from './models/gates.ts';
export {
  type FiledModel,
  type ModelBody,
  type ModelChoice,
  PUBLISHED_MODEL,
  readFiledModel,
} from './models/model-files.ts';
export {
  approveEvaluationModel,
  bringModelIntoForce,
  challengeEvaluationModel,
  proposeEvaluationModel,
  retireEvaluationModel,
  shadowEvaluationModel,
  validateEvaluationModel,
} from './models/model-life.ts';
export {
  findEvaluationModel,
  type KeptModel,
  listEvaluationModels,
  type ModelContext,
  openChampion,
  openEvaluationModel,
} from './models/model-store.ts';
export { MODEL_KIND_ZH, MODEL_STATE_ZH, type ModelKind, type ModelState } from './models/model-tables.ts';
export {
  type Declined,
  declineRecord,
  type DeclineRequest,
  takeBackDeclined,
} from './declined/decline-record.ts';
export { listPositiveRecords, type PositiveList } from './declined/list-positive-records.ts';
export type { DeclinedContext } from './declined/own-records.ts';
export { loadPositiveRecords, type PositiveRecords } from './declined/positive-records.ts';
export { compileScoring } from './run/compile-scoring.ts';
export { evaluationRefusal } from './run/evaluation-refusals.ts';
export { describeFigures, type FigureReport, STATE_WORDS } from './run/figures.ts';
export type { FinishedRun } from './run/finish-run.ts';
export { readScoreSample, type SampledRun, type ScoreSample } from './run/read-score-sample.ts';
export { runEvaluation } from './run/run-evaluation.ts';
export { RUN_LIMITS, type RunContext, type RunRequest } from './run/run-context.ts';
export type { ModelRole, RunFigures } from './run/run-tables.ts';
export {
  type GradeEdition,
  PORTRAIT_LIMITS,
  type PortraitContext,
  type ReadGradeHistory,
} from './portrait/portrait-context.ts';
export { gradeHistoryReader, gradeReader } from './portrait/published-grades.ts';
export { type GradeDrop, readGradeDrops } from './portrait/grade-drops.ts';
export type { PortraitRequest, PortraitUse } from './portrait/ask-portrait.ts';
export { type Portrait, readPortrait } from './portrait/read-portrait.ts';
export { type PeerRefresh, refreshPeers } from './portrait/refresh-peers.ts';
export type { Related, Relations } from './portrait/relations.ts';
export { loadWhitelists } from './whitelists/definition/load-whitelists.ts';
export type {
  Audience,
  RuleSet,
  RuleSetDefinition,
  WhitelistBook,
  Words,
} from './whitelists/definition/rule-set.ts';
export { type Entry } from './whitelists/entries/entries.ts';
export { readExits, type WhitelistExit } from './whitelists/entries/read-exits.ts';
export {
  type ListedVersion,
  listVersions as listWhitelistVersions,
} from './whitelists/entries/rule-sets-in-force.ts';
export { type Pushed, pushWhitelist } from './whitelists/feed/push-whitelist.ts';
export { type OwnMembership, readMemberships } from './whitelists/feed/read-own.ts';
export { type ChangesPage, type PushedRow, readChanges } from './whitelists/feed/receive-whitelist.ts';
export { readSnapshot, type Snapshot, verifySnapshot } from './whitelists/feed/snapshot.ts';
export {
  type BackTest,
  backTestWhitelist,
  type Knowledge,
  readBackTests,
} from './whitelists/life/back-test.ts';
export { proposeWhitelist, publishWhitelist } from './whitelists/life/propose-whitelist.ts';
export { type ListResults, readResults } from './whitelists/life/read-results.ts';
export { readWaiting, reviewWhitelist } from './whitelists/life/review-whitelist.ts';
export { runWhitelist, runWhitelists, type WhitelistRun } from './whitelists/life/run-whitelist.ts';
export { setParticipation } from './whitelists/life/withdraw.ts';
export { WHITELIST_LIMITS } from './whitelists/whitelist-limits.ts';
export { whitelistRefusal } from './whitelists/whitelist-refusals.ts';
export { ENTRY_STATES, type EntryState, REASON_WORDS } from './whitelists/whitelist-tables.ts';
export type { ReadGrades, WhitelistsContext } from './whitelists/whitelists-context.ts';
export { answerScoreTo, type InstitutionScoreRequest } from './run/online/institution-score.ts';
export { explainNow, explainOwnScore, type OwnScore } from './run/online/own-score.ts';
export { type KeptScore, readLatestScore, readPublishedScore } from './run/online/read-rows.ts';
export { type Replay, replayScore } from './run/online/replay.ts';
export { listRuns as listEvaluationRuns, type RunLine } from './run/list-runs.ts';
export { gradeWord, pointsOfBin } from './run/score-row.ts';
export { type EvaluationModelCard, writeModelCard } from './models/write-model-card.ts';
