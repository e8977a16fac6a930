import type { DisclosureKind } from '#security';
import type { CauseKind, Demand } from './recall-terms.ts';

export const DONE = ['deleted', 'corrected', 'unaffected', 'other'] as const;
/** What a recipient says that it did: 已删除, 已更正, 决定不受影响, 其他处理. */
export type Done = (typeof DONE)[number];

export const DONE_WORDS: Readonly<Record<Done, { readonly zh: string; readonly en: string }>> = {
  deleted: { zh: '已删除', en: 'deleted' },
  corrected: { zh: '已更正', en: 'corrected' },
  unaffected: { zh: '决定不受影响', en: 'decision unaffected' },
  other: { zh: '其他处理', en: 'something else' },
};

export const CAUSE_WORDS: Readonly<Record<CauseKind, { readonly zh: string; readonly en: string }>> = {
  objection: { zh: '异议成立', en: 'objection upheld' },
  withdrawal: { zh: '数据提供单位撤回', en: 'withdrawn by its department' },
  delivery: { zh: '数据提供单位更正', en: 'corrected by its department' },
  repair: { zh: '信用修复', en: 'credit repaired' },
  retention: { zh: '保存或公示期满', en: 'public period or retention ended' },
};

/** One recall as it stands, without what only its parties may know. */
export type RecallLine = {
  readonly recallId: string;
  readonly disclosureId: string;
  readonly disclosureKind: Exclude<DisclosureKind, 'alert'>;
  readonly disclosedAt: Date;
  readonly recalledAt: Date;
  readonly demand: Demand;
  /** Beijing date; null: the profile in force says none. */
  readonly dueOn: string | null;
  readonly dueIsCertain: boolean;
  readonly acknowledgedAt: Date | null;
  readonly done: Done | null;
  readonly note: string | null;
};

/** Columns of a `RecallLine` of the row `r`. */
export const RECALL_COLUMNS = `r.recall_id as "recallId", r.disclosure_id as "disclosureId",
  r.disclosure_kind as "disclosureKind", r.disclosed_at as "disclosedAt", r.recalled_at as "recalledAt", r.demand,
  r.due_on::text as "dueOn", r.due_is_certain as "dueIsCertain", r.acknowledged_at as "acknowledgedAt", r.done, r.note`;
