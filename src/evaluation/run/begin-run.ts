import assert from 'node:assert';
import { beijingDate, newId, toEnterpriseId, type Tx } from '#kernel';
import { findTouched, readKnownAt, readLastDelivered, readPopulationBounds } from '#lists';
import { decidePopulation, type PopulationPermit } from '#security';
import { addDays } from '../indicators/compile/days.ts';
import { readMomentOf } from '../indicators/compute/compute-values.ts';
import type { Baseline } from '../index-system/explanation/baseline.ts';
import { rankOf } from '../index-system/scoring/grade-score.ts';
import { baselineFrom } from './figures.ts';
import { RUN_LIMITS, type RunContext, type RunRequest, sessionsOf } from './run-context.ts';
import type { RunningRun } from './running-run.ts';
import type { ModelRole, RunFigures, RunTables } from './run-tables.ts';

/**
 * Fixes what a run is (instant, model, baseline, slices) and keeps it, so that whoever takes it up again does the same.
 * An incremental one becomes full where there is nothing to build on: no run of this model yet, or a dataset that was
 * delivered for the first time since and so covers everybody. Undefined: nothing was touched.
 */
export async function beginRun(
  tx: Tx,
  context: RunContext,
  request: RunRequest,
): Promise<RunningRun | undefined> {
  const { model, role } = request;
  const contracts = model.compiled.sources.map(({ contract }) => contract);
  const ids = contracts.map(({ id }) => id);
  const at = context.clock.now();
  const knownAt = await readKnownAt(tx, ids);
  const runId = newId('evr', at);
  const permit = decidePopulation(tx, context.policies, {
    caller: request.caller,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts,
    asOf: { knownAt },
    runId,
  });
  const last = await readLast(tx, { model: model.hash, role });
  const since = await sinceWhen(tx, { request, last, contractIds: ids, knownAt });
  const touched = since === null ? null : await findTouched(tx, permit, { contracts, since, until: knownAt });
  if (touched?.length === 0) return undefined;
  const base = await readBase(tx, { grading: model.grading.hash, role });
  const baseline = baselineFrom(model, base?.system === model.system.hash ? base : undefined);
  const slices = await sliceAll(tx, permit, {
    touched,
    size: request.sliceSize,
    sessions: sessionsOf(request),
  });
  const [row] = await tx.rows<{ run_no: string }>(INSERT_RUN, [
    runId,
    touched === null ? 'full' : 'incremental',
    role,
    model.hash,
    model.system.hash,
    model.grading.hash,
    model.compiled.hash,
    permit.policyHash,
    beijingDate(knownAt),
    knownAt,
    base?.runNo ?? null,
    since,
    JSON.stringify(Object.fromEntries(baseline.medians)),
    baseline.run,
    sampleEvery(slices),
    request.caller.id,
    at,
  ]);
  assert(row !== undefined);
  await insertSlices(tx, row.run_no, slices);
  return await openRun(tx, request, row.run_no);
}

const INSERT_RUN = `
  insert into evaluation.runs (run_id, kind, role, state, model_hash, system_hash, grading_hash, indicators_hash, policy_hash,
    as_of, known_at, base_run_no, since, baseline, baseline_run, sample_every, started_by, started_at)
  values ($1, $2, $3, 'running', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) returning run_no`;

/** A run that was begun, whether just now or before a crash, as its slices need it. */
export async function openRun(
  tx: Tx,
  { model }: Pick<RunRequest, 'model'>,
  runNo: string,
): Promise<RunningRun> {
  const row = await tx
    .tables<RunTables>()
    .selectFrom('evaluation.runs')
    .selectAll()
    .where('run_no', '=', runNo)
    .executeTakeFirstOrThrow();
  assert(
    row.model_hash === model.hash && row.indicators_hash === model.compiled.hash,
    'the run of this model',
  );
  const asOf = beijingDate(row.known_at);
  const moment = await readMomentOf(
    tx,
    { asOf: { knownAt: row.known_at } },
    { compiled: model.compiled, asOf },
  );
  const baseline: Baseline = { run: row.baseline_run, medians: new Map(Object.entries(row.baseline)) };
  const { notice } = model.grading;
  return {
    runNo,
    runId: row.run_id,
    kind: row.kind,
    role: row.role,
    model,
    gradingHash: row.grading_hash,
    policyHash: row.policy_hash,
    asOf,
    knownAt: row.known_at,
    moment,
    baseline,
    sampleEvery: row.sample_every,
    baseRunNo: row.base_run_no,
    notice: { belowRank: rankOf(model.grading, notice.below), until: addDays(asOf, notice.days) },
  };
}

type Last = { readonly knownAt: Date };

async function readLast(
  tx: Tx,
  { model, role }: { model: string; role: ModelRole },
): Promise<Last | undefined> {
  const row = await tx
    .tables<RunTables>()
    .selectFrom('evaluation.runs')
    .select(['known_at'])
    .where('model_hash', '=', model)
    .where('role', '=', role)
    .where('state', '=', 'finished')
    .orderBy('run_no', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { knownAt: row.known_at };
}

async function sinceWhen(
  tx: Tx,
  asked: {
    request: RunRequest;
    last: Last | undefined;
    contractIds: readonly string[];
    knownAt: Date;
  },
): Promise<Date | null> {
  const { request, last, contractIds, knownAt } = asked;
  if (request.kind === 'full' || last === undefined) return null;
  const knownAts = [last.knownAt, knownAt];
  const delivered = await readLastDelivered(tx, { contractIds, knownAts });
  const isFirst = [...delivered.values()].some(([before, now]) => before === null && now !== null);
  return isFirst ? null : last.knownAt;
}

type Base = {
  readonly runNo: string;
  readonly runId: string;
  readonly system: string;
  readonly figures: RunFigures;
};

/** The last full run under the same grading rules. */
async function readBase(
  tx: Tx,
  { grading, role }: { grading: string; role: ModelRole },
): Promise<Base | undefined> {
  const row = await tx
    .tables<RunTables>()
    .selectFrom('evaluation.runs')
    .select(['run_no', 'run_id', 'system_hash', 'figures'])
    .where('grading_hash', '=', grading)
    .where('role', '=', role)
    .where('state', '=', 'finished')
    .where('kind', '=', 'full')
    .orderBy('run_no', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row?.figures == null) return undefined;
  return { runNo: row.run_no, runId: row.run_id, system: row.system_hash, figures: row.figures };
}

type NewSlice = { readonly from: bigint; readonly until: bigint; readonly ids: readonly bigint[] | null };

async function sliceAll(
  tx: Tx,
  permit: PopulationPermit,
  {
    touched,
    size,
    sessions,
  }: { touched: readonly bigint[] | null; size: number | undefined; sessions: number },
): Promise<NewSlice[]> {
  if (touched !== null) return sliceTouched(touched, sessions);
  const bounds = await readPopulationBounds(tx, permit);
  if (bounds === undefined) return [];
  const step = BigInt(size ?? RUN_LIMITS.sliceEnterprises);
  const slices: NewSlice[] = [];
  for (let { from } = bounds; from < bounds.until; from += step) {
    const until = from + step < bounds.until ? from + step : bounds.until;
    slices.push({ from, until, ids: null });
  }
  return slices;
}

/** Equal slices, as many for each session. */
function sliceTouched(touched: readonly bigint[], sessions: number): NewSlice[] {
  const rounds = Math.ceil(touched.length / sessions / RUN_LIMITS.sliceTouched);
  const size = Math.ceil(touched.length / sessions / rounds);
  const slices: NewSlice[] = [];
  for (let at = 0; at < touched.length; at += size) {
    const ids = touched.slice(at, at + size);
    const [from, last] = [ids[0], ids.at(-1)];
    assert(from !== undefined && last !== undefined, 'a slice has a member');
    slices.push({ from, until: last + 1n, ids });
  }
  return slices;
}

/** One in so many, by the span of numbers that the slices cover. */
function sampleEvery(slices: readonly NewSlice[]): number {
  const span = slices.reduce((sum, { from, until, ids }) => sum + (ids?.length ?? Number(until - from)), 0);
  return Math.max(1, Math.floor(span / RUN_LIMITS.sampleEnterprises));
}

async function insertSlices(tx: Tx, runNo: string, slices: readonly NewSlice[]): Promise<void> {
  const rows = slices.map(({ from, until, ids }, at) => ({
    run_no: runNo,
    slice_no: at,
    from_id: String(from),
    until_id: String(until),
    ids: ids === null ? null : ids.map((id) => toEnterpriseId(id)),
  }));
  await tx.rows(
    `insert into evaluation.run_slices (run_no, slice_no, from_id, until_id, ids)
     select run_no, slice_no, from_id, until_id, ids
     from json_to_recordset($1::json) as s (run_no bigint, slice_no integer, from_id bigint, until_id bigint, ids bigint[])`,
    [JSON.stringify(rows)],
  );
}
