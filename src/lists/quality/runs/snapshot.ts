import { canonicalHash, type Tx } from '#kernel';
import { qualityRefusal } from '../quality-refusals.ts';
import type { CrossEvidence } from '../cross/run-cross-rules.ts';
import type { DeliveryFacts } from './facts.ts';
import { type Correction, type Score, scoreKey } from './figures.ts';

/** A frozen run as it stands in the database. */
export type StoredRun = {
  readonly runNo: string;
  readonly runId: string;
  readonly period: string;
  readonly periodFrom: string;
  readonly periodTo: string;
  readonly knownAt: Date;
  readonly computedAt: Date;
  readonly computedBy: string;
  readonly definitionsHash: string;
  readonly previousRunNo: string | null;
  /** Contests whose decisions are in the numbers. */
  readonly contests: readonly string[];
  readonly isSynthetic: boolean;
  readonly checks: number;
  readonly resultHash: string;
};

export type StoredScore = Score & { readonly scoreNo: string };

const RUN = `
  select run_no as "runNo", run_id as "runId", period, period_from::text as "periodFrom", period_to::text as "periodTo",
    known_at as "knownAt", computed_at as "computedAt", computed_by as "computedBy",
    definitions_hash as "definitionsHash", previous_run_no as "previousRunNo", contests, is_synthetic as "isSynthetic",
    checks::float8 as checks, result_hash as "resultHash"
  from lists.quality_runs`;

const SCORE = `
  select score_no as "scoreNo", scope, subject, contract_id as "contractId", provider, dimension,
    numerator::float8 as numerator, denominator::float8 as denominator, value::float8 as value, unit, rank,
    previous_value::float8 as "previousValue"
  from lists.quality_scores`;

/** The hash a run is known by: the same evidence and definitions give the same one. */
export function hashScores(scores: readonly Score[]): string {
  return canonicalHash(scores);
}

/** The number under which a run's evidence is written before the run itself is. */
export async function takeRunNo(tx: Tx): Promise<string> {
  const [row] = await tx.rows<{ no: string }>(
    `select nextval(pg_get_serial_sequence('lists.quality_runs', 'run_no')) as no`,
  );
  if (row === undefined) throw new TypeError('a sequence always has a next value');
  return row.no;
}

export async function storeRun(tx: Tx, run: StoredRun): Promise<void> {
  await tx.rows(
    `insert into lists.quality_runs
       (run_no, run_id, period, period_from, period_to, known_at, computed_at, computed_by, definitions_hash,
        previous_run_no, contests, is_synthetic, checks, result_hash)
     overriding system value
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::bigint[], $12, $13, $14)`,
    [
      run.runNo,
      run.runId,
      run.period,
      run.periodFrom,
      run.periodTo,
      run.knownAt,
      run.computedAt,
      run.computedBy,
      run.definitionsHash,
      run.previousRunNo,
      run.contests,
      run.isSynthetic,
      run.checks,
      run.resultHash,
    ],
  );
}

export async function storeFacts(tx: Tx, runNo: string, facts: readonly DeliveryFacts[]): Promise<void> {
  await tx.rows(
    `insert into lists.quality_run_deliveries (run_no, delivery_no, facts)
     select $1, f.delivery_no, f.facts from unnest($2::bigint[], $3::jsonb[]) as f(delivery_no, facts)`,
    [runNo, facts.map(({ deliveryNo }) => deliveryNo), facts.map((fact) => JSON.stringify(fact))],
  );
}

export async function storeScores(tx: Tx, runNo: string, scores: readonly Score[]): Promise<void> {
  await tx.rows(
    `insert into lists.quality_scores
       (run_no, scope, subject, contract_id, provider, dimension, numerator, denominator, value, unit, rank, previous_value)
     select $1::bigint, s.* from jsonb_to_recordset($2::jsonb) as s(
       "scope" text, "subject" text, "contractId" text, "provider" text, "dimension" text, "numerator" bigint,
       "denominator" bigint, "value" bigint, "unit" text, "rank" integer, "previousValue" bigint)`,
    [runNo, JSON.stringify(scores)],
  );
}

/** Refuses with `quality.run_unknown`. */
export async function readRun(tx: Tx, runId: string): Promise<StoredRun> {
  const [row] = await tx.rows<StoredRun>(`${RUN} where run_id = $1`, [runId]);
  if (row === undefined) throw qualityRefusal('quality.run_unknown', { run: runId });
  return row;
}

/** The newest run of a period; undefined when it was never run. */
export async function findLatestRun(tx: Tx, period: string): Promise<StoredRun | undefined> {
  const [row] = await tx.rows<StoredRun>(`${RUN} where period = $1 order by run_no desc limit 1`, [period]);
  return row;
}

/** Every run, newest first; what the command and the page list. */
export async function listRuns(tx: Tx, limit: number): Promise<StoredRun[]> {
  return await tx.rows<StoredRun>(`${RUN} order by run_no desc limit $1`, [limit]);
}

export async function readScores(tx: Tx, runNo: string): Promise<StoredScore[]> {
  return await tx.rows<StoredScore>(`${SCORE} where run_no = $1`, [runNo]);
}

/** One score and the run it belongs to; refuses with `quality.score_unknown`. */
export async function readScore(tx: Tx, scoreNo: string): Promise<{ score: StoredScore; run: StoredRun }> {
  const isNumber = /^[1-9][0-9]{0,17}$/.test(scoreNo);
  const [score] = isNumber ? await tx.rows<StoredScore>(`${SCORE} where score_no = $1`, [scoreNo]) : [];
  if (score === undefined) throw qualityRefusal('quality.score_unknown', { score: scoreNo });
  const [run] = await tx.rows<StoredRun>(
    `${RUN} where run_no = (select run_no from lists.quality_scores where score_no = $1)`,
    [scoreNo],
  );
  if (run === undefined) throw new TypeError(`score ${scoreNo} has no run`);
  return { score, run };
}

/** Values by `scoreKey` that a run's trend is measured against. */
export async function readPrevious(tx: Tx, previousRunNo: string | null): Promise<Map<string, number>> {
  const scores = previousRunNo === null ? [] : await readScores(tx, previousRunNo);
  return new Map(
    scores.filter(({ scope }) => scope !== 'delivery').map((score) => [scoreKey(score), score.value]),
  );
}

/** The facts as the run froze them, in order of the delivery number. */
export async function readFrozenFacts(tx: Tx, runNo: string): Promise<DeliveryFacts[]> {
  const rows = await tx.rows<{ facts: DeliveryFacts }>(
    'select facts from lists.quality_run_deliveries where run_no = $1 order by delivery_no',
    [runNo],
  );
  return rows.map(({ facts }) => facts);
}

/** Cross-dataset evidence; `failed` is counted again from the findings, which are what it rests on. */
export async function readCrossEvidence(tx: Tx, runNo: string): Promise<CrossEvidence[]> {
  return await tx.rows<CrossEvidence>(
    `select e.rule, e.contract_id as "contractId", e.provider, e.dimension, e.checked::float8 as checked,
       (select count(*) from lists.quality_findings f where f.run_no = e.run_no and f.rule = e.rule)::float8 as failed
     from lists.quality_cross_evidence e where e.run_no = $1 order by e.rule`,
    [runNo],
  );
}

/** Upheld contests of a period's numbers, of runs up to this one, as corrections; `only` limits them to those named. */
export async function readCorrections(
  tx: Tx,
  { period, runNo, only }: { period: string; runNo: string; only?: readonly string[] },
): Promise<Correction[]> {
  return await tx.rows<Correction>(
    `select c.contest_no as "contestNo", s.scope, s.subject, s.contract_id as "contractId", s.provider, s.dimension,
       (c.corrected_numerator - s.numerator)::float8 as delta
     from lists.quality_contests c
     join lists.quality_scores s on s.score_no = c.score_no
     join lists.quality_runs r on r.run_no = s.run_no
     where c.state = 'upheld' and r.period = $1 and r.run_no <= $2
       and ($3::bigint[] is null or c.contest_no = any($3::bigint[]))
     order by c.contest_no`,
    [period, runNo, only ?? null],
  );
}
