/**
 * 10. 完善风险监测服务机制: who is watched for whom, by which rules.
 * What a rule found is a signal; told to a lender it is an alert, in one open case of lender and enterprise, until a
 * person has dealt with it or what stood behind it does not stand any more.
 */
export type { MonitoringContext } from './monitoring-context.ts';
export {
  ACTION_WORDS,
  ACTIONS,
  ALERT_STATES,
  type AlertAction,
  type AlertState,
  LEVEL_WORDS,
  type LiveAlert,
  RECALL_REASONS,
  RECALL_WORDS,
  type RecallReason,
  STATE_WORDS,
} from './alerts/alert-tables.ts';
export {
  type AlertFigures,
  type AlertFiguresAsked,
  type MonthOfAlerts,
  readAlertFigures,
} from './alerts/alert-figures.ts';
export { ALERT_LIMITS } from './alerts/alert-limits.ts';
export { raiseAlerts, type Raising } from './alerts/raise-alerts.ts';
export { type AlertPage, type CaseLine } from './alerts/read-alerts.ts';
export { type HandlingStep, STEPS } from './handling/decide-step.ts';
export { type FollowedUp, followOverdue } from './handling/follow-overdue.ts';
export { handleAlert, type Handled } from './handling/handle-alert.ts';
export { overseeAlerts, overseeCases } from './handling/oversee-alerts.ts';
export { answerAlert, type OwnAlert, readOwnAlerts } from './handling/own-alerts.ts';
export {
  notePushed,
  receiveAlert,
  receiveAlerts,
  type ReceivedAlert,
  type ReceivedInFull,
} from './handling/receive-alerts.ts';
export { noteAlertsTaken } from './handling/note-taken.ts';
export { type HandlingTerms, loadHandling } from './handling/terms.ts';
export {
  type FinishedMonitoring,
  type MonitoringRequest,
  runMonitoring,
} from './run/run-monitoring.ts';
export { recallAlerts, type Recalled } from './recall/recall-alerts.ts';
export { recallEnded } from './recall/recall-ended.ts';
export {
  acknowledgeRecall,
  readRecallRates,
  type RecallRate,
  showRecallRates,
  type ShownRecallRate,
} from './recall/recalls.ts';
export { type OwnLook, readOwnLooks } from './authorised/own-looks.ts';
export { sweepLooks } from './authorised/record-looks.ts';
export type { LookCounts } from './authorised/look-under-consents.ts';
export type { FollowContext } from './follow/order-ask.ts';
export { type FollowedSources, type FollowRequest, followSources } from './follow/follow-sources.ts';
export { type FollowingTerms, loadFollowing } from './follow/following-terms.ts';
export { listWatches, type WatchLine, type WatchListOf, type WatchPage } from './watch/list-watches.ts';
export {
  type Coverage,
  measureCoverage,
  overseeCoverage,
  ownCoverage,
  type ShownCoverage,
} from './watch/measure-coverage.ts';
export { refreshAllWatches, type RefreshCounts, refreshWatches } from './watch/refresh-watches.ts';
export { requireOverseer, requireWatcher } from './watch/see-watches.ts';
export { WATCH_LIMITS } from './watch/watch-limits.ts';
export { readLiveWatches, readWatchedAmong, readWatchedIds, type Watch } from './watch/watches.ts';
export { type Channel, openChannel, postEvent } from './push/connect/post-event.ts';
export { requireTarget } from './push/connect/target-url.ts';
export { addNetwork, openPushNetwork, type PushNetwork } from './push/connect/guard-address.ts';
export { changeEndpoint, type Replay, replayMessages } from './push/endpoints/change-endpoint.ts';
export { type PushFigures, readPushFigures } from './push/endpoints/push-figures.ts';
export { ENDPOINT_HEALTHS, type EndpointHealth, readHealth } from './push/endpoints/read-health.ts';
export { type NewSecret, registerEndpoint, rotateSecret } from './push/endpoints/register-endpoint.ts';
export { verifyEndpoint } from './push/endpoints/verify-endpoint.ts';
export { type CloudEvent, toCloudEvent } from './push/messages/cloud-event.ts';
export { type MessageStreams, openStreams } from './push/messages/open-streams.ts';
export { type MessageReceiver, type MessagesPage, readMessages } from './push/messages/read-messages.ts';
export type { PushContext } from './push/push-context.ts';
export { PUSH_LIMITS } from './push/push-limits.ts';
export { loadPushTerms, type PushTerms } from './push/push-terms.ts';
export { ENDPOINT_STATES, type EndpointState, MESSAGE_TYPES, type PushOutcome } from './push/push-tables.ts';
export { type Message, queueMessages } from './push/queue-messages.ts';
export { sweepMessages } from './push/send/keep-queues.ts';
export { recordPushReceipts } from './push/send/record-receipts.ts';
export { type Pusher, startPusher } from './push/send/start-pusher.ts';
export { backTestRules, type BackTestRequest, readRuleBackTests } from './life/back-test/back-test-rules.ts';
export type { BackTestPlan, RuleBackTest } from './life/back-test/back-test-shape.ts';
export type { RuleFigures } from './life/back-test/measure-rule.ts';
export { usualPlan } from './life/back-test/plan-days.ts';
export { measurePrecisions, type RulePrecision } from './life/floor/measure-precisions.ts';
export { markNoticesSeen, readRuleNotices, type RuleNotice } from './life/floor/rule-notices.ts';
export type { LifeContext } from './life/life-context.ts';
export { RULE_STATE_ZH, type RuleState } from './life/life-tables.ts';
export { listRules, type RuleLine } from './life/read-rules.ts';
export {
  approveRule,
  bringRulesIntoForce,
  proposeRule,
  readRulesInForce,
  retireRule,
  type RuleStep,
  shadowRule,
} from './life/rule-life.ts';
export { explainRule } from './rules/explain-rule.ts';
export { loadRules } from './rules/load-rules.ts';
export { type Level, LEVELS, type Rule, type RuleBook, type RuleCase } from './rules/rule.ts';
export { rulesRefusal } from './rules/rules-refusals.ts';
export { detectOwnSignals, type OwnDetectRequest } from './signals/detect-own-signals.ts';
export { detectSignals, type DetectRequest } from './signals/detect-signals.ts';
export { type EpisodeStates, moveEpisodes } from './signals/episodes.ts';
export { type KeptSignal, readSignals, readSignalsOn } from './signals/read-signals.ts';
export { recordSignals, type RecordRequest } from './signals/record-signals.ts';
export type { Episode, Found, FoundSignal, Signal, SignalEvidence, SignalRole } from './signals/signal.ts';
