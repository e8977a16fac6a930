import { beijingDate, canonicalHash, inTransaction, newId, type Tx } from '#kernel';
import { type Contract } from '#lists';
import { readLoanLives } from '#outcomes';
import { type Caller, decidePopulation, recordLeaf, requireAllowed } from '#security';
import type { Rule } from '../../rules/rule.ts';
import type { LifeContext } from '../life-context.ts';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import { ruleLifeRefusal } from '../life-refusals.ts';
import type { LifeTables } from '../life-tables.ts';
import { enterState, openKeptRule, requireRule } from '../rule-store.ts';
import type { BackTestPlan, KeptBackTest, RuleBackTest } from './back-test-shape.ts';
import type { Lending } from './loan-fates.ts';
import { measureRule } from './measure-rule.ts';
import { planDays, usualPlan } from './plan-days.ts';
import { judgeFigures } from './rule-gates.ts';
import { type Walk, type Walked, walkDays } from './walk-days.ts';

export type BackTestRequest = {
  readonly caller: Caller;
  /** Ids or hashes; by an id the version that was proposed last. */
  readonly rules: readonly string[];
  /** Absent: once a week through the last year whose loans can be followed. */
  readonly plan?: BackTestPlan;
};

/**
 * What kept rules would have raised on past days, by the knowledge of each, and what became of the loans. The records are
 * those that the node had at the end of each day; what became of loans is taken as it stands now, since it is what a rule
 * is judged by and no rule reads it. Kept with its hash; a draft whose gates hold is back-tested from then on, and one
 * whose latest test does not hold is a draft again. Throws `rule_life.unknown`, `rule_life.days_wrong`,
 * `rule_life.too_many_rules`, `rule_life.not_for_population`.
 */
export async function backTestRules(
  context: LifeContext,
  { caller, rules: named, plan }: BackTestRequest,
): Promise<RuleBackTest[]> {
  requireAllowed(context.policies, caller, 'propose_rule');
  const at = context.clock.now();
  const asked = plan ?? usualPlan(beijingDate(at));
  const days = planDays(asked, beijingDate(at));
  const rules = await openRules(context, named);
  const runId = newId('rbt', at);
  const contracts = contractsOf(context, rules);
  const { horizonDays } = asked;
  const lending = await readLending(context, { caller, runId, contracts, until: asked.to });
  const walk: Walk = { caller, runId, rules, contracts, lending, days, horizonDays };
  const walked = await walkDays(context, walk);
  const tests = rules.map((rule) => makeTest(rule, { plan: asked, walk, walked }));
  return await inTransaction(context.database, (tx) => keepTests(tx, context, { caller, tests, walk }));
}

async function openRules(context: LifeContext, named: readonly string[]): Promise<Rule[]> {
  const { backTestRulesMax: most } = RULE_LIFE_LIMITS;
  if (named.length === 0 || named.length > most) throw ruleLifeRefusal('rule_life.too_many_rules', { most });
  const rules = await inTransaction(context.database, async (tx) => {
    const opened: Rule[] = [];
    for (const name of named) opened.push(openKeptRule(context, await requireRule(tx, name)));
    return opened;
  });
  const closed = rules.find(({ scope }) => scope !== 'public');
  if (closed !== undefined) throw ruleLifeRefusal('rule_life.not_for_population', { rule: closed.id });
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw ruleLifeRefusal('rule_life.too_many_rules', { most });
  return rules;
}

/** What the rules read, and the register: who is in a population stands there. */
function contractsOf({ catalogue }: Pick<LifeContext, 'catalogue'>, rules: readonly Rule[]): Contract[] {
  const read = new Set(rules.flatMap(({ contracts }) => contracts));
  return [...catalogue.contracts.values()].filter(({ id, registers }) => registers === true || read.has(id));
}

async function readLending(
  { database, policies, clock }: LifeContext,
  about: Pick<Walk, 'caller' | 'runId' | 'contracts'> & { readonly until: string },
): Promise<Lending> {
  const { until, ...asked } = about;
  return await inTransaction(
    database,
    async (tx) => {
      const permit = decidePopulation(tx, policies, {
        ...asked,
        purpose: 'monitoring',
        population: { kind: 'all' },
        asOf: { knownAt: clock.now() },
      });
      return Map.groupBy(await readLoanLives(tx, permit, { until }), ({ enterpriseId }) => enterpriseId);
    },
    'snapshot',
  );
}

type Done = { readonly plan: BackTestPlan; readonly walk: Walk; readonly walked: Walked };

function makeTest(rule: Rule, { plan, walk, walked }: Done): KeptBackTest {
  const { raised, enterprises, root } = walked;
  const figures = measureRule(raised.get(rule.hash) ?? [], walk);
  return { ruleId: rule.id, rule: rule.hash, plan, enterprises, root, figures, gates: judgeFigures(figures) };
}

type Keeping = { readonly caller: Caller; readonly tests: readonly KeptBackTest[]; readonly walk: Walk };

async function keepTests(
  tx: Tx,
  context: LifeContext,
  { caller, tests, walk }: Keeping,
): Promise<RuleBackTest[]> {
  const at = context.clock.now();
  const kept = tests.map((test): RuleBackTest => {
    const isPassed = test.gates.every((gate) => gate.isPassed);
    return { ...test, backTestId: walk.runId, hash: canonicalHash(test), isPassed };
  });
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'monitoring_run',
    at,
    body: {
      run: walk.runId,
      what: 'rule_backtest',
      purpose: 'monitoring',
      caller: caller.id,
      contracts: walk.contracts.map(({ id }) => id),
      days: walk.days,
      policyHash: context.policies.hash,
      root: kept[0]?.root ?? null,
      rules: kept.map(({ rule, hash }) => ({ rule, figures: hash })),
    },
  });
  for (const test of kept) await keepTest(tx, context, { caller, test, receiptId, at });
  return kept;
}

async function keepTest(
  tx: Tx,
  context: LifeContext,
  about: {
    readonly caller: Caller;
    readonly test: RuleBackTest;
    readonly receiptId: string;
    readonly at: Date;
  },
): Promise<void> {
  const { caller, test, receiptId, at } = about;
  const { backTestId, hash, isPassed, ...figures } = test;
  await tx
    .tables<LifeTables>()
    .insertInto('monitoring.rule_backtests')
    .values({
      rule_hash: test.rule,
      backtest_id: backTestId,
      is_passed: isPassed,
      figures: JSON.stringify(figures),
      figures_hash: hash,
      made_by: caller.id,
      made_at: at,
      receipt_id: receiptId,
    })
    .execute();
  const rule = await requireRule(tx, test.rule);
  const to = isPassed ? 'back_tested' : 'draft';
  const isBeforeShadow = rule.state === 'draft' || rule.state === 'back_tested';
  if (isBeforeShadow && rule.state !== to)
    await enterState(tx, context, { caller, rule, from: rule.state, to });
}

/** The latest back-tests of a version, newest first. */
export async function readRuleBackTests(tx: Tx, rule: string): Promise<RuleBackTest[]> {
  const rows = await tx
    .tables<LifeTables>()
    .selectFrom('monitoring.rule_backtests')
    .select(['backtest_id', 'figures', 'figures_hash', 'is_passed'])
    .where('rule_hash', '=', rule)
    .orderBy('made_at', 'desc')
    .limit(10)
    .execute();
  return rows.map(({ backtest_id, figures, figures_hash, is_passed }) => ({
    ...figures,
    backTestId: backtest_id,
    hash: figures_hash,
    isPassed: is_passed,
  }));
}
