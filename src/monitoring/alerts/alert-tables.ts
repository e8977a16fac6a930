import type { Words } from '#evaluation';
import type { EnterpriseId } from '#kernel';
import type { Level } from '../rules/rule.ts';
import type { SignalEvidence } from '../signals/signal.ts';

/** Who says what no person says, on leaves and versions. */
export const MONITORING = 'system:monitoring';

/** 生成 raised … 关闭 resolved; 召回 recalled and 失效 lapsed end it without handling. */
export const ALERT_STATES = [
  'raised',
  'pushed',
  'acknowledged',
  'in_progress',
  'snoozed',
  'confirmed',
  'useful_hint',
  'false_alarm',
  'resolved',
  'recalled',
  'lapsed',
] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const STATE_WORDS: Readonly<Record<AlertState, Words>> = {
  raised: { zh: '已生成', en: 'raised' },
  pushed: { zh: '已推送', en: 'pushed' },
  acknowledged: { zh: '已签收', en: 'acknowledged' },
  in_progress: { zh: '核查中', en: 'being examined' },
  snoozed: { zh: '暂缓', en: 'snoozed' },
  confirmed: { zh: '确认风险', en: 'risk confirmed' },
  useful_hint: { zh: '有价值提示', en: 'useful hint' },
  false_alarm: { zh: '误报', en: 'false alarm' },
  resolved: { zh: '已处置', en: 'resolved' },
  recalled: { zh: '已召回', en: 'recalled' },
  lapsed: { zh: '已失效', en: 'lapsed: the loan or the consent ended' },
};

/** Nothing is due of these any more. */
const ENDED_STATES: ReadonlySet<AlertState> = new Set(['resolved', 'recalled', 'lapsed']);

export function isEnded(state: AlertState): boolean {
  return ENDED_STATES.has(state);
}

const JUDGEMENTS = ['confirmed', 'useful_hint', 'false_alarm'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

export const ACTIONS = ['renew', 'reduce', 'collect', 'add_guarantee', 'none'] as const;
export type AlertAction = (typeof ACTIONS)[number];

export const ACTION_WORDS: Readonly<Record<AlertAction, Words>> = {
  renew: { zh: '续授信', en: 'credit renewed' },
  reduce: { zh: '压降', en: 'exposure reduced' },
  collect: { zh: '催收', en: 'collection' },
  add_guarantee: { zh: '追加担保', en: 'guarantee added' },
  none: { zh: '不采取措施', en: 'no action' },
};

export const LEVEL_WORDS: Readonly<Record<Level, Words>> = {
  red: { zh: '红色', en: 'red' },
  orange: { zh: '橙色', en: 'orange' },
  yellow: { zh: '黄色', en: 'yellow' },
  blue: { zh: '蓝色', en: 'blue' },
};

/** Why a version of an alert began. */
export type Cause =
  | 'raised'
  | 'upgraded'
  | 'raised_again'
  | 'renewed'
  | 'pushed'
  | 'handled'
  | 'woken'
  | 'reopened'
  | 'escalated'
  | 'recalled'
  | 'lapsed';

export const RECALL_REASONS = ['corrected', 'repaired', 'withdrawn'] as const;
export type RecallReason = (typeof RECALL_REASONS)[number];

export const RECALL_WORDS: Readonly<Record<RecallReason, Words>> = {
  corrected: { zh: '所依据的记录已更正或不再有效', en: 'the record behind it was corrected or ended' },
  repaired: { zh: '所依据的记录已信用修复', en: 'the record behind it was repaired' },
  withdrawn: { zh: '所依据的记录已撤回', en: 'the record behind it was withdrawn' },
};

/** 0: whoever handles it; 1: the institution's head of risk; 2: the node's list. */
export type Escalation = 0 | 1 | 2;

/** What an alert is, whatever its version: one fact told to one institution. */
export type AlertIdentity = {
  readonly enterpriseId: EnterpriseId;
  readonly alertId: string;
  readonly institutionId: string;
  readonly branchId: string;
  readonly platformId: string | null;
  readonly ruleId: string;
  readonly fact: string;
};

/** How it stands. Days are Beijing days. */
export type AlertStanding = {
  readonly versionNo: number;
  readonly caseId: string;
  readonly cause: Cause;
  readonly state: AlertState;
  readonly level: Level;
  readonly signalId: string;
  readonly ruleHash: string;
  readonly occurredOn: string;
  readonly signalKnownAt: Date;
  readonly isLate: boolean;
  readonly isDisputed: boolean;
  readonly evidence: readonly SignalEvidence[];
  /** The consent that it rests on; null: public records alone. */
  readonly consentId: string | null;
  readonly dueOn: string | null;
  readonly isDueCertain: boolean;
  readonly snoozedUntil: string | null;
  readonly escalation: Escalation;
  readonly judgement: Judgement | null;
  readonly action: AlertAction | null;
  /** Decimal text of fen: what the institution says that it kept safe by acting. */
  readonly protectedFen: string | null;
  readonly saidBy: string;
  readonly receiptId: string;
  readonly disclosureId: string;
};

export type LiveAlert = AlertIdentity & AlertStanding;
