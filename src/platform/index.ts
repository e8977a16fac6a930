/**
 * 1–4 构建融资信用服务体系: who takes part in the node and proves to be who they say.
 * Accounts, sign-in, sessions and the only maker of callers.
 */
export {
  type Account,
  type Act,
  disableAccount,
  listAccounts,
  makeAccount,
  type NewAccount,
  setPassword,
} from './accounts.ts';
export { authenticate, type Credentials } from './authenticate.ts';
export { makeAuthenticator } from './authenticator.ts';
export { commandLineCaller, commandLineReporter, systemCaller, windowCaller } from './callers.ts';
export {
  type Demonstration,
  type DemonstrationAccount,
  disableDemonstrationAccounts,
  makeDemonstrationAccounts,
} from './demonstration.ts';
export { type CallerDescription, describeCallers } from './describe-callers.ts';
export { findAccountCaller } from './find-account-caller.ts';
export type { Acting } from './acting.ts';
export {
  enterMandate,
  grantMandate,
  type MandateActing,
  type MandateRequest,
  type PaperMandate,
} from './mandates/grant-mandate.ts';
export { type ListedMandate, listMandates } from './mandates/list-mandates.ts';
export type { MandateState } from './mandates/mandate-state.ts';
export {
  type Capacity,
  CAPACITIES,
  MANDATE_SCOPES,
  type MandateScope,
} from './mandates/mandate-tables.ts';
export { type Mandate, type MandateFacts, proveMandate } from './mandates/prove-mandate.ts';
export {
  confirmMandate,
  endMandate,
  freezeMandates,
  freezeMandatesOf,
  type OfMandate,
} from './mandates/settle-mandates.ts';
export {
  grantAtWindow,
  readAccountName,
  readMandateHolders,
  type WindowMandate,
} from './mandates/window-mandate.ts';
export {
  type AdmissionChange,
  approveAdmission,
  proposeAdmission,
  rejectAdmission,
  suspendAdmission,
} from './participants/admissions.ts';
export {
  endAgreement,
  type Parties,
  signAgreement,
  type SignedAgreement,
} from './participants/agreements.ts';
export { withdrawDemonstrationParticipants } from './participants/demonstration-participants.ts';
export {
  type AdmissionVersion,
  listParticipants,
  listProposals,
  type OpenProposal,
  type Participant,
  readAdmissionHistory,
} from './participants/list-participants.ts';
export {
  PARTICIPANT_KINDS,
  type ParticipantKind,
  WRITTEN_STATES,
} from './participants/participant-tables.ts';
export { ADMISSION_WORDS, INSTITUTION_WORDS, PARTICIPANT_WORDS } from './participants/participant-words.ts';
export {
  type AdmissionUse,
  proveAdmission,
  proveServed,
  type Served,
} from './participants/prove-admission.ts';
export { type ParticipantName, readParticipants } from './participants/read-participants.ts';
export { type NewParticipant, registerParticipant } from './participants/register-participant.ts';
export { callRefusal, challengeOf } from './identity/calls/call-refusals.ts';
export { findClientCaller } from './identity/calls/find-client-caller.ts';
export { bookProof, bookProofNow, type ProofUse } from './identity/calls/used-proofs.ts';
export type { Call, CallCheck, TokenCaller, UnbookedCaller } from './identity/calls/verify-call.ts';
export {
  type Client,
  disableClient,
  type KeyRotation,
  listClients,
  type NewClient,
  registerClient,
  rotateClientKey,
} from './identity/clients/clients.ts';
export {
  type DemonstrationClients,
  makeDemonstrationClients,
} from './identity/clients/demonstration-clients.ts';
export type {
  ConsentAsked,
  ConsentProgress,
  ConsentType,
  ConsentWords,
} from './identity/consent-type.ts';
export {
  beginSecondFactor,
  confirmSecondFactor,
  type Enrolment,
  type FactorContext,
  removeSecondFactor,
  secondFactorContext,
} from './identity/people/second-factor.ts';
export {
  findOutsideAccount,
  linkOutsideAccount,
  unlinkOutsideAccount,
} from './identity/people/outside-accounts.ts';
export { OUTSIDE_BACK_PATH, type OutsideSignIn } from './identity/people/outside-sign-in.ts';
export { type Identity, INTERACTION_PATH, openIdentity } from './identity/open-identity.ts';
export type { Browser, ConsentQuestion } from './identity/provider/interactions.ts';
export { sweepIdentity } from './identity/sweep-identity.ts';
export { EqualShares, type Standing } from './interfaces/equal-shares.ts';
export { exampleOf, type ExampleSchema, type Samples } from './interfaces/example.ts';
export {
  type InterfaceState,
  interfaceState,
  type Lifecycle,
  lifecycleHeaders,
  loadLifecycles,
  refuseWithdrawn,
} from './interfaces/lifecycle.ts';
export { keepTallies, type Tallies, writeTallies } from './interfaces/keep-tallies.ts';
export { Tally } from './interfaces/tally.ts';
export { type Role, ROLES } from './roles.ts';
export { countSearch, requireSearchAllowed } from './search-limit.ts';
export { DEFAULT_RULES, type SignInRules } from './sign-in-rules.ts';
export { callerOfSession, endSession, type SignedIn, startSession } from './sessions.ts';
export { ACCOUNT_KINDS, type AccountKind } from './tables.ts';
export { callSource, type SourceCall, type SourceReply } from './sources/call-source.ts';
export type { SourceFailure, SourceReason } from './sources/fault.ts';
export {
  approveCapacity,
  type CapacityChange,
  changeCapacity,
  followCapacity,
  listCapacityChanges,
  type OpenCapacityChange,
  rejectCapacity,
} from './sources/change-capacity.ts';
export { readSourceFigures, type SourceFigure } from './sources/figures.ts';
export { keepSourceCounts, talliesOf, writeSourceCounts } from './sources/keep-counts.ts';
export { readSourceShares, type SourceShare } from './sources/shares.ts';
export { loadSources } from './sources/load-sources.ts';
export type { Source, SourceInterface } from './sources/shape.ts';
export { openSources, type SourceBook } from './sources/source-book.ts';
