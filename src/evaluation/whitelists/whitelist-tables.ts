import type { ColumnType } from 'kysely';
import type { RuleSetDefinition } from './definition/rule-set.ts';

/**
 * 候选 candidate, 已复核 reviewed, 有效 valid (pushed), 退出 left; 未通过复核 rejected and 不再符合 dropped for those that were
 * never pushed.
 */
export const ENTRY_STATES = ['candidate', 'reviewed', 'valid', 'left', 'rejected', 'dropped'] as const;
export type EntryState = (typeof ENTRY_STATES)[number];

/** Why an entry ended; closed, and all that an institution is told. */
const EXIT_REASONS = [
  'rule_not_met',
  'excluded',
  'data_gone',
  'expired',
  'withdrawn',
  'review_rejected',
  'outside_slice',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

export const REASON_WORDS: Readonly<Record<ExitReason, { readonly zh: string; readonly en: string }>> = {
  rule_not_met: { zh: '不再符合入选规则', en: 'a rule is no longer met' },
  excluded: { zh: '出现排除情形', en: 'a ground of exclusion applies' },
  data_gone: {
    zh: '所依据的数据不再可用（授权撤销或数据撤回）',
    en: 'the data that it rested on may no longer be used',
  },
  expired: { zh: '有效期届满', en: 'its time is over' },
  withdrawn: { zh: '企业自行退出', en: 'the enterprise has left the list' },
  review_rejected: { zh: '复核未通过', en: 'a review did not confirm it' },
  outside_slice: {
    zh: '不再属于推送给该机构的范围',
    en: 'it is no longer in what this institution is given',
  },
};

export type Change = 'added' | 'renewed' | 'left';

/** Tables of whitelists; no other folder names them. */
export type WhitelistTables = {
  'evaluation.whitelist_versions': {
    list_id: string;
    rules_hash: string;
    version: string;
    body: ColumnType<RuleSetDefinition, string, never>;
    proposed_by: string;
    proposed_at: Date;
    receipt_id: string;
  };
  'evaluation.whitelist_publications': {
    list_id: string;
    rules_hash: string;
    backtest_id: string;
    published_by: string;
    published_at: Date;
    receipt_id: string;
  };
};
