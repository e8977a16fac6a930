import { newId, type Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { LifeContext } from '../life-context.ts';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import type { LifeTables } from '../life-tables.ts';
import { type KeptRule, requireRule } from '../rule-store.ts';

/** What one person is told of a rule. No person: the package brought the rule, and whoever keeps the rules is told. */
export type RuleNotice = {
  readonly noticeId: string;
  readonly rule: string;
  readonly ruleId: string;
  readonly person: string | null;
  readonly what: 'below_floor';
  readonly toldAt: Date;
};

/** Tells those who proposed and approved the version, each once. */
export async function tellPersons(
  tx: Tx,
  { rule, what, at }: { readonly rule: KeptRule; readonly what: RuleNotice['what']; readonly at: Date },
): Promise<void> {
  const persons = await tx.rows<{ person: string }>(
    `select approved_by as person from monitoring.rule_approvals where rule_hash = $1
     union select proposed_by from monitoring.rules where rule_hash = $1
       and exists (select from monitoring.rule_approvals where rule_hash = $1) order by 1`,
    [rule.hash],
  );
  const told = persons.length === 0 ? [null] : persons.map(({ person }) => person);
  const notices = told.map((person) => ({
    notice_id: newId('rnt', at),
    rule_hash: rule.hash,
    rule_id: rule.ruleId,
    person,
    what,
    told_at: at,
  }));
  await tx
    .tables<LifeTables>()
    .insertInto('monitoring.rule_notices')
    .values(notices.map((notice) => ({ ...notice, seen_at: null, seen_by: null })))
    .execute();
}

/** What nobody has seen yet, oldest first. */
export async function readRuleNotices(tx: Tx): Promise<RuleNotice[]> {
  return await tx.rows<RuleNotice>(
    `select notice_id as "noticeId", rule_hash as rule, rule_id as "ruleId", person, what, told_at as "toldAt"
     from monitoring.rule_notices where seen_at is null order by told_at, notice_id limit $1`,
    [RULE_LIFE_LIMITS.noticesShown],
  );
}

/** A person says that the notices of a rule to him were seen, or those to nobody in particular. */
export async function markNoticesSeen(
  tx: Tx,
  { policies, clock }: Pick<LifeContext, 'policies' | 'clock'>,
  { caller, rule: named }: { readonly caller: Caller; readonly rule: string },
): Promise<{ readonly seen: number }> {
  requireAllowed(policies, caller, 'propose_rule');
  const { hash } = await requireRule(tx, named);
  const rows = await tx.rows(
    `update monitoring.rule_notices set seen_at = $3, seen_by = $2
     where rule_hash = $1 and seen_at is null and (person is null or person = $2) returning notice_id`,
    [hash, caller.id, clock.now()],
  );
  return { seen: rows.length };
}
