import type { Tx } from '#kernel';
import { qualityRefusal } from '../quality-refusals.ts';
import { parsePeriod } from '../period.ts';
import { defectChecks, DEFECTS_WITH_CHECK } from './evidence-rules.ts';
import type { ScoreDimension } from './figures.ts';
import { findLatestRun, readScores, type StoredRun, type StoredScore } from './snapshot.ts';

/** One line of a table: a dataset, a provider or the node with its numbers by dimension. */
export type QualityLine = {
  readonly subject: string;
  readonly provider: string | null;
  readonly rank: number | null;
  /** Overall value less that of the period before, in parts per million; null without one. */
  readonly trendPpm: number | null;
  readonly scores: Readonly<Partial<Record<ScoreDimension, StoredScore>>>;
};

/** A rule with the most failures of the period and rows (`<delivery>:<row>`) to look at. */
export type TopDefect = {
  readonly contractId: string;
  readonly provider: string;
  readonly rule: string;
  readonly dimension: string;
  readonly checked: number;
  readonly failed: number;
  readonly sampleRows: readonly string[];
};

export type QualityReport = {
  readonly run: StoredRun;
  readonly node: QualityLine;
  readonly providers: readonly QualityLine[];
  readonly datasets: readonly QualityLine[];
  readonly topDefects: readonly TopDefect[];
};

const DEFECTS_MAX = 20;
const SAMPLE_MAX = 5;

/**
 * The monthly report or quarterly review: the newest frozen run of the period, providers in order of rank.
 * `provider` limits datasets and defects to its own; the ranking is for all to see.
 * Refuses with `quality.period_without_run`.
 */
export async function readQuality(
  tx: Tx,
  { period, provider }: { period: string; provider?: string | undefined },
): Promise<QualityReport> {
  const run = await findLatestRun(tx, parsePeriod(period).id);
  if (run === undefined) throw qualityRefusal('quality.period_without_run', { period });
  const scores = await readScores(tx, run.runNo);
  const lines = (scope: string) => toLines(scores.filter((score) => score.scope === scope));
  const [node] = lines('node');
  if (node === undefined) throw new TypeError(`run ${run.runId} has no number of the node`);
  return {
    run,
    node,
    providers: lines('provider'),
    datasets: lines('dataset').filter((line) => provider === undefined || line.provider === provider),
    topDefects: await readTopDefects(tx, run, provider ?? null),
  };
}

function toLines(scores: readonly StoredScore[]): QualityLine[] {
  const bySubject = Map.groupBy(scores, ({ subject }) => subject);
  const lines = [...bySubject].map(([subject, own]): QualityLine => {
    const byDimension = Object.fromEntries(own.map((score) => [score.dimension, score]));
    const total: StoredScore | undefined = byDimension.overall;
    const before = total?.previousValue ?? null;
    return {
      subject,
      provider: own[0]?.provider ?? null,
      rank: total?.rank ?? null,
      trendPpm: total === undefined || before === null ? null : total.value - before,
      scores: byDimension,
    };
  });
  return lines.sort(
    (a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || (a.subject < b.subject ? -1 : 1),
  );
}

async function readTopDefects(tx: Tx, run: StoredRun, provider: string | null): Promise<TopDefect[]> {
  const deliveries = await tx.rows<{ delivery_no: string }>(
    `select q.delivery_no from lists.quality_run_deliveries q
     where q.run_no = $1 and ($2::text is null or q.facts ->> 'provider' = $2)`,
    [run.runNo, provider],
  );
  const { codes, checks, dimensions } = defectChecks();
  const ofRows = await tx.rows<TopDefect>(TOP_OF_ROWS, [
    deliveries.map((row) => row.delivery_no),
    codes,
    checks,
    dimensions,
    DEFECTS_MAX,
    SAMPLE_MAX,
  ]);
  const ofRules = await tx.rows<TopDefect>(TOP_OF_RULES, [run.runNo, provider, DEFECTS_MAX, SAMPLE_MAX]);
  return [...ofRows, ...ofRules].sort((a, b) => b.failed - a.failed).slice(0, DEFECTS_MAX);
}

const TOP_OF_ROWS = `
  with top as (
    select d.contract_id, d.provider, e.rule, e.dimension, sum(e.checked) as checked, sum(e.failed) as failed,
      array_agg(e.delivery_no) as delivery_nos
    from lists.quality_evidence e join lists.deliveries d on d.delivery_no = e.delivery_no
    where e.delivery_no = any($1::bigint[])
    group by d.contract_id, d.provider, e.rule, e.dimension
    having sum(e.failed) > 0
    order by sum(e.failed) desc, d.contract_id, e.rule limit $5
  ), with_check as (${DEFECTS_WITH_CHECK}),
  placed as (
    select t.contract_id, t.rule, d.delivery_id || ':' || w.row_no as id,
      row_number() over (partition by t.contract_id, t.rule order by w.delivery_no, w.row_no) as place
    from top t
    join (select distinct delivery_no, row_no, check_name from with_check) w
      on w.check_name = t.rule and w.delivery_no = any(t.delivery_nos)
    join lists.deliveries d on d.delivery_no = w.delivery_no
  )
  select t.contract_id as "contractId", t.provider, t.rule, t.dimension, t.checked::float8 as checked,
    t.failed::float8 as failed, array(
      select p.id from placed p
      where p.contract_id = t.contract_id and p.rule = t.rule and p.place <= $6 order by p.place) as "sampleRows"
  from top t`;

const TOP_OF_RULES = `
  select e.contract_id as "contractId", e.provider, e.rule, e.dimension, e.checked::float8 as checked,
    e.failed::float8 as failed, array(
      select coalesce(d.delivery_id, 'register') || ':' || f.row_no
      from lists.quality_findings f left join lists.deliveries d on d.delivery_no = f.delivery_no
      where f.run_no = e.run_no and f.rule = e.rule order by f.delivery_no, f.row_no limit $4) as "sampleRows"
  from lists.quality_cross_evidence e
  where e.run_no = $1 and ($2::text is null or e.provider = $2) and e.failed > 0
  order by e.failed desc, e.rule limit $3`;
