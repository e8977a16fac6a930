/**
 * 5. 整合共享国家信用信息; 6. 汇聚共享本市信用信息; 7. 引导企业补充完善自身信息.
 * The three lists: what is shared is said once, in a contract, and everything else is derived from it.
 * Deliveries come in by one path, belong to an enterprise of the register, and are read only with a Permit.
 */
export { MerkleTree } from './check/merkle.ts';
export { checkRecord, type RecordDefect } from './check/check-record.ts';
export { type Claim, type ClaimReading, readClaim } from './check/read-claim.ts';
export { type CodeTable, spellings } from './contract/code-table.ts';
export { type ContractDiff, diffContracts } from './contract/diff.ts';
export { type ContractUses, findUses } from './contract/find-uses.ts';
export { ContractError, contractFromOdcs } from './contract/from-odcs.ts';
export { bringIntoForce, readCatalogueStamp, readContractVersion } from './contract/in-force.ts';
export {
  advanceContract,
  commentContract,
  type LifeStep,
  listVersions,
  proposeContract,
  STATE_ZH,
  type Version,
} from './contract/life.ts';
export { type Catalogue, loadCatalogue } from './contract/load.ts';
export type { Contract, Disclosure, Field, FieldKind, Grade, RowRule } from './contract/shape.ts';
export { type MarkAddress, type NewMark, endMark, endMarksOf, putMark } from './marks/write-mark.ts';
export { findFates, type OwnRecordId, type RecordFate } from './marks/find-fates.ts';
export { readMarkedSince } from './marks/read-marked.ts';
export { sweepInbox } from './delivery/inbox.ts';
export { type Progress, processDelivery } from './delivery/process-delivery.ts';
export {
  countDeliveriesByState,
  type DeliveryReceipt,
  type DeliverySummary,
  listDeliveries,
  type QuarantinedRow,
  readQuarantine,
  readReceipt,
} from './delivery/read-deliveries.ts';
export { type DeliveryRequest, type Received, receive, requireContract } from './delivery/receive.ts';
export { recoverDeliveries } from './delivery/recover.ts';
export {
  endGivingGround,
  type GivingGround,
  openGivingGround,
} from './given/grounds.ts';
export { requireGiver } from './given/require-giver.ts';
export { type FileHints, type OpenedFile, openRows } from './files/open-rows.ts';
export type { ListsContext } from './lists-context.ts';
export {
  type EnterpriseIdentity,
  findEnterprise,
  readEnterprise,
  searchEnterprises,
} from './read/enterprises.ts';
export { contestScore, decideContest, listContests } from './quality/runs/contests.ts';
export { listRuns } from './quality/runs/snapshot.ts';
export { loadWeights } from './quality/runs/definitions.ts';
export { runQuality } from './quality/runs/run-quality.ts';
export { type QualityReport, readQuality } from './quality/runs/read-quality.ts';
export { maskIdNumber } from './check/values/masked.ts';
export { recomputeQuality } from './quality/runs/recompute.ts';
export { openScore } from './quality/runs/open-score.ts';
export { listExpected, remindOverdue } from './quality/tickets/expected.ts';
export { settleTickets } from './quality/tickets/settle-tickets.ts';
export { listTickets } from './quality/tickets/ticket-sql.ts';
export {
  addDays,
  addWorkingDays,
  daysBetween,
  loadCalendar,
  type WorkingCalendar,
} from './quality/working-days.ts';
export {
  findTouched,
  hasDisputed,
  registerRelation,
  type TouchedSince,
} from './register/population-facts.ts';
export { type HeldAnswer, holdAnswers } from './read/held-answers.ts';
export { type HeldRequest, heldPersonsRelation, soleTradersRelation } from './read/held-persons.ts';
export { familiesOf, mergesNow } from './register/families.ts';
export { readSizeClasses } from './register/read-size-classes.ts';
export { countSizes, sizeRegister } from './register/size-class-register.ts';
export { isSyntheticNode, sizeLabel } from './read/node-facts.ts';
export { type CorrectedRecord, findCorrected } from './read/find-corrected.ts';
export { FIRST_ROW, type NamedPerson, readNamedPersons } from './read/read-named-persons.ts';
export { readRecordLives, type RecordLife } from './read/record-life.ts';
export type { RecordVersion } from './read/record-version.ts';
export {
  type DatasetAnswer,
  type Outcome,
  readDatasets,
  readKnownAt,
  type Moment,
  readMoment,
} from './read/records.ts';
export { type Apart, readApart, readPopulationBounds, type Slice } from './read/apart.ts';
export {
  type Bounds,
  isInPopulation,
  populationRelation,
  relation,
  type RelationShape,
} from './read/relation.ts';
export {
  nameRecords,
  OWN_KIND,
  type OwnQuestion,
  readLastDelivered,
  readMembers,
  selectOwn,
} from './read/select-own.ts';
export { type ListLine, summariseLists } from './read/summarise-lists.ts';
export {
  bandOfField,
  compareField,
  type Comparison,
  isDelivered,
  type LocatedRecord,
  locateRecord,
  type RecordSelector,
} from './read/compare.ts';
export {
  type ListedMerge,
  listMerges,
  mergeEnterprises,
  type MergeRequest,
  readMergedIds,
  unmergeEnterprise,
} from './register/merge.ts';
export {
  countExpired,
  type ExpiredRecord,
  type ExpiryBasis,
  type ExpiryRule,
  findExpired,
  type RecordPlace,
} from './removal/find-expired.ts';
export {
  type DeliveredFile,
  emptyQuarantine,
  findNeededFiles,
  listOldFiles,
  readFilesOf,
  removeStoredFile,
} from './removal/delivered-files.ts';
export { holdExpired, type RemovedVersion, removeRecords } from './removal/remove-records.ts';
export { requireExactCode } from './register/read-subject.ts';
export { releaseHeld, undoReview } from './register/release.ts';
export {
  acceptReview,
  listReviews,
  rejectReview,
  type ReviewChoice,
  type ReviewItem,
} from './register/review.ts';
export {
  askSources,
  isAtSource,
  type SourceAnswer,
  type SourceParts,
  type SourceQuestion,
} from './source/ask-sources.ts';
export { requireSourcesFit } from './source/require-sources-fit.ts';
export { measuredNames, openCopyLimit, repeatRows } from './store/measured-table.ts';
export { makeTables } from './store/make-tables.ts';
export type { ContractState, DeliveryState } from './tables.ts';
