/**
 * 8 规范信用信息服务机制、12 保障信息主体合法权益：授权.
 * Who may see what of an enterprise, for which purpose, until when, how often and through whom, as the enterprise said.
 * A consent is looked up at every call and is the only thing under which authorised data leave; what it may ask for at
 * most is published.
 */
export {
  type Answer,
  grantConsent,
  pauseConsent,
  readConsentWords,
  rejectConsent,
  resumeConsent,
  revokeConsent,
} from './answer-consent.ts';
export { type PendingConsent, requestConsent } from './ask/request-consent.ts';
export { ConsentRequest, requireRequest } from './ask/request-shape.ts';
export { bookUse } from './book-use.ts';
export { type ChangedConsent, STATE_WORDS } from './change-state.ts';
export type { ConsentContext } from './consent-context.ts';
export { CONSENT_LIMITS } from './consent-limits.ts';
export { mayEnterModels, wordsOfUnseen } from './model-purposes.ts';
export { makeConsentType } from './consent-type.ts';
export { type DataRange, readDataRanges } from './data-ranges.ts';
export { editionOf, type FairUse, loadFairUse } from './fair-use/load-fair-use.ts';
export {
  type AtCounter,
  confirmPaperConsent,
  type EnteredConsent,
  enterPaperConsent,
  readPaperConsent,
} from './paper/paper-consent.ts';
export { readScan, type StoredScan, storeScan } from './paper/scans.ts';
export { type ConsentAskedFor, isConsentId, proveConsent } from './prove-consent.ts';
export {
  type ConsentRecord,
  type ConsentVersion,
  findConsent,
  listConsents,
  requireConsent,
} from './read-consents.ts';
export {
  readStandingConsents,
  type StandingAsked,
  type StandingConsent,
} from './standing-consents.ts';
export { settleConsents } from './settle-consents.ts';
export { CONSENT_ACTS, type ConsentAct, type StoredState } from './states.ts';
