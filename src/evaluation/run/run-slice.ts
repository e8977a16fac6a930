import assert from 'node:assert';
import { toEnterpriseId, type Tx } from '#kernel';
import {
  type Apart,
  type Contract,
  isInPopulation,
  readApart,
  registerRelation,
  relation,
  type Slice,
} from '#lists';
import { type Caller, decidePopulation, type PopulationPermit } from '#security';
import { computePairs } from '../indicators/compute/compute-values.ts';
import { requireReadable, requireReplicated } from '../indicators/compute/require-readable.ts';
import { sliceStatement } from '../indicators/compute/statements.ts';
import { scoreEnterprise } from '../index-system/scoring/score-enterprise.ts';
import { RUN_LIMITS, type RunContext } from './run-context.ts';
import type { RunningRun, RunSlice } from './running-run.ts';
import type { FigureLine, SliceFigures } from './run-tables.ts';
import { type ScoreRow, toScoreRow } from './score-row.ts';
import { sliceSql } from './slice-sql.ts';
import { valuesById } from './values-by-id.ts';

type Written = {
  readonly enterprises: number;
  readonly digest: Buffer;
  readonly lines: readonly FigureLine[];
  readonly samples: SliceFigures['samples'];
};

/**
 * Scores one slice and records that it is done, in one transaction: after a crash a slice is done wholly or not at all.
 * Begins it with the settings it needs; the crash of the server may lose the last slices, which are then done again.
 */
export async function runSlice(
  tx: Tx,
  context: RunContext,
  { run, slice, caller }: { run: RunningRun; slice: RunSlice; caller: Caller },
): Promise<number> {
  await tx.rows('set transaction isolation level repeatable read');
  await tx.rows('set local synchronous_commit = off');
  await tx.rows('set local jit = off');
  // The planner knows nothing of the rows just written and would look each of them up again, slower by tens of times.
  await tx.rows('set local enable_nestloop = off');
  await tx.rows(`set local work_mem = '${RUN_LIMITS.workMemMiB}MB'`);
  const registration = context.catalogue.contracts.get(REGISTRATION);
  const permit = permitSlice(tx, context, { run, slice, caller, registration });
  const range = { from: slice.from, until: slice.until };
  const contracts = run.model.compiled.sources.map(({ contract }) => contract);
  const apart = await readApart(tx, permit, { contracts, slice: range });
  const { text, values } = sliceStatement(tx, permit, run.model.compiled, {
    slice: range,
    apart,
    moment: run.moment,
  });
  const rows = await scoreApart(tx, permit, { run, apart });
  const statement = sliceSql(run, {
    values: text,
    register: registerRelation(tx, permit, range),
    groups: await groupsOf(tx, permit, registration, range),
    range,
    ids: slice.ids,
    apartValue: values.length + 1,
  });
  const [written] = await tx.rows<Written>(statement, [...values, JSON.stringify(rows)]);
  assert(written !== undefined, 'counts without a group always have a row');
  await record(tx, { run, slice, written, at: context.clock.now() });
  return written.enterprises;
}

/** By district and industry of which coverage is counted. */
const REGISTRATION = 'n01_registration';
const DISTRICT = 'district';
const INDUSTRY = 'industry_section';

function permitSlice(
  tx: Tx,
  context: RunContext,
  asked: { run: RunningRun; slice: RunSlice; caller: Caller; registration: Contract | undefined },
): PopulationPermit {
  const { run, slice, caller, registration } = asked;
  const contracts = new Set(run.model.compiled.sources.map(({ contract }) => contract));
  if (registration !== undefined) contracts.add(registration);
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'evaluation',
    population: slice.ids === null ? { kind: 'all' } : { kind: 'list', ids: slice.ids.map(toEnterpriseId) },
    contracts: [...contracts],
    asOf: { knownAt: run.knownAt },
    runId: run.runId,
  });
  requireReplicated(run.model.compiled);
  requireReadable(permit, run.model.compiled);
  return permit;
}

/**
 * Of several registrations of one enterprise one counts, so that it is counted once; the few whose registration is marked
 * count as of no district.
 */
async function groupsOf(
  tx: Tx,
  permit: PopulationPermit,
  registration: Contract | undefined,
  slice: Slice,
): Promise<string | null> {
  if (registration === undefined) return null;
  const readable = new Set(permit.fields(registration.id).map(({ name }) => name));
  if (!readable.has(DISTRICT) || !readable.has(INDUSTRY)) return null;
  const apart = await readApart(tx, permit, { contracts: [registration], slice });
  const records = relation(tx, permit, registration, { fields: [DISTRICT, INDUSTRY], slice, apart });
  return `(select enterprise_id, max(${DISTRICT}) as district, max(${INDUSTRY}) as industry from ${records} r group by 1)`;
}

type ApartRow = {
  readonly enterprise_id: string;
  readonly score: number;
  readonly covered_marks: number;
  readonly ceilings: number;
  readonly state: number;
  readonly grade: number | null;
  readonly grade_by_score: number;
  readonly bins: readonly number[];
  readonly reasons: readonly number[];
  readonly undisputed_score: number | null;
  readonly undisputed_grade: number | null;
};

/** Those with marks or mergers, one by one; with an objection open also as it would be without the disputed records. */
async function scoreApart(
  tx: Tx,
  permit: PopulationPermit,
  { run, apart }: { run: RunningRun; apart: Apart },
): Promise<ApartRow[]> {
  const { model, baseline, asOf } = run;
  const subjects = apart.subjects.filter((id) => isInPopulation(permit, id));
  if (subjects.length === 0) return [];
  const pairs = subjects.map((enterpriseId) => ({ enterpriseId, asOf }));
  const whole = await computePairs(tx, permit, model.compiled, { pairs });
  const clean = await computePairs(tx, permit, model.compiled, { pairs, withoutDisputed: true });
  return subjects.flatMap((id, at) => {
    const [own, undisputed] = [whole[at], clean[at]];
    if (own === undefined || undisputed === undefined) return [];
    const row = scoreValues(own.values);
    const without = scoreValues(undisputed.values);
    const differs = row.bins.join() !== without.bins.join() || row.ceilings !== without.ceilings;
    return [toApartRow(id, row, differs ? without : null)];
  });
  function scoreValues(values: Parameters<typeof valuesById>[1]): ScoreRow {
    const { system, grading } = model;
    return toScoreRow(model, scoreEnterprise(system, valuesById(model, values), { grading }), baseline);
  }
}

function toApartRow(id: string, row: ScoreRow, undisputed: ScoreRow | null): ApartRow {
  return {
    enterprise_id: id,
    score: row.score,
    covered_marks: row.coveredMarks,
    ceilings: row.ceilings,
    state: row.state,
    grade: row.grade,
    grade_by_score: row.gradeByScore,
    bins: row.bins,
    reasons: row.reasons,
    undisputed_score: undisputed?.score ?? null,
    undisputed_grade: undisputed?.grade ?? null,
  };
}

async function record(
  tx: Tx,
  { run, slice, written, at }: { run: RunningRun; slice: RunSlice; written: Written; at: Date },
): Promise<void> {
  const { enterprises, digest, lines, samples } = written;
  const done = await tx.rows(
    `update evaluation.run_slices set enterprises = $3, digest = $4, figures = $5, done_at = $6
     where run_no = $1 and slice_no = $2 and digest is null returning slice_no`,
    [run.runNo, slice.sliceNo, enterprises, digest, JSON.stringify({ lines, samples }), at],
  );
  assert(done.length === 1, 'a slice is done once');
}
