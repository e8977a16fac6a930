import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import { readKnownAt } from '#lists';
import { type Caller, decidePopulation, recordLeaf, requireAllowed } from '#security';
import { type CompiledIndicators, compileIndicators } from '../../indicators/compile/compile-indicators.ts';
import { addDays } from '../../indicators/compile/days.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { ModelContext } from '../model-store.ts';
import { type CardModel, makeCardModel } from './card-body.ts';
import { type CardCases, readCardCases } from './card-cases.ts';
import type { CardPlan } from './card-plan.ts';
import { studyCard } from './card-study.ts';
import { cardsRefusal } from './cards-refusals.ts';

export type FitRequest = {
  readonly caller: Caller;
  readonly plan: CardPlan;
  /** Days of decisions, both included; all when absent. */
  readonly from?: string;
  readonly to?: string;
  /** An instant to read at in place of now: the same instant gives the same hashes. */
  readonly knownAt?: Date;
};

/** Before the first loan that a node can know of. */
const EARLIEST = '2000-01-01';

/**
 * Fits a card on the node's own indicators and on what institutions reported of their loans, and keeps nothing but one leaf
 * that it was done. Throws `cards.too_few_cases`, `cards.time_wrong`, and what a fit refuses; `indicators.*` for one that may not be read.
 */
export async function fitCardModel(
  context: RunContext & ModelContext,
  request: FitRequest,
): Promise<CardModel> {
  const { caller, plan } = request;
  requireAllowed(context.policies, caller, 'propose_model');
  requireTimes(request, context.clock.now());
  const runId = newId('cdf', context.clock.now());
  const read = await inTransaction(
    context.database,
    (tx) => readCases(tx, context, { ...request, runId }),
    'snapshot',
  );
  await inTransaction(context.database, (tx) => recordFit(tx, context, { caller, plan, runId, read }));
  return makeCardModel(context.book, plan, studyCard(read.cases, plan, read.knownAt));
}

function requireTimes({ from, to, knownAt }: FitRequest, now: Date): void {
  for (const day of [from, to]) {
    if (day === undefined) continue;
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
    if (!isDay) throw cardsRefusal('cards.time_wrong', { time: day.slice(0, 30) });
  }
  if (knownAt === undefined) return;
  if (Number.isNaN(knownAt.getTime())) throw cardsRefusal('cards.time_wrong', { time: '—' });
  if (knownAt > now) throw cardsRefusal('cards.time_wrong', { time: knownAt.toISOString() });
}

type Read = {
  readonly cases: CardCases;
  readonly knownAt: Date;
  readonly compiled: CompiledIndicators;
  readonly days: { readonly from: string; readonly to: string };
  readonly policyHash: string;
};

async function readCases(
  tx: Tx,
  context: RunContext & ModelContext,
  { caller, plan, runId, ...asked }: FitRequest & { readonly runId: string },
): Promise<Read> {
  const compiled = compileIndicators(context.book, [...plan.indicators]);
  const contracts = compiled.sources.map(({ contract }) => contract);
  const ids = contracts.map(({ id }) => id);
  const knownAt = asked.knownAt ?? (await readKnownAt(tx, ids));
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts,
    asOf: { knownAt },
    runId,
  });
  const days = { from: asked.from ?? EARLIEST, to: asked.to ?? addDays(beijingDate(knownAt), -1) };
  const about = { ...days, horizonMonths: plan.horizonMonths };
  const cases = await readCardCases(tx, permit, compiled, about);
  return { cases, knownAt, compiled, days, policyHash: permit.policyHash };
}

type Recorded = Pick<FitRequest, 'caller' | 'plan'> & { readonly runId: string; readonly read: Read };

/** Whatever was read is in the log before anything of it is told, also where no card comes of it. */
async function recordFit(
  tx: Tx,
  { keys, clock }: RunContext & ModelContext,
  { caller, plan, runId, read }: Recorded,
): Promise<void> {
  const { cases, knownAt, compiled, days, policyHash } = read;
  await recordLeaf(tx, keys, {
    kind: 'evaluation_run',
    at: clock.now(),
    body: {
      run: runId,
      what: 'card_fit',
      purpose: 'evaluation',
      caller: caller.id,
      contracts: compiled.sources.map(({ contract }) => contract.id),
      plan: plan.hash,
      indicators: compiled.hash,
      policyHash,
      ...days,
      knownAt: knownAt.toISOString(),
      loans: cases.bad.length,
      merkleRoot: cases.root,
    },
  });
}
