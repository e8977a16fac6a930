/**
 * 7. 引导企业补充完善自身信息; 12. 完善主体权益保护机制 (what an enterprise is owed): it sees everything, objects, is repaired, completes what
 * is known of it, and is told; a correction reaches everybody who had the wrong value.
 */
export type { RightsContext } from './rights-context.ts';
export { loadTimeLimits, type TimeLimits } from './time-limits/definition/load-time-limits.ts';
export { readProfileInForce } from './time-limits/definition/profile-in-force.ts';
export type { Follow, Limit, Profile } from './time-limits/definition/profile-shape.ts';
export {
  type Responsible,
  type StartEvent,
  TERM_KINDS,
  TERM_WORDS,
  type TermKind,
  type TermMatter,
  type Words,
} from './time-limits/definition/term-kinds.ts';
export { endTerm, endTermsOf, extendTerm, type TermAddress } from './time-limits/running/change-term.ts';
export {
  readRunningTermsOf,
  readTermHistory,
  readTerms,
  type TermVersion,
} from './time-limits/running/read-terms.ts';
export { startTerm, startTerms, type TermStart } from './time-limits/running/start-term.ts';
export { type ClockAct, resumeClock, stopClock } from './time-limits/running/stop-clock.ts';
export type { Term } from './time-limits/running/term.ts';
export { type FollowedTerms, followTerms } from './time-limits/following/follow-terms.ts';
export {
  listOverdue,
  type OverdueCursor,
  type OverduePage,
  type OverdueTerm,
} from './time-limits/following/list-overdue.ts';
export { listTermNotices, seeTermNotices, type TermNotice } from './time-limits/following/notices.ts';
export { requireTermViewer, type TermViewer } from './time-limits/following/require-viewer.ts';
export type { Breach, Recomputed } from './time-limits/profiles/recompute.ts';
export {
  bringProfileIntoForce,
  findPending,
  foreseeSwitch,
  type ProposedSwitch,
  proposeProfile,
  switchProfile,
  withdrawProposal,
} from './time-limits/profiles/switch-profile.ts';
export { TIME_LIMIT_LIMITS } from './time-limits/time-limit-limits.ts';
export {
  type Ground,
  loadObjectionRules,
  type ObjectionOutcome,
  type ObjectionRules,
  OUTCOMES,
  shapeObjectionRules,
} from './objections/definition/load-objection-rules.ts';
export {
  type Attachment,
  type CorrectedField,
  type Correction,
  ITEM_STATES,
  ITEM_WORDS,
  type ItemState,
  OBJECTION_STATES,
  type ObjectionItem,
  type ObjectionState,
  stateOf,
} from './objections/definition/objection.ts';
export type { Application, ItemAsked } from './objections/apply/application.ts';
export { applyObjection, type ApplyRequest } from './objections/apply/apply-objection.ts';
export { addStatement, askReview, type OwnAct, withdrawItems } from './objections/apply/own-acts.ts';
export { type FollowedObjections, followObjections } from './objections/follow/follow-objections.ts';
export { acceptItems, forwardItems, type ItemsAct, refuseItems } from './objections/handle/check-items.ts';
export { decideItem, type ItemDecision, reviewItem } from './objections/handle/decide-item.ts';
export type { DecisionAsked } from './objections/handle/decision.ts';
export { approveExtension, askExtension } from './objections/handle/extension.ts';
export type { ObjectionContext } from './objections/objection-context.ts';
export {
  type HandledItem,
  listHandledItems,
  listObjectionNotices,
  listOwnObjections,
  OBJECTION_LIMITS,
  type ObjectionHead,
  type ObjectionNotice,
  type ObjectionStep,
  type ObjectionView,
  readHandledObjection,
  readOwnObjection,
} from './objections/read/read-objections.ts';
export { readRecordStandings, type RecordStanding } from './objections/read/record-standing.ts';
export type { StoredObjection } from './objections/store.ts';
export { acknowledgeRecalls, type Acknowledgement } from './recall/acknowledge-recalls.ts';
export {
  type OverdueRecall,
  listOverdueRecalls,
  overseeRecallRates,
  type RecallRates,
} from './recall/oversee-recalls.ts';
export { listOwnRecalls, type OwnRecall } from './recall/own-recalls.ts';
export {
  type ReceivedRecall,
  receiveRecall,
  receiveRecalls,
  type RecallPage,
} from './recall/receive-recalls.ts';
export { recallDelivered, type RecalledDelivered } from './recall/recall-delivered.ts';
export {
  type RecallAbout,
  recallDisclosures,
  type RecalledDisclosures,
} from './recall/recall-disclosures.ts';
export { RECALL_LIMITS } from './recall/recall-limits.ts';
export { CAUSE_WORDS, DONE, type Done, type RecallLine } from './recall/recall-lines.ts';
export { type CauseKind, loadRecallTerms, type RecallTerms } from './recall/recall-terms.ts';
export {
  addAttachment,
  type Attached,
  readAttachment,
  removeAttachment,
  sweepAttachments,
} from './voluntary/attachments/attachments.ts';
export { openScanner, type Scanner } from './voluntary/attachments/scan.ts';
export {
  loadVoluntary,
  type PledgeTemplate,
  type VoluntaryDefinition,
  type VoluntaryTerms,
} from './voluntary/definition/load-voluntary.ts';
export { checkAtSource } from './voluntary/evidence/check-at-source.ts';
export { confirmItem } from './voluntary/evidence/confirm-item.ts';
export {
  type FollowedItems,
  followItems,
  type ItemNotice,
  readItemNotices,
} from './voluntary/following/follow-items.ts';
export { type Form, formContracts, formOf, type ItemValues, requireForm } from './voluntary/forms/forms.ts';
export { checkItem, type Filed, fileItem, type ItemFiling } from './voluntary/items/file-item.ts';
export { recoverFilings } from './voluntary/items/finish-filing.ts';
export { type Item, listItems, readEvidenceLevels } from './voluntary/items/read-items.ts';
export { type Conflict, listConflicts, settleConflict } from './voluntary/items/settle-conflict.ts';
export { withdrawItem } from './voluntary/items/withdraw-item.ts';
export { closeOpening, listOpenings, type NewOpening, openTo } from './voluntary/openings.ts';
export { annulBreach, recordBreach } from './voluntary/pledge/decide-breach.ts';
export {
  listPledges,
  objectToBreach,
  type Pledge,
  signPledge,
  withdrawPledge,
} from './voluntary/pledge/pledges.ts';
export {
  confirmAtWindow,
  enterAtWindow,
  readRegistration,
  registerEnterprise,
  type Registration,
} from './voluntary/registration/register-enterprise.ts';
export { requireOwn } from './voluntary/require-party.ts';
export type { VoluntaryContext } from './voluntary/voluntary-context.ts';
export { ATTACHMENT_LIMITS } from './voluntary/voluntary-limits.ts';
export { answerPage, type AnsweredPage } from './self/answer-page.ts';
export { askExport, listExports, MAKE_EXPORT, readExport } from './self/export/ask-export.ts';
export type { OwnExport } from './self/export/export-store.ts';
export { type FetchedExport, fetchExport, sweepExports } from './self/export/fetch-export.ts';
export { makeExport } from './self/export/make-export.ts';
export { openPrinter } from './self/export/print-everything.ts';
export { type BundleTrust, verifyBundle, type VerifiedBundle } from './self/export/verify-bundle.ts';
export type { OwnItem, OwnPart } from './self/own-part.ts';
export { OwnTurns } from './self/own-turns.ts';
export { type Everything, PART_IDS, readEverything } from './self/read-everything.ts';
export type { SelfContext } from './self/self-context.ts';
export { SELF_LIMITS } from './self/self-limits.ts';
