import {
  beijingDate,
  canonicalHash,
  endOfBeijingDate,
  type EnterpriseId,
  inTransaction,
  newId,
  type Tx,
} from '#kernel';
import { readKnownAt } from '#lists';
import { type OutcomeFlags, readOutcomeFlags } from '#outcomes';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { addDays } from '../../indicators/compile/days.ts';
import { computeValues } from '../../indicators/compute/compute-values.ts';
import { holds, type ValueOf } from '../definition/judge.ts';
import type { RuleSet } from '../definition/rule-set.ts';
import {
  contractsBehind,
  decideRuleReading,
  judgePopulation,
  type RuleReading,
} from '../entries/judge-population.ts';
import { WHITELIST_LIMITS } from '../whitelist-limits.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';
import { countCommon, type Followed, followSide, type Side } from './follow-side.ts';

/**
 * What a back-test may know: `then`, what the node knew at the end of each day; `now`, what it knows today of those days.
 * The second is hindsight: records that came late or were corrected since are in it. It is for a node that has not been
 * there for long enough.
 */
export type Knowledge = 'then' | 'now';

export type BackTestDate = {
  readonly asOf: string;
  readonly followedUntil: string;
  readonly members: Followed;
  readonly rest: Followed;
  /** Share of the members of the date before that still are; null: it is the first date, or there were none. */
  readonly stayed: number | null;
};

export type BackTest = {
  readonly backTestId: string;
  readonly listId: string;
  readonly rulesHash: string;
  readonly knowledge: Knowledge;
  /** The rules ask for a grade, and it was left out: no grade was given on those days. */
  readonly isGradeLeftOut: boolean;
  readonly horizonDays: number;
  readonly dates: readonly BackTestDate[];
};

/**
 * What the rules of the file would have done on past days: how many, how stable, and what became of members and of the
 * rest within the horizon. Size classes are those of now. Kept under the hash of the rules; without one nothing is
 * published. Throws `whitelists.unknown`, `whitelists.dates_wrong`, or `whitelists.dates_too_early` for a day on which
 * there is nobody to judge.
 */
export async function backTestWhitelist(
  context: WhitelistsContext,
  {
    caller,
    listId,
    dates,
    knowledge = 'then',
  }: {
    readonly caller: Caller;
    readonly listId: string;
    readonly dates: readonly string[];
    readonly knowledge?: Knowledge;
  },
): Promise<BackTest> {
  requireAllowed(context.policies, caller, 'propose_whitelist');
  const ruleSet = context.whitelists.get(listId);
  if (ruleSet === undefined) throw whitelistRefusal('whitelists.unknown');
  const at = context.clock.now();
  const { horizonDays } = ruleSet.definition.backTest;
  const backTestId = newId('wlb', at);
  const knownAt = knowledge === 'now' ? await readNow(context, ruleSet) : undefined;
  const figures: BackTestDate[] = [];
  let before: ReadonlySet<EnterpriseId> | undefined;
  for (const asOf of requireDates(dates, { horizonDays, today: beijingDate(at) })) {
    const work = (tx: Tx) => testDate(tx, context, { ruleSet, caller, asOf, knownAt, runId: backTestId });
    const { ids, ...figure } = await inTransaction(context.database, work, 'snapshot');
    figures.push({ ...figure, stayed: shareStaying(before, ids) });
    before = ids;
  }
  const isGradeLeftOut = knowledge === 'now' && ruleSet.grades !== undefined;
  const how = { knowledge, isGradeLeftOut, horizonDays };
  const test: BackTest = { backTestId, listId, rulesHash: ruleSet.hash, ...how, dates: figures };
  await inTransaction(context.database, (tx) => keep(tx, context, { test, caller, at }));
  return test;
}

/** One instant for all days, at which everything that a run could read is known. */
async function readNow(context: WhitelistsContext, ruleSet: RuleSet): Promise<Date> {
  const ids = contractsBehind(context, ruleSet).map(({ id }) => id);
  return await inTransaction(context.database, (tx) => readKnownAt(tx, ids), 'snapshot');
}

function requireDates(
  dates: readonly string[],
  { horizonDays, today }: { horizonDays: number; today: string },
): string[] {
  const sorted = dates.toSorted();
  if (sorted.length === 0 || sorted.length > WHITELIST_LIMITS.backTestDatesMax)
    throw whitelistRefusal('whitelists.dates_wrong', { date: '—', days: horizonDays });
  for (const [at, date] of sorted.entries()) {
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date));
    if (!isDay || sorted[at + 1] === date || addDays(date, horizonDays) > today)
      throw whitelistRefusal('whitelists.dates_wrong', { date: date.slice(0, 20), days: horizonDays });
  }
  return sorted;
}

type Testing = {
  readonly ruleSet: RuleSet;
  readonly caller: Caller;
  readonly asOf: string;
  /** Of hindsight; undefined: the end of the day that is judged. */
  readonly knownAt: Date | undefined;
  readonly runId: string;
};
type Tested = Omit<BackTestDate, 'stayed'> & { readonly ids: ReadonlySet<EnterpriseId> };

/** One day and the end of its horizon, each by what may be known of it. */
async function testDate(tx: Tx, context: WhitelistsContext, testing: Testing): Promise<Tested> {
  const { ruleSet, asOf } = testing;
  const followedUntil = addDays(asOf, ruleSet.definition.backTest.horizonDays);
  const divided = await divide(tx, context, testing);
  if (divided.members.enterprises + divided.rest.enterprises === 0)
    throw whitelistRefusal('whitelists.dates_too_early', { date: asOf });
  const later = { ...testing, asOf: followedUntil };
  const hit = await readAdverse(tx, context, later);
  const { permit } = readingAt(tx, context, later);
  const outcomes = await readOutcomeFlags(tx, permit, {
    from: endOfBeijingDate(asOf),
    to: endOfBeijingDate(followedUntil),
  });
  const { ids, members, rest } = divided;
  const of = (isMember: boolean): OutcomeFlags[] =>
    outcomes.filter(({ enterpriseId }) => ids.has(enterpriseId) === isMember);
  return {
    asOf,
    followedUntil,
    members: followSide(members, { hit, outcomes: of(true) }),
    rest: followSide(rest, { hit, outcomes: of(false) }),
    ids,
  };
}

function readingAt(
  tx: Tx,
  context: WhitelistsContext,
  { ruleSet, caller, asOf, runId, knownAt = endOfBeijingDate(asOf) }: Testing,
): RuleReading {
  return decideRuleReading(tx, context, { ruleSet, caller, runId, knownAt, asOf });
}

type Divided = { readonly ids: ReadonlySet<EnterpriseId>; readonly members: Side; readonly rest: Side };

/** Members and the rest of the population, and who of either had nothing adverse yet. */
async function divide(tx: Tx, context: WhitelistsContext, testing: Testing): Promise<Divided> {
  const ruleSet = testing.knownAt === undefined ? testing.ruleSet : withoutGrade(testing.ruleSet);
  const ids = new Set<EnterpriseId>();
  const sides = { members: newSide(), rest: newSide() };
  const reading = readingAt(tx, context, testing);
  for await (const slice of judgePopulation(tx, context, { ruleSet, reading })) {
    for (const { enterpriseId, verdict, valueOf } of slice) {
      if (verdict.isMet) ids.add(enterpriseId);
      const side = verdict.isMet ? sides.members : sides.rest;
      side.enterprises += 1;
      if (!holds(ruleSet.definition.backTest.adverse, valueOf)) side.clean.add(enterpriseId);
    }
  }
  return { ids, ...sides };
}

/** A grade of today is told by what came after the day that is judged. */
function withoutGrade(ruleSet: RuleSet): RuleSet {
  return { ...ruleSet, grades: undefined };
}

function newSide(): { enterprises: number; clean: Set<EnterpriseId> } {
  return { enterprises: 0, clean: new Set() };
}

/** Who has something adverse at the end of a day. */
async function readAdverse(tx: Tx, context: WhitelistsContext, testing: Testing): Promise<Set<EnterpriseId>> {
  const { permit, compiled, asOf } = readingAt(tx, context, testing);
  const found = new Set<EnterpriseId>();
  for await (const slice of computeValues(tx, permit, compiled, { asOf })) {
    for (const { enterpriseId, values } of slice) {
      const valueOf: ValueOf = (id) =>
        values[compiled.ids.indexOf(id)] ?? { value: null, status: 'not_covered' };
      if (holds(testing.ruleSet.definition.backTest.adverse, valueOf)) found.add(enterpriseId);
    }
  }
  return found;
}

function shareStaying(
  before: ReadonlySet<EnterpriseId> | undefined,
  now: ReadonlySet<EnterpriseId>,
): number | null {
  if (before === undefined || before.size === 0) return null;
  return countCommon(before, now) / before.size;
}

/** Figures over groups, with a leaf of the run; no enterprise is in them. */
async function keep(
  tx: Tx,
  { keys }: WhitelistsContext,
  { test, caller, at }: { test: BackTest; caller: Caller; at: Date },
): Promise<void> {
  const { backTestId, listId, rulesHash, knowledge, dates } = test;
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'evaluation_run',
    at,
    body: {
      run: backTestId,
      what: 'whitelist_backtest',
      list: listId,
      rules: rulesHash,
      knowledge,
      dates: dates.map(({ asOf }) => asOf),
      figures: canonicalHash(test),
      by: caller.id,
    },
  });
  await tx.rows(
    `insert into evaluation.whitelist_backtests (list_id, rules_hash, backtest_id, dates, figures, made_by, made_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [listId, rulesHash, backTestId, dates.length, JSON.stringify(test), caller.id, at, receiptId],
  );
}

/** The latest back-test of each version of a list, newest first. */
export async function readBackTests(tx: Tx, listId: string): Promise<BackTest[]> {
  const rows = await tx.rows<{ figures: BackTest }>(
    'select figures from evaluation.whitelist_backtests where list_id = $1 order by made_at desc limit 10',
    [listId],
  );
  return rows.map(({ figures }) => figures);
}
