import type { JSONColumnType } from 'kysely';
import type { RuleDefinition } from '../rules/rule.ts';
import type { KeptBackTest } from './back-test/back-test-shape.ts';

/** 草稿, 已回溯检验, 影子运行, 正式使用, 停用. */
const RULE_STATES = ['draft', 'back_tested', 'shadow', 'active', 'retired'] as const;
export type RuleState = (typeof RULE_STATES)[number];

export const RULE_STATE_ZH: Readonly<Record<RuleState, string>> = {
  draft: '草稿',
  back_tested: '已回溯检验',
  shadow: '影子运行',
  active: '正式使用',
  retired: '停用',
};

/** Why a version stands where it does: a person, the package, its successor, or its own figures. */
export type StateReason = 'act' | 'package' | 'successor' | 'below_floor';

export type LifeTables = {
  'monitoring.rules': {
    rule_hash: string;
    rule_id: string;
    version: string;
    body: JSONColumnType<RuleDefinition>;
    proposed_by: string;
    proposed_at: Date;
    receipt_id: string;
  };
  'monitoring.rule_states': {
    rule_hash: string;
    rule_id: string;
    state: RuleState;
    known_from: Date;
    known_to: Date;
    reason: StateReason;
    entered_by: string;
    receipt_id: string;
  };
  'monitoring.rule_approvals': {
    rule_hash: string;
    shadow_from: Date;
    approved_by: string;
    approved_at: Date;
    receipt_id: string;
  };
  'monitoring.rule_backtests': {
    rule_hash: string;
    backtest_id: string;
    is_passed: boolean;
    figures: JSONColumnType<KeptBackTest>;
    figures_hash: string;
    made_by: string;
    made_at: Date;
    receipt_id: string;
  };
  'monitoring.rule_precisions': {
    rule_hash: string;
    measured_at: Date;
    since: Date;
    judged: number;
    hits: number;
    floor: number;
    is_below: boolean;
  };
  'monitoring.rule_notices': {
    notice_id: string;
    rule_hash: string;
    rule_id: string;
    person: string | null;
    what: 'below_floor';
    told_at: Date;
    seen_at: Date | null;
    seen_by: string | null;
  };
};
