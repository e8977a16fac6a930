/**
 * 13 强化信息安全管理体系。
 * Every read begins with a decision that names its clause, and everything that leaves is a leaf of a log that others can check.
 * Other modules get Permits, Grants and receipts from here; how they are made stays inside.
 */
export type { Caller, CallerFacts, CallerKind } from './caller.ts';
export { decide, decidePopulation, type PermitRequest, type PopulationRequest } from './decision/decide.ts';
export { loadPolicies } from './decision/load-policies.ts';
export type { AsOf, Permit, PermittedField, Population, PopulationPermit } from './decision/permit.ts';
export { type Act, ACTS, type PolicySet } from './decision/policy-set.ts';
export type { ContractFacts } from './decision/read-contract.ts';
export { type Grant, type Matter, requireAllowed } from './decision/require-allowed.ts';
export {
  type Access,
  type AccessPage,
  countDisclosures,
  type DisclosureFacts,
  type DisclosureKind,
  listAccesses,
  newDisclosureId,
  recordDisclosure,
} from './disclosures.ts';
export { logOrigin } from './log/checkpoint.ts';
export { LEAF_KINDS, type LeafBody, type LeafKind } from './log/leaf.ts';
export {
  type LogState,
  readConsistency,
  readLogState,
  readReceipt,
  type ReceiptProof,
} from './log/read-receipt.ts';
export { eraseLeafBody, type LeafFacts, type Receipt, recordLeaf } from './log/record-leaf.ts';
export { recordRefusal, type RefusedRequest, refuseWithLeaf } from './log/record-refusal.ts';
export { type Sequencer, type SequencerParts, startSequencer } from './log/sequencer.ts';
export {
  type Checkpoint,
  type InclusionProof,
  type ReceiptEvidence,
  type ReceiptFault,
  type ReceiptStatement,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyReceipt,
} from './log/verify.ts';
export { type Purpose, PURPOSES } from './purposes.ts';
