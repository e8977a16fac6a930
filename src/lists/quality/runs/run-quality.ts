import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import { type Caller, decidePopulation, recordLeaf } from '#security';
import type { ListsContext } from '../../lists-context.ts';
import { isSyntheticNode } from '../../read/node-facts.ts';
import { readKnownAt } from '../../read/records.ts';
import { reportYearPlaceholders } from '../cross/compile-rule.ts';
import { contractsRead, type CrossEvidence, runCrossRules } from '../cross/run-cross-rules.ts';
import { parsePeriod, type Period, previousPeriod, startOfBeijingDate } from '../period.ts';
import { qualityRefusal } from '../quality-refusals.ts';
import { addDays } from '../working-days.ts';
import { loadQualityDefinitions, type QualityDefinitions, storeDefinitions } from './definitions.ts';
import { type DeliveryFacts, listDeliveriesOf, readFacts, readLatest } from './facts.ts';
import { computeScores, type Score } from './figures.ts';
import {
  findLatestRun,
  hashScores,
  readCorrections,
  readPrevious,
  storeFacts,
  storeRun,
  storeScores,
  type StoredRun,
  takeRunNo,
} from './snapshot.ts';

export type QualityRun = StoredRun & {
  readonly deliveries: number;
  readonly rules: readonly CrossEvidence[];
  readonly scores: readonly Score[];
};

/**
 * Computes a month or a quarter and freezes it: evidence references, definitions by hash, every number with rank and
 * trend, and one leaf. One transaction; a period may be run again, which freezes another snapshot beside the first.
 * Refuses with `quality.no_checks` when nothing at all was checked, and with the refusals of `decidePopulation`.
 */
export async function runQuality(
  context: ListsContext,
  request: { readonly period: string; readonly caller: Caller },
): Promise<QualityRun> {
  const period = parsePeriod(request.period);
  const computedAt = context.clock.now();
  if (startOfBeijingDate(period.from) > computedAt)
    throw qualityRefusal('quality.period_not_begun', { period: period.id });
  const definitions = loadQualityDefinitions(context.packageFolder, context.catalogue);
  return await inTransaction(context.database, async (tx) => {
    await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [QUALITY_LOCK, period.id]);
    return await freeze(tx, { context, caller: request.caller, period, computedAt, definitions });
  });
}

/** One run of a period at a time. */
const QUALITY_LOCK = 7_241_012;

type Work = {
  readonly context: ListsContext;
  readonly caller: Caller;
  readonly period: Period;
  readonly computedAt: Date;
  readonly definitions: QualityDefinitions;
};

async function freeze(tx: Tx, work: Work): Promise<QualityRun> {
  const { context, period, computedAt, definitions } = work;
  const identity = { runNo: await takeRunNo(tx), runId: newId('qrn', computedAt) };
  const knownAt = await readKnownAt(tx, [...context.catalogue.contracts.keys()]);
  const rules = await runRules(tx, work, { ...identity, knownAt });
  const facts = await readFacts(tx, await listDeliveriesOf(tx, period, knownAt));
  const checks = countChecks(facts, rules);
  if (checks === 0) throw qualityRefusal('quality.no_checks', { what: period.id });
  const previousRunNo = (await findLatestRun(tx, previousPeriod(period).id))?.runNo ?? null;
  const corrections = await readCorrections(tx, { period: period.id, runNo: identity.runNo });
  const scores = computeScores({
    deliveries: facts,
    cross: rules,
    latest: await readLatest(tx, period, knownAt),
    today: lastDayLived(period, computedAt),
    weights: definitions.weights,
    corrections,
    previous: await readPrevious(tx, previousRunNo),
  });
  const run: StoredRun = {
    ...identity,
    period: period.id,
    periodFrom: period.from,
    periodTo: period.to,
    knownAt,
    computedAt,
    computedBy: work.caller.id,
    definitionsHash: definitions.hash,
    previousRunNo,
    contests: corrections.map(({ contestNo }) => contestNo),
    isSynthetic: await isSyntheticNode(tx),
    checks,
    resultHash: hashScores(scores),
  };
  await storeDefinitions(tx, definitions, computedAt);
  await storeRun(tx, run);
  await storeFacts(tx, run.runNo, facts);
  await storeScores(tx, run.runNo, scores);
  await leaf(tx, context, run, facts.length);
  return { ...run, deliveries: facts.length, rules, scores };
}

async function runRules(
  tx: Tx,
  { context, caller, period, computedAt, definitions }: Work,
  run: { runNo: string; runId: string; knownAt: Date },
): Promise<CrossEvidence[]> {
  const { catalogue } = context;
  if (definitions.rules.length === 0) return [];
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'quality',
    population: { kind: 'all' },
    contracts: contractsRead(definitions.rules, catalogue),
    asOf: { knownAt: run.knownAt },
    runId: run.runId,
  });
  const placeholders = reportYearPlaceholders(lastDayLived(period, computedAt));
  return await runCrossRules(tx, definitions.rules, { runNo: run.runNo, permit, catalogue, placeholders });
}

function countChecks(facts: readonly DeliveryFacts[], rules: readonly CrossEvidence[]): number {
  const ofRows = facts.reduce((total, { checks }) => total + checks, 0);
  return rules.reduce((total, { checked }) => total + checked, ofRows);
}

/** The period's last day, or today while the period runs. */
export function lastDayLived(period: Pick<Period, 'to'>, at: Date): string {
  const last = addDays(period.to, -1);
  const today = beijingDate(at);
  return today < last ? today : last;
}

async function leaf(tx: Tx, context: ListsContext, run: StoredRun, deliveries: number): Promise<void> {
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'evaluation_run',
    at: run.computedAt,
    body: {
      run: run.runId,
      purpose: 'quality',
      period: run.period,
      population: 'all',
      knownAt: run.knownAt.toISOString(),
      deliveries,
      definitions: run.definitionsHash,
      result: run.resultHash,
    },
  });
  await tx.rows('update lists.quality_runs set receipt = $2 where run_no = $1', [
    run.runNo,
    JSON.stringify(receipt),
  ]);
}
