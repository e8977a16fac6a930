import assert from 'node:assert';
import { toEnterpriseId, type Tx } from '#kernel';
import {
  type Apart,
  type Bounds,
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
import type { Beside } from '../indicators/compile/write-values.ts';
import { sliceStatement } from '../indicators/compute/statements.ts';
import { scoreEnterprise } from '../index-system/scoring/score-enterprise.ts';
import { RUN_LIMITS, type RunContext } from './run-context.ts';
import type { RunningRun, RunSlice } from './running-run.ts';
import type { FigureLine, SliceFigures } from './run-tables.ts';
import { type ScoreRow, toScoreRow } from './score-row.ts';
import { sliceSql, type SliceParts } from './slice-sql.ts';
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
  await begin(tx);
  const registration = context.catalogue.contracts.get(REGISTRATION);
  const permit = permitSlice(tx, context, { run, slice, caller, registration });
  const range = { from: slice.from, until: slice.until };
  const beside = groupsOf(permit, registration);
  const sources = run.model.compiled.sources.map(({ contract }) => contract);
  const contracts = [...new Set(beside === undefined ? sources : [...sources, beside.contract])];
  const apart = await readApart(tx, permit, { contracts, slice: range });
  const about = { range, apart, beside };
  const isPlain = apart.isEmpty && slice.ids === null;
  const [written] = isPlain
    ? await writePlain(tx, permit, { run, about })
    : await writeNamed(tx, permit, { run, slice, about });
  assert(written !== undefined, 'counts without a group always have a row');
  await record(tx, { run, slice, written, at: context.clock.now() });
  return written.enterprises;
}

async function begin(tx: Tx): Promise<void> {
  await tx.rows('set transaction isolation level repeatable read');
  // The planner knows nothing of the rows just written and would look each of them up again, slower by tens of times. A
  // plan made for one slice serves all: made while the table of scores was empty, it must not read it whole when it is not.
  await tx.rows(
    `select set_config('synchronous_commit', 'off', true), set_config('jit', 'off', true),
       set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('work_mem', '${RUN_LIMITS.workMemMiB}MB', true)`,
  );
}

type AboutSlice = { readonly range: Slice; readonly apart: Apart; readonly beside: Beside | undefined };
type Asked = { readonly run: RunningRun; readonly about: AboutSlice };

/** The statement of a slice in which nobody stands apart is one for the whole run, prepared once in each session. */
async function writePlain(tx: Tx, permit: PopulationPermit, { run, about }: Asked): Promise<Written[]> {
  const bounds: Bounds = ['$1::bigint', '$2::bigint'];
  const text = sliceSql(run, {
    ...valuesOf(tx, permit, { run, about, bounds }),
    bounds,
    ids: null,
    apart: null,
  });
  const { from, until } = about.range;
  return await tx.hotRows<Written>(`evaluation.slice ${run.runId}`, text, [String(from), String(until)]);
}

/** Those touched, or some of the slice apart: the statement names enterprises and serves this slice alone. */
async function writeNamed(
  tx: Tx,
  permit: PopulationPermit,
  { run, slice, about }: Asked & { readonly slice: RunSlice },
): Promise<Written[]> {
  const { range, apart } = about;
  const rows = await scoreApart(tx, permit, { run, apart });
  const text = sliceSql(run, {
    ...valuesOf(tx, permit, { run, about }),
    bounds: [String(range.from), String(range.until)],
    ids: slice.ids,
    apart: { rows: '$1', facts: await apartFacts(tx, permit, { apart, beside: about.beside, slice: range }) },
  });
  return await tx.rows<Written>(text, [JSON.stringify(rows)]);
}

function valuesOf(
  tx: Tx,
  permit: PopulationPermit,
  { run, about, bounds }: Asked & { readonly bounds?: Bounds },
): Pick<SliceParts, 'values' | 'groups'> {
  const { range, apart, beside } = about;
  const values = sliceStatement(tx, permit, run.model.compiled, {
    slice: range,
    bounds,
    apart,
    moment: run.moment,
    carried: ['standing', 'size_class'],
    beside,
  });
  return { values, groups: beside === undefined ? null : GROUPS };
}

/** By district and industry of which coverage is counted. */
const REGISTRATION = 'n01_registration';
const GROUPS = ['district', 'industry_section'] as const;

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

/** Undefined: they may not be read. */
function groupsOf(permit: PopulationPermit, registration: Contract | undefined): Beside | undefined {
  if (registration === undefined) return undefined;
  const readable = new Set(permit.fields(registration.id).map(({ name }) => name));
  return GROUPS.every((name) => readable.has(name)) ? { contract: registration, fields: GROUPS } : undefined;
}

/**
 * What those computed one by one are counted by. Of several registrations of one enterprise one counts, so that it is
 * counted once; the few whose registration itself is marked count as of no district.
 */
async function apartFacts(
  tx: Tx,
  permit: PopulationPermit,
  { apart, beside, slice }: { apart: Apart; beside: Beside | undefined; slice: Slice },
): Promise<string> {
  const register = registerRelation(tx, permit, slice);
  const these = `enterprise_id = any('{${apart.subjects.join()}}'::bigint[])`;
  if (beside === undefined || apart.subjects.length === 0) {
    return `(select *, '' as district, '' as industry from ${register} e where ${these})`;
  }
  const { contract } = beside;
  const marked = await readApart(tx, permit, { contracts: [contract], slice });
  const records = relation(tx, permit, contract, { fields: GROUPS, slice, apart: marked });
  const [district, industry] = GROUPS;
  return `(select e.*, g.district, g.industry from ${register} e left join (
        select enterprise_id, max(${district}) as district, max(${industry}) as industry
        from ${records} r where r.${these} group by 1) g using (enterprise_id)
      where e.${these})`;
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
