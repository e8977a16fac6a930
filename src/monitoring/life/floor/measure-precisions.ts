import { beijingDate, type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { type LoanLife, readLoanLives } from '#outcomes';
import { type Caller, decidePopulation } from '#security';
import type { LifeContext } from '../life-context.ts';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import type { LifeTables } from '../life-tables.ts';
import { enterState, type KeptRule, listKeptRules, requireRule } from '../rule-store.ts';
import type { Share } from '../share.ts';
import { isBelowFloor, type JudgedAlert, judgePrecision } from './judge-precision.ts';
import { tellPersons } from './rule-notices.ts';
import { readJudged } from './read-judged.ts';

export type RulePrecision = {
  readonly ruleId: string;
  readonly rule: string;
  /** Alerts raised since. */
  readonly since: Date;
  readonly precision: Share;
  readonly floor: number;
  /** It is below its floor and went back to shadow. */
  readonly isBelow: boolean;
};

/**
 * The precision at work of every active rule that has a floor, by schedule. One that is below goes back to shadow by itself,
 * with a leaf, and the persons who brought it into use are told; from there two persons may approve it anew. Each rule in a
 * transaction of its own. Alerts from before its present use do not count: they were judged when it was approved.
 */
export async function measurePrecisions(context: LifeContext, caller: Caller): Promise<RulePrecision[]> {
  const kept = await inTransaction(context.database, listKeptRules);
  const measured: RulePrecision[] = [];
  for (const { hash, state, definition } of kept) {
    if (state !== 'active' || definition.precisionFloor === null) continue;
    const one = await inTransaction(context.database, (tx) => measureOne(tx, context, { caller, hash }));
    if (one !== undefined) measured.push(one);
  }
  return measured;
}

/** Undefined: somebody ended its use meanwhile. */
async function measureOne(
  tx: Tx,
  context: LifeContext,
  { caller, hash }: { readonly caller: Caller; readonly hash: string },
): Promise<RulePrecision | undefined> {
  const rule = await requireRule(tx, hash);
  const floor = rule.definition.precisionFloor;
  if (rule.state !== 'active' || floor === null) return undefined;
  const at = context.clock.now();
  const since = sinceWhen(rule, at);
  const judged = await readJudged(tx, { rule: hash, since });
  const lives = await readLives(tx, context, { caller, judged });
  const precision = judgePrecision(
    judged,
    Map.groupBy(lives, ({ enterpriseId }) => enterpriseId),
  );
  const isBelow = isBelowFloor(precision, floor);
  const measured = { ruleId: rule.ruleId, rule: hash, since, precision, floor, isBelow };
  await keep(tx, measured, at);
  if (!isBelow) return measured;
  await enterState(tx, context, { caller, rule, from: 'active', to: 'shadow', reason: 'below_floor' });
  await tellPersons(tx, { rule, what: 'below_floor', at });
  return measured;
}

const DAY_MS = 86_400_000;

function sinceWhen({ since }: Pick<KeptRule, 'since'>, at: Date): Date {
  const earliest = new Date(at.getTime() - RULE_LIFE_LIMITS.precisionDays * DAY_MS);
  return since > earliest ? since : earliest;
}

/** Only what may turn a false alarm into a true one is looked up. */
async function readLives(
  tx: Tx,
  { policies, catalogue, clock }: LifeContext,
  { caller, judged }: { readonly caller: Caller; readonly judged: readonly JudgedAlert[] },
): Promise<LoanLife[]> {
  const doubted = judged.filter(({ judgement }) => judgement === 'false_alarm');
  const ids: EnterpriseId[] = [...new Set(doubted.map(({ enterpriseId }) => enterpriseId))];
  if (ids.length === 0) return [];
  const at = clock.now();
  const permit = decidePopulation(tx, policies, {
    caller,
    purpose: 'monitoring',
    population: { kind: 'list', ids },
    contracts: [...catalogue.contracts.values()].filter(({ registers }) => registers === true),
    asOf: { knownAt: at },
    runId: 'rule_precision',
  });
  return await readLoanLives(tx, permit, { until: beijingDate(at) });
}

async function keep(
  tx: Tx,
  { rule, since, precision, floor, isBelow }: RulePrecision,
  at: Date,
): Promise<void> {
  await tx
    .tables<LifeTables>()
    .insertInto('monitoring.rule_precisions')
    .values({
      rule_hash: rule,
      measured_at: at,
      since,
      judged: precision.of,
      hits: precision.hits,
      floor,
      is_below: isBelow,
    })
    .execute();
}
