/**
 * 7. 引导企业补充完善自身信息; 12. 完善主体权益保护机制 (what an enterprise is owed): it sees everything, objects, is repaired, completes what
 * is known of it, and is told; a correction reaches everybody who had the wrong value.
 */
export type { RightsContext } from './rights-context.ts';
export { loadTimeLimits } from './time-limits/definition/load-time-limits.ts';
export { readProfileInForce } from './time-limits/definition/profile-in-force.ts';
export type { Profile } from './time-limits/definition/profile-shape.ts';
export {
  type Responsible,
  TERM_KINDS,
  TERM_WORDS,
  type TermKind,
  type TermMatter,
  type Words,
} from './time-limits/definition/term-kinds.ts';
export { endTerm, endTermsOf, extendTerm } from './time-limits/running/change-term.ts';
export { readRunningTermsOf, readTermHistory, readTerms } from './time-limits/running/read-terms.ts';
export { startTerm, startTerms } from './time-limits/running/start-term.ts';
export { resumeClock, stopClock } from './time-limits/running/stop-clock.ts';
export type { Term } from './time-limits/running/term.ts';
export { followTerms } from './time-limits/following/follow-terms.ts';
export { listOverdue, type OverdueTerm } from './time-limits/following/list-overdue.ts';
export { listTermNotices, seeTermNotices } from './time-limits/following/notices.ts';
export { requireTermViewer } from './time-limits/following/require-viewer.ts';
export type { Recomputed } from './time-limits/profiles/recompute.ts';
export {
  bringProfileIntoForce,
  findPending,
  foreseeSwitch,
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
} from './objections/definition/load-objection-rules.ts';
export {
  type Attachment,
  ITEM_STATES,
  ITEM_WORDS,
  type ItemState,
  OBJECTION_STATES,
  type ObjectionItem,
  stateOf,
} from './objections/definition/objection.ts';
export type { Application } from './objections/apply/application.ts';
export { applyObjection } from './objections/apply/apply-objection.ts';
export { addStatement, askReview, type OwnAct, withdrawItems } from './objections/apply/own-acts.ts';
export {
  attachEvidence,
  type EvidenceContext,
  type KeptEvidence,
  readEvidenceFile,
  requireEvidenceRoom,
} from './objections/evidence/evidence.ts';
export { followObjections } from './objections/follow/follow-objections.ts';
export { acceptItems, forwardItems, refuseItems } from './objections/handle/check-items.ts';
export { changeObjectionClock } from './objections/handle/clock.ts';
export { decideItem, type ItemDecision, reviewItem } from './objections/handle/decide-item.ts';
export type { DecisionAsked } from './objections/handle/decision.ts';
export { approveExtension, askExtension } from './objections/handle/extension.ts';
export type { ObjectionContext } from './objections/objection-context.ts';
export {
  type HandledItem,
  listHandledItems,
  listObjectionNotices,
  listOwnObjections,
  type ObjectionHead,
  type ObjectionView,
  readHandledObjection,
  readOwnObjection,
} from './objections/read/read-objections.ts';
export { readRecordStandings, readStatements } from './objections/read/record-standing.ts';
export type { StoredObjection } from './objections/store.ts';
export { acknowledgeRecalls, type Acknowledgement } from './recall/acknowledge-recalls.ts';
export {
  listOverdueRecalls,
  hideRecallRates,
  overseeRecallRates,
  type RecallRates,
} from './recall/oversee-recalls.ts';
export { listOwnRecalls } from './recall/own-recalls.ts';
export { type ReceivedRecall, receiveRecall, receiveRecalls } from './recall/receive-recalls.ts';
export { recallDelivered } from './recall/recall-delivered.ts';
export { recallDisclosures } from './recall/recall-disclosures.ts';
export { RECALL_LIMITS } from './recall/recall-limits.ts';
export { CAUSE_WORDS, DONE, type Done, type RecallLine } from './recall/recall-lines.ts';
export { type CauseKind, loadRecallTerms } from './recall/recall-terms.ts';
export {
  addAttachment,
  type Attached,
  readAttachment,
  removeAttachment,
  sweepAttachments,
} from './voluntary/attachments/attachments.ts';
export { openScanner } from './voluntary/attachments/scan.ts';
export { loadVoluntary, type PledgeTemplate } from './voluntary/definition/load-voluntary.ts';
export { checkAtSource } from './voluntary/evidence/check-at-source.ts';
export { confirmItem } from './voluntary/evidence/confirm-item.ts';
export { followItems, readItemNotices } from './voluntary/following/follow-items.ts';
export { type Form, formContracts, formOf } from './voluntary/forms/forms.ts';
export { checkItem, type Filed, fileItem } from './voluntary/items/file-item.ts';
export { recoverFilings } from './voluntary/items/finish-filing.ts';
export { type Item, listItems, readEvidenceLevels } from './voluntary/items/read-items.ts';
export { type Conflict, listConflicts, settleConflict } from './voluntary/items/settle-conflict.ts';
export { withdrawItem } from './voluntary/items/withdraw-item.ts';
export { closeOpening, listOpenings, openTo } from './voluntary/openings.ts';
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
export { countAllExpired, listExpired } from './retention/list-expired.ts';
export { listRemovals, readRemoval } from './retention/list-removals.ts';
export { HOLD_WORDS } from './retention/hold.ts';
export {
  approveHold,
  approveLift,
  listHolds,
  type NewHold,
  proposeHold,
  proposeLift,
  type ShownHold,
} from './retention/holds.ts';
export { hashEntry, type Removal } from './retention/removal-store.ts';
export type { RetentionContext } from './retention/retention-context.ts';
export { RETENTION_LIMITS } from './retention/retention-limits.ts';
export { loadRetentionRules } from './retention/retention-rules.ts';
export { runRetention } from './retention/run-retention.ts';
export { answerPage, type AnsweredPage } from './self/answer-page.ts';
export { askExport, listExports, MAKE_EXPORT, readExport } from './self/export/ask-export.ts';
export { fetchExport, sweepExports } from './self/export/fetch-export.ts';
export { makeExport } from './self/export/make-export.ts';
export { openPrinter } from './self/export/print-everything.ts';
export { type BundleTrust, verifyBundle } from './self/export/verify-bundle.ts';
export type { OwnPart } from './self/own-part.ts';
export { OwnTurns } from './self/own-turns.ts';
export { type Everything, PART_IDS, readEverything } from './self/read-everything.ts';
export type { SelfContext } from './self/self-context.ts';
export { SELF_LIMITS } from './self/self-limits.ts';
export { annulRecord } from './repair/annul-record.ts';
export { applyRepair, pledgeHashOf } from './repair/apply-repair.ts';
export { OBSTACLE_WORDS, OBSTACLES, UNCLEAR, UNCLEAR_WORDS } from './repair/definition/check-repair.ts';
export { loadRepairRules, SEVERITIES, type Severity } from './repair/definition/load-repair-rules.ts';
export { type Proof, REPAIR_STATES, REPAIR_WORDS, type RepairState } from './repair/definition/repair.ts';
export { endPeriods } from './repair/end-periods.ts';
export { followRepairs } from './repair/follow-repairs.ts';
export { acceptRepair, decideRepair, withdrawRepair } from './repair/handle-repair.ts';
export { sendRepairNotices } from './repair/portal/send-notices.ts';
export { readPortalApplication, takePortalApplication } from './repair/portal/take-application.ts';
export {
  listHandledRepairs,
  listOwnRepairs,
  listRepairNotices,
  readHandledRepair,
  readOwnRepair,
  type RepairHead,
  type RepairNotice,
  type RepairView,
} from './repair/read-repairs.ts';
export type { RepairContext } from './repair/repair-context.ts';
export { endShield, shieldEnterprise } from './repair/shield.ts';
export { giveConsent, listOwnConsents } from './persons/consents/consents.ts';
export { openPersonGate } from './persons/consents/person-gate.ts';
export { listPersonAccesses, readOwnData } from './persons/data/read-own-data.ts';
export { loadPersons } from './persons/definition/load-persons.ts';
export { openPersonDigests } from './persons/identity/digests.ts';
export {
  confirmPerson,
  enterPerson,
  enterProvedOutside,
  listEnteredPersons,
} from './persons/identity/enter-person.ts';
export { findPersonOf, type Person } from './persons/identity/person-store.ts';
export { followMentions } from './persons/mentions/follow-mentions.ts';
export { deliverNotice, listOwedNotices, listOwnNotices, seeOwnNotices } from './persons/notices/notices.ts';
export type { PersonsContext } from './persons/persons-context.ts';
export { askRequest, withdrawRequest } from './persons/requests/ask-request.ts';
export { decideRequest } from './persons/requests/decide-request.ts';
export { followPersonRequests } from './persons/requests/follow-requests.ts';
export {
  listHandledRequests,
  listOwnRequests,
  readHandledRequest,
  readOwnRequest,
} from './persons/requests/read-requests.ts';
export { REQUEST_KINDS, REQUEST_STATES } from './persons/requests/request-store.ts';
export type { ComplaintContext } from './complaints/complaint-context.ts';
export {
  type Against,
  COMPLAINT_OUTCOMES,
  COMPLAINT_STATES,
  COMPLAINT_WORDS,
  type ComplaintOutcome,
  type ComplaintState,
} from './complaints/definition/complaint.ts';
export {
  AGAINST,
  type ComplaintRules,
  loadComplaintRules,
} from './complaints/definition/load-complaint-rules.ts';
export { COMPLAINT_SCOPES, readComplaintFigures } from './complaints/figures.ts';
export { fileComplaint } from './complaints/file-complaint.ts';
export { followComplaints } from './complaints/follow-complaints.ts';
export {
  acknowledgeComplaint,
  answerComplaint,
  askComplainant,
  decideComplaint,
  stateOnComplaint,
  takeOverComplaint,
} from './complaints/handle/handle-complaint.ts';
export {
  acceptAnswer,
  completeComplaint,
  escalateComplaint,
  type OwnComplaintAct,
  withdrawComplaint,
} from './complaints/own-acts.ts';
export {
  type ComplaintView,
  listHandledComplaints,
  listOwnComplaints,
  readHandledComplaint,
  readOwnComplaint,
} from './complaints/read-complaints.ts';
export type { ComplaintContent, StoredComplaint } from './complaints/store.ts';
export { checkEntry, REJECT_REASONS, rejectEntry } from './window/check-entry.ts';
export { enterForPerson, type Matter } from './window/enter-for-person.ts';
export { followEntries } from './window/follow-entries.ts';
export { DOCUMENTS } from './window/person.ts';
export { printEntry } from './window/print-entry.ts';
export { type EntryLine, listEntries, readEntry, readScanOf } from './window/read-entries.ts';
export { keepScan } from './window/scans.ts';
export { ACT_WORDS, WINDOW_ACT_IDS } from './window/store/act-words.ts';
export type { WindowContext } from './window/window-context.ts';
export { WINDOW_LIMITS } from './window/window-limits.ts';
export { decideAssessment, fillAssessment } from './processing/assessments/assess.ts';
export type { Answers } from './processing/assessments/answers.ts';
export {
  listAssessments,
  listMissingAssessments,
  readAssessment,
} from './processing/assessments/read-assessments.ts';
export { ASSESSMENT_STANDINGS } from './processing/assessments/standings.ts';
export { drillFigure, readPublicFigures, readWholeFigures } from './processing/audit/read-figures.ts';
export { loadProcessing } from './processing/definition/load-processing.ts';
export { openIncident } from './processing/incidents/open-incident.ts';
export { acknowledgeNotice } from './processing/incidents/own-notices.ts';
export { type IncidentView, listIncidents, readIncident } from './processing/incidents/read-incidents.ts';
export { scopeIncident } from './processing/incidents/scope-incident.ts';
export {
  INCIDENT_ACTS,
  INCIDENT_KINDS,
  INCIDENT_STATES,
  type IncidentKind,
} from './processing/incidents/standing.ts';
export { takeStep, WORDED_ACTS, type WordedAct } from './processing/incidents/take-step.ts';
export { continueNotices, NOTICE_WORDS, tellAffected } from './processing/incidents/tell.ts';
export type { ProcessingContext } from './processing/processing-context.ts';
export { PROCESSING_LIMITS } from './processing/processing-limits.ts';
export {
  readPublicRegister,
  readRegisterVersions,
  readWholeRegister,
} from './processing/published/read-register.ts';
export { keepRegister } from './processing/register/keep-register.ts';
