import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { bookOf } from '../rules/load-rules.ts';
import type { Rule, RuleBook } from '../rules/rule.ts';
import type { LifeContext } from './life-context.ts';
import { ruleLifeRefusal } from './life-refusals.ts';
import { type LifeTables, RULE_STATE_ZH, type RuleState } from './life-tables.ts';
import {
  enterState,
  findActiveRule,
  findRule,
  type KeptRule,
  keepRule,
  leafOf,
  listKeptRules,
  openKeptRule,
  requireRule,
} from './rule-store.ts';

/** One step of a person; `rule` is an id (the version proposed last) or a hash. */
export type RuleStep = { readonly caller: Caller; readonly rule: string };

/**
 * Keeps the rule of the files as a draft; from here on this version does not change. Throws `rule_life.not_in_files`,
 * `rule_life.already_proposed`.
 */
export async function proposeRule(
  tx: Tx,
  context: LifeContext,
  { caller, ruleId, rules }: { readonly caller: Caller; readonly ruleId: string; readonly rules: RuleBook },
): Promise<{ readonly hash: string }> {
  requireAllowed(context.policies, caller, 'propose_rule');
  const rule = rules.rules.get(ruleId);
  if (rule === undefined) throw ruleLifeRefusal('rule_life.not_in_files', { rule: ruleId.slice(0, 80) });
  await lockRules(tx);
  if ((await findRule(tx, rule.hash)) !== undefined)
    throw ruleLifeRefusal('rule_life.already_proposed', { rule: ruleId });
  await keepRule(tx, context, { caller, rule });
  await enterState(tx, context, { caller, rule: addressOf(rule), from: null, to: 'draft' });
  return { hash: rule.hash };
}

/**
 * From then on it finds signals beside the active rules, and nobody is told. A rule on data that need consent comes here from
 * draft: no population can be read back for it, and its shadow is its trial.
 */
export async function shadowRule(tx: Tx, context: LifeContext, step: RuleStep): Promise<KeptRule> {
  requireAllowed(context.policies, step.caller, 'propose_rule');
  const rule = await requireRule(tx, step.rule);
  const wanted = rule.definition.scope === 'public' ? 'back_tested' : 'draft';
  requireState(rule, wanted, 'shadow');
  await enterState(tx, context, { caller: step.caller, rule, from: rule.state, to: 'shadow' });
  return { ...rule, state: 'shadow' };
}

const APPROVALS = 2;

/**
 * Approves a rule that runs in shadow: two persons, neither the one who proposed it. With the second it alerts from the next
 * run on, and the version before it is retired.
 */
export async function approveRule(
  tx: Tx,
  context: LifeContext,
  { caller, rule: named }: RuleStep,
): Promise<{ readonly state: RuleState; readonly approvals: number }> {
  const rule = await requireRule(tx, named);
  const given = await readApprovals(tx, rule);
  requireAllowed(context.policies, caller, 'approve_rule', { earlierPersons: [rule.proposedBy, ...given] });
  requireState(rule, 'shadow', 'active');
  const approvals = given.length + 1;
  const body = { act: 'alert_rule_approved', rule: rule.ruleId, hash: rule.hash, approvals };
  const receiptId = await leafOf(tx, context, caller, body);
  await tx
    .tables<LifeTables>()
    .insertInto('monitoring.rule_approvals')
    .values({
      rule_hash: rule.hash,
      shadow_from: rule.since,
      approved_by: caller.id,
      approved_at: context.clock.now(),
      receipt_id: receiptId,
    })
    .execute();
  if (approvals < APPROVALS) return { state: rule.state, approvals };
  const before = await findActiveRule(tx, rule.ruleId);
  if (before !== undefined)
    await enterState(tx, context, {
      caller,
      rule: before,
      from: 'active',
      to: 'retired',
      reason: 'successor',
    });
  await enterState(tx, context, { caller, rule, from: rule.state, to: 'active' });
  return { state: 'active', approvals };
}

/** Who approved the present stay in shadow. */
async function readApprovals(tx: Tx, { hash, since }: KeptRule): Promise<string[]> {
  const rows = await tx
    .tables<LifeTables>()
    .selectFrom('monitoring.rule_approvals')
    .select('approved_by')
    .where('rule_hash', '=', hash)
    .where('shadow_from', '=', since)
    .execute();
  return rows.map(({ approved_by }) => approved_by);
}

/** Ends a version for good, wherever it stands. */
export async function retireRule(tx: Tx, context: LifeContext, step: RuleStep): Promise<KeptRule> {
  requireAllowed(context.policies, step.caller, 'retire_rule');
  const rule = await requireRule(tx, step.rule);
  if (rule.state === 'retired') throw wrongStep(rule.state, 'retired');
  await enterState(tx, context, { caller: step.caller, rule, from: rule.state, to: 'retired' });
  return { ...rule, state: 'retired' };
}

/**
 * At start: rules of the package come into force with it, as its contracts do, each as its file says it starts; whatever a
 * file says differently from all versions kept is a draft that people may take further.
 */
export async function bringRulesIntoForce(
  tx: Tx,
  context: LifeContext,
  { caller, rules }: { readonly caller: Caller; readonly rules: RuleBook },
): Promise<{ readonly active: number; readonly shadow: number; readonly draft: number }> {
  await lockRules(tx);
  const kept = await listKeptRules(tx);
  const [hashes, ids] = [new Set(kept.map(({ hash }) => hash)), new Set(kept.map(({ ruleId }) => ruleId))];
  const counts = { active: 0, shadow: 0, draft: 0 };
  for (const rule of rules.rules.values()) {
    if (hashes.has(rule.hash)) continue;
    const to = ids.has(rule.id) ? 'draft' : rule.start;
    await keepRule(tx, context, { caller, rule });
    await enterState(tx, context, { caller, rule: addressOf(rule), from: null, to, reason: 'package' });
    counts[to] += 1;
  }
  return counts;
}

/** What runs: each version by its own definition, also where its file says something else by now, or nothing. */
export type RulesInForce = {
  readonly active: readonly Rule[];
  readonly shadow: readonly Rule[];
  /** All of them by id; of an id the version that alerts before one that is only watched at work. */
  readonly rules: RuleBook;
};

export async function readRulesInForce(tx: Tx, context: LifeContext): Promise<RulesInForce> {
  const kept = await listKeptRules(tx);
  const standing = (state: RuleState): Rule[] =>
    kept.filter((rule) => rule.state === state).map((rule) => openKeptRule(context, rule));
  const [active, shadow] = [standing('active'), standing('shadow')];
  return { active, shadow, rules: bookOf(new Map([...shadow, ...active].map((rule) => [rule.id, rule]))) };
}

/** Two processes may start at once. */
const RULES_LOCK = 7_241_044;

async function lockRules(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [RULES_LOCK]);
}

function addressOf({ hash, id }: Rule): Pick<KeptRule, 'hash' | 'ruleId'> {
  return { hash, ruleId: id };
}

function requireState({ state }: KeptRule, wanted: RuleState, to: RuleState): void {
  if (state !== wanted) throw wrongStep(state, to);
}

function wrongStep(state: RuleState, to: RuleState): Error {
  return ruleLifeRefusal('rule_life.step_wrong', {
    state: `${RULE_STATE_ZH[state]} ${state}`,
    step: `${RULE_STATE_ZH[to]} ${to}`,
  });
}
