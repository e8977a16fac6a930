import type { EnterpriseId } from '#kernel';

export type Words = { readonly zh: string; readonly en: string };

/** What must be done in time; closed. Profiles say within which time, and who holds it is said where the term starts. */
export const TERM_KINDS = [
  'mark',
  'own_check',
  'own_decision',
  'forward',
  'provider_decision',
  'provider_correction',
  'all_in',
  'review',
  'agency_mark',
  'agency_decision',
  'annulled_removal',
  'repair_acceptance',
  'repair_forward',
  'repair_decision',
  'repair_sync',
  'recall_acknowledgement',
  'complaint_answer',
  'person_answer',
  'breach_regulators',
  'breach_persons',
] as const;
export type TermKind = (typeof TERM_KINDS)[number];

export const TERM_WORDS: Readonly<Record<TermKind, Words>> = {
  mark: { zh: '异议标注', en: 'Mark as disputed' },
  own_check: { zh: '节点核查', en: 'Check by the node' },
  own_decision: { zh: '节点处理', en: 'Decision by the node' },
  forward: { zh: '转数据提供单位', en: 'Forward to the department' },
  provider_decision: { zh: '数据提供单位处理', en: 'Decision by the department' },
  provider_correction: { zh: '核查后更正', en: 'Correction after the check' },
  all_in: { zh: '异议处理总期限', en: 'Objection, all in' },
  review: { zh: '复核', en: 'Review' },
  agency_mark: { zh: '信用服务机构标注', en: 'Mark by a credit-service agency' },
  agency_decision: { zh: '信用服务机构处理', en: 'Decision by a credit-service agency' },
  annulled_removal: { zh: '撤销后移除', en: 'Removal of what was annulled' },
  repair_acceptance: { zh: '信用修复受理', en: 'Acceptance of a repair' },
  repair_forward: { zh: '信用修复转办', en: 'Forwarding of a repair' },
  repair_decision: { zh: '信用修复决定', en: 'Decision on a repair' },
  repair_sync: { zh: '信用修复同步', en: 'Synchronising a repair' },
  recall_acknowledgement: { zh: '召回确认', en: 'Acknowledging a recall' },
  complaint_answer: { zh: '投诉书面答复', en: 'Written answer to a complaint' },
  person_answer: { zh: '个人信息请求答复', en: 'Answer to a request about personal information' },
  breach_regulators: { zh: '个人信息事件报告主管部门', en: 'Report of a breach to the authorities' },
  breach_persons: { zh: '个人信息事件通知受影响者', en: 'Notice of a breach to those affected' },
};

/** Parts of the handling of an objection: none of them may run past its all-in limit. */
export const UNDER_ALL_IN: readonly TermKind[] = [
  'mark',
  'own_check',
  'own_decision',
  'forward',
  'provider_decision',
  'provider_correction',
];

const MATTER_KINDS = ['objection', 'repair', 'complaint', 'recall', 'person_request'] as const;

/** What the term is about. A matter lies with its enterprise. */
export type TermMatter = {
  readonly kind: (typeof MATTER_KINDS)[number];
  readonly id: string;
  readonly enterpriseId: EnterpriseId;
};

/**
 * Whose term it is: `node` with the id `node`, a department as contracts spell their provider, an institution or platform
 * by its participant id.
 */
export type Responsible = { readonly kind: 'node' | 'provider' | 'institution'; readonly id: string };

/** From what a limit is counted. */
export const START_EVENTS = ['received', 'accepted', 'forwarded', 'checked', 'decided', 'notified'] as const;
export type StartEvent = (typeof START_EVENTS)[number];
