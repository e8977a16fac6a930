import type { Words } from '#evaluation';
import type { Tx } from '#kernel';
import type { Level } from '../rules/rule.ts';
import type { RuleState, StateReason } from './life-tables.ts';

/** A version with what is known of its worth; null: nothing yet. */
export type RuleLine = {
  readonly rule: string;
  readonly ruleId: string;
  readonly version: string;
  readonly name: Words;
  readonly level: Level;
  readonly state: RuleState;
  readonly since: Date;
  readonly reason: StateReason;
  readonly proposedBy: string;
  /** Approvals of the present stay in shadow. */
  readonly approvals: number;
  readonly floor: number | null;
  /** Of the last measuring at work. */
  readonly judged: number | null;
  readonly hits: number | null;
  /** Of the last back-test. */
  readonly backTested: {
    readonly isPassed: boolean;
    readonly lift: number | null;
    readonly precision: number | null;
  } | null;
};

/** Every version and where it stands, newest first within its id. */
export async function listRules(tx: Tx): Promise<RuleLine[]> {
  return await tx.rows<RuleLine>(
    `select r.rule_hash as rule, r.rule_id as "ruleId", r.version, r.body -> 'name' as name, r.body ->> 'level' as level,
       s.state, s.known_from as since, s.reason, r.proposed_by as "proposedBy",
       (select count(*)::integer from monitoring.rule_approvals a
         where a.rule_hash = r.rule_hash and a.shadow_from = s.known_from) as approvals,
       (r.body ->> 'precisionFloor')::float8 as floor, p.judged, p.hits, b.tested as "backTested"
     from monitoring.rules r
     join monitoring.rule_states s on s.rule_hash = r.rule_hash and s.known_to = 'infinity'
     left join lateral (
       select judged, hits from monitoring.rule_precisions p where p.rule_hash = r.rule_hash
       order by measured_at desc limit 1) p on true
     left join lateral (
       select jsonb_build_object('isPassed', is_passed, 'lift', figures -> 'figures' -> 'lift',
         'precision', figures -> 'figures' -> 'precision' -> 'share') as tested
       from monitoring.rule_backtests b where b.rule_hash = r.rule_hash order by made_at desc limit 1) b on true
     order by r.rule_id, r.proposed_at desc, r.rule_hash`,
  );
}
