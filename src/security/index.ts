/**
 * 13 强化信息安全管理体系。
 * Every read begins with a decision that names its clause, and everything that leaves is a leaf of a log that others can check.
 * Other modules get Permits, Grants and receipts from here; how they are made stays inside.
 */
export { type ActOfInstitution, askOfAdmission } from './ask-of-admission.ts';
export { bitsOf, dayAfterQuarter, quarterOf } from './budget/bits.ts';
export { bookBits, type Booking, type BudgetAccount, readBookedBits } from './budget/book-bits.ts';
export { bitsLimitOf, type Budgets, loadBudgets } from './budget/load-budgets.ts';
export type { Caller, CallerFacts, CallerKind } from './caller.ts';
export {
  decide,
  decidePopulation,
  type Financing,
  type PermitRequest,
  type PopulationRequest,
} from './decision/decide.ts';
export type { DecidedContract, DecisionFacts } from './decision/decision-facts.ts';
export {
  explainDecision,
  type Explanation,
  type ExplainedField,
  type KeptDecision,
  readDecision,
} from './decision/explain.ts';
export { loadPolicies } from './decision/load-policies.ts';
export { keepPolicies, openKeptPolicies } from './decision/policy-versions.ts';
export type { SourceOrder } from './decision/source-order.ts';
export type { AsOf, Permit, PermittedField, Population, PopulationPermit } from './decision/permit.ts';
export { type Act, ACTS, knownRoles, type PolicySet, refuseOnGround } from './decision/policy-set.ts';
export type { ContractFacts } from './decision/question.ts';
export { type Grant, type Matter, requireAllowed } from './decision/require-allowed.ts';
export {
  type Access,
  type AccessPage,
  countDisclosures,
  type DisclosureFacts,
  type DisclosureKind,
  type DisclosureParty,
  listAccesses,
  listRefusedAttempts,
  newDisclosureId,
  readConsentUse,
  readDisclosureParty,
  recordDisclosure,
  recordDisclosures,
  type RefusedAttempt,
} from './disclosures.ts';
export { type Given, type GivenHead, giveUnderConsent } from './give-under-consent.ts';
export { logOrigin } from './log/checkpoint.ts';
export { databaseSource, type LogFileParts, readLogFile } from './log/read-log-file.ts';
export { LEAF_KINDS, type LeafBody, type LeafKind } from './log/leaf.ts';
export { logRefusal } from './log/log-refusals.ts';
export {
  type LogState,
  readConsistency,
  readLogState,
  readReceipt,
  type ReceiptProof,
} from './log/read-receipt.ts';
export { type HeldReceipt, readReceipts } from './log/read-receipts.ts';
export {
  eraseLeafBody,
  type LeafFacts,
  type Receipt,
  recordLeaf,
  recordLeaves,
} from './log/record-leaf.ts';
export { recordRefusal, type RefusedRequest, refuseWithLeaf } from './log/record-refusal.ts';
export { type Sequencer, type SequencerParts, startSequencer } from './log/sequencer.ts';
export {
  type Audit,
  auditLog,
  type Checkpoint,
  type FaultReason,
  folderSource,
  formatPath,
  hashLeaf,
  type InclusionProof,
  leafText,
  type LogFault,
  type LogPath,
  type LogSource,
  type NoteKey,
  parsePath,
  parseVkey,
  type ReceiptEvidence,
  type ReceiptFault,
  type ReceiptStatement,
  savingTo,
  TILE_WIDTH,
  urlSource,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyReceipt,
} from './log/verifier/index.ts';
export { openLeaf } from './log/open-leaf.ts';
export { type OldAccesses, removeOldAccesses } from './remove-accesses.ts';
export { type TracedDisclosure, traceDisclosures } from './trace-disclosures.ts';
export { disclosureRelation } from './disclosure-relation.ts';
export { type DisclosedRequest, disclosedRelation } from './find-disclosed.ts';
export { type Evidence, readEvidence } from './evidence.ts';
export {
  type Admission,
  ADMISSION_STATES,
  type AdmissionFacts,
  type AdmissionState,
  type Consent,
  CONSENT_STATES,
  type ConsentFacts,
  type ConsentState,
  INSTITUTION_TYPES,
  type InstitutionType,
} from './financing.ts';
export {
  CONSENT_PURPOSES,
  type ConsentPurpose,
  FINANCING_PURPOSES,
  type FinancingPurpose,
  isConsentPurpose,
  isFinancingPurpose,
  type Purpose,
  PURPOSE_WORDS,
  PURPOSES,
} from './purposes.ts';
export {
  completeHeldKey,
  IDEMPOTENCY_LIMITS,
  type IdempotentCall,
  releaseKey,
  requireIdempotencyKey,
  type Reservation,
  type Reserved,
  reserveKey,
} from './idempotency/reserve.ts';
export {
  type Complete,
  type IdempotentAnswer,
  onceInTransaction,
  sweepIdempotency,
  withIdempotency,
} from './idempotency/with-idempotency.ts';
export {
  loadStatisticsFloors,
  type StatisticsFloor,
  type StatisticsFloors,
} from './statistics-floor/load-statistics-floors.ts';
export { type FigureBase, hideFigures, type ShownFigures } from './statistics-floor/hide-figures.ts';
export { type Cell, type HiddenBecause, suppress, unsafeBecause } from './statistics-floor/suppress.ts';
