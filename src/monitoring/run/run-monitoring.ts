import assert from 'node:assert';
import { availableParallelism } from 'node:os';
import { beijingDate, type EnterpriseId, inTransaction, newId, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, findTouched, readKnownAt, readLastDelivered } from '#lists';
import { type Caller, decidePopulation, type PopulationPermit, recordLeaf } from '#security';
import { recallEnded } from '../recall/recall-ended.ts';
import { readStandingAgain } from '../recall/stand-again.ts';
import { raiseAlerts } from '../alerts/raise-alerts.ts';
import { addLooks, type LookCounts, lookUnderConsents, NO_LOOKS } from '../authorised/look-under-consents.ts';
import { authorisedRules } from '../authorised/open-look.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { Rule, RuleBook } from '../rules/rule.ts';
import { detectSignals } from '../signals/detect-signals.ts';
import { recordSignals } from '../signals/record-signals.ts';
import { readLiveWatches, readWatchedAmong, readWatchedIds } from '../watch/watches.ts';
import { monitoringRunRefusal } from './run-refusals.ts';

export type MonitoringRequest = {
  readonly caller: Caller;
  /** `touched`: what became known since the last run; `sweep`: every watched enterprise, over all that stands. */
  readonly kind: 'touched' | 'sweep';
  readonly rules: RuleBook;
  /**
   * Rules that alert, and rules that are only watched at work. Those on authorised data are run for one enterprise and
   * institution at a time; of these, those on followed sources by `followSources` alone.
   */
  readonly active: readonly Rule[];
  readonly shadow: readonly Rule[];
  /** Enterprises of one transaction, `PAGE` unless told. */
  readonly pageSize?: number;
  readonly onProgress?: (enterprises: number) => void;
};

export type FinishedMonitoring = {
  readonly runId: string;
  readonly kind: MonitoringRequest['kind'];
  readonly enterprises: number;
  readonly signals: number;
  readonly alerts: number;
  readonly recalled: number;
  /** Of rules on authorised data; not in the numbers above. */
  readonly underConsent: LookCounts;
  readonly receiptId: string;
};

/** Enterprises of one transaction: few enough that nobody waits for its locks, many enough that a statement is worth it. */
const PAGE = 5_000;
/** One run of the city at a time; a later one takes what this one left. */
const RUN_LOCK = 7_241_032;

/**
 * Runs the rules in named steps: begin → for each page of enterprises: permit → detect → record → raise, then the same under
 * each consent → finish. The
 * signals of a page and their alerts commit together, so that a crash loses none; a signal is recorded once, so that the
 * run that takes its place doubles none. Refuses when another run is under way.
 */
export async function runMonitoring(
  context: MonitoringContext,
  request: MonitoringRequest,
): Promise<FinishedMonitoring> {
  return await inTransaction(context.database, async (lock) => {
    const [turn] = await lock.rows<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      RUN_LOCK,
    ]);
    if (turn?.mine !== true) throw monitoringRunRefusal('monitoring.run_under_way');
    const run = await inTransaction(context.database, (tx) => beginRun(tx, context, request));
    const pages =
      request.kind === 'sweep' ? sweepPages(context, request) : touchedPages(context, { run, request });
    const counts = { enterprises: 0, signals: 0, alerts: 0, recalled: 0, underConsent: NO_LOOKS };
    const session = async (): Promise<void> => {
      for (let page = await pages.next(); page.done !== true; page = await pages.next()) {
        const ids = page.value;
        const done = await inTransaction(context.database, (tx) =>
          runPage(tx, context, { run, request, ids }),
        );
        counts.enterprises += ids.length;
        counts.signals += done.signals;
        counts.alerts += done.alerts;
        counts.recalled += done.recalled;
        const looked = await lookUnderConsents(context, ownWork({ run, request, ids }));
        counts.underConsent = addLooks(counts.underConsent, looked);
        request.onProgress?.(counts.enterprises);
      }
    };
    // All sessions end before the first failure is thrown: none tells anybody after its run was given up.
    const ended = await Promise.allSettled(Array.from({ length: availableParallelism() }, session));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    return await inTransaction(context.database, (tx) => finishRun(tx, context, { run, request, counts }));
  });
}

type Run = {
  readonly runNo: string;
  readonly runId: string;
  readonly asOf: string;
  /** Null: nothing was run before, so that everything that stands is new. */
  readonly since: Date | null;
  readonly knownAt: Date;
  /** Datasets of the rules on public records. */
  readonly contracts: readonly Contract[];
  /** These, and those of the rules on authorised data: what touches an enterprise. */
  readonly touching: readonly Contract[];
  /** Of a run over what was touched: the datasets that were delivered since; a rule on none of them finds nothing new. */
  readonly delivered: ReadonlySet<string> | null;
};

/** What a run under way left is begun again from the same instant, since nothing counts as done before it is finished. */
async function beginRun(tx: Tx, context: MonitoringContext, request: MonitoringRequest): Promise<Run> {
  await tx.rows(`update monitoring.runs set state = 'abandoned' where state = 'running'`);
  const rules = [...request.active, ...request.shadow];
  const contracts = contractsOf(context, ofPopulation(rules));
  const touching = contractsOf(context, [...ofPopulation(rules), ...authorisedRules(rules, 'replicated')]);
  const knownAt = await readKnownAt(
    tx,
    touching.map(({ id }) => id),
  );
  const [last] = await tx.rows<{ known_at: Date }>(
    `select known_at from monitoring.runs where state = 'finished' order by run_no desc limit 1`,
  );
  const at = context.clock.now();
  const [asOf, since] = [beijingDate(at), last?.known_at ?? null];
  const isTouched = request.kind === 'touched' && since !== null;
  const delivered = isTouched
    ? await readDelivered(tx, { contracts: touching, since, until: knownAt })
    : null;
  const runId = newId('mon', at);
  const [row] = await tx.rows<{ run_no: string }>(
    `insert into monitoring.runs (run_id, kind, state, rules_hash, policy_hash, as_of, since, known_at, started_at)
     values ($1, $2, 'running', $3, $4, $5, $6, $7, $8) returning run_no`,
    [runId, request.kind, request.rules.hash, context.policies.hash, asOf, since, knownAt, at],
  );
  assert(row !== undefined, 'an insert gives its row');
  return { runNo: row.run_no, runId, asOf, since, knownAt, contracts, touching, delivered };
}

async function readDelivered(
  tx: Tx,
  { contracts, since, until }: { contracts: readonly Contract[]; since: Date; until: Date },
): Promise<ReadonlySet<string>> {
  const contractIds = contracts.map(({ id }) => id);
  const last = await readLastDelivered(tx, { contractIds, knownAts: [since, until] });
  const isNew = ([before, now]: readonly (Date | null)[]): boolean => before?.getTime() !== now?.getTime();
  return new Set([...last].flatMap(([id, times]) => (isNew(times) ? [id] : [])));
}

/** The register's own where the rules read none: a Permit is of something. */
function contractsOf({ catalogue }: MonitoringContext, rules: readonly Rule[]): Contract[] {
  const named = rules.flatMap(({ contracts }) => contracts);
  const ids = new Set(named.length === 0 ? [REGISTER_CONTRACT] : named);
  return [...ids].sort().map((id) => {
    const contract = catalogue.contracts.get(id);
    assert(contract !== undefined, `${id} was checked when the rules were loaded`);
    return contract;
  });
}

const REGISTER_CONTRACT = 'n01_registration';

/** What the whole watch list is looked at by; the others need the consent of the one enterprise. */
function ofPopulation(rules: readonly Rule[]): Rule[] {
  return rules.filter(({ scope }) => scope === 'public');
}

function isConcerned({ contracts }: Rule, { delivered }: Run): boolean {
  return delivered === null || contracts.some((id) => delivered.has(id));
}

async function* sweepPages(
  { database }: MonitoringContext,
  { pageSize = PAGE }: MonitoringRequest,
): AsyncGenerator<readonly EnterpriseId[]> {
  let after: EnterpriseId | null = null;
  for (;;) {
    const ids: EnterpriseId[] = await inTransaction(database, (tx) =>
      readWatchedIds(tx, { after, limit: pageSize }),
    );
    if (ids.length === 0) return;
    yield ids;
    after = ids.at(-1) ?? null;
  }
}

/** Of those that deliveries and marks touched, the watched ones. */
async function* touchedPages(
  context: MonitoringContext,
  { run, request }: { run: Run; request: MonitoringRequest },
): AsyncGenerator<readonly EnterpriseId[]> {
  const { since, knownAt, touching } = run;
  if (since === null) return yield* sweepPages(context, request);
  const touched = await inTransaction(context.database, async (tx) => {
    const permit = permitRun(tx, context, { run, request, population: { kind: 'all' } });
    return await findTouched(tx, permit, { contracts: touching, since, until: knownAt });
  });
  const { pageSize = PAGE } = request;
  for (let at = 0; at < touched.length; at += pageSize) {
    const ids = touched.slice(at, at + pageSize).map((id) => toEnterpriseId(String(id)));
    const watched = await inTransaction(context.database, (tx) => readWatchedAmong(tx, ids));
    if (watched.length > 0) yield watched;
  }
}

type PageWork = { run: Run; request: MonitoringRequest; ids: readonly EnterpriseId[] };

/** The rules on authorised data that the page is looked at by. */
function ownWork({ run, request, ids }: PageWork) {
  const concerned = (rules: readonly Rule[]): Rule[] =>
    authorisedRules(rules, 'replicated').filter((rule) => isConcerned(rule, run));
  const rules = { active: concerned(request.active), shadow: concerned(request.shadow) };
  return { ids, rules, book: request.rules, runId: run.runId };
}

async function runPage(
  tx: Tx,
  context: MonitoringContext,
  { run, request, ids }: PageWork,
): Promise<{ signals: number; alerts: number; recalled: number }> {
  const permit = permitRun(tx, context, { run, request, population: { kind: 'list', ids } });
  const at = context.clock.now();
  const since = request.kind === 'sweep' ? null : run.since;
  const counts = { signals: 0, alerts: 0, recalled: 0 };
  for (const role of ['active', 'shadow'] as const) {
    const rules = ofPopulation(request[role]).filter((rule) => isConcerned(rule, run));
    if (rules.length === 0) continue;
    const found = await detectSignals(tx, permit, { rules, enterpriseIds: ids, asOf: run.asOf, since });
    const fresh = await recordSignals(tx, { found, role, runId: run.runId, at });
    counts.signals += fresh.length;
    if (role === 'shadow') continue;
    const signals = [...fresh, ...(await readStandingAgain(tx, { found: found.signals, fresh }))];
    if (signals.length === 0) continue;
    const told = [...new Set(signals.map(({ enterpriseId }) => enterpriseId))];
    const watches = await readLiveWatches(tx, told, context.clock);
    const { raised, upgraded } = await raiseAlerts(tx, context, {
      signals,
      watches,
      rules: request.rules,
      at,
    });
    counts.alerts += raised + upgraded;
  }
  counts.recalled += await recallEnded(tx, context, { enterpriseIds: ids, rules: request.rules });
  return counts;
}

function permitRun(
  tx: Tx,
  { policies }: MonitoringContext,
  asked: {
    run: Run;
    request: MonitoringRequest;
    population: { kind: 'all' } | { kind: 'list'; ids: readonly EnterpriseId[] };
  },
): PopulationPermit {
  const { run, request, population } = asked;
  return decidePopulation(tx, policies, {
    caller: request.caller,
    purpose: 'monitoring',
    population,
    contracts: run.contracts,
    asOf: { knownAt: run.knownAt },
    runId: run.runId,
  });
}

type Counts = Omit<FinishedMonitoring, 'runId' | 'kind' | 'receiptId'>;

async function finishRun(
  tx: Tx,
  context: MonitoringContext,
  { run, request, counts }: { run: Run; request: MonitoringRequest; counts: Counts },
): Promise<FinishedMonitoring> {
  const at = context.clock.now();
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'monitoring_run',
    at,
    body: {
      run: run.runId,
      kind: request.kind,
      purpose: 'monitoring',
      caller: request.caller.id,
      contracts: run.contracts.map(({ id }) => id),
      rules: request.rules.hash,
      active: request.active.length,
      shadow: request.shadow.length,
      policyHash: context.policies.hash,
      asOf: run.asOf,
      knownAt: run.knownAt.toISOString(),
      ...counts,
    },
  });
  await tx.rows(
    `update monitoring.runs set state = 'finished', finished_at = $2, enterprises = $3, signals = $4, alerts = $5,
       receipt_id = $6, looks = $7 where run_no = $1 and state = 'running'`,
    [run.runNo, at, counts.enterprises, counts.signals, counts.alerts, receiptId, counts.underConsent.looks],
  );
  return { runId: run.runId, kind: request.kind, receiptId, ...counts };
}
