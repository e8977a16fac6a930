import type { Tx } from '#kernel';
import { defectChecks, DEFECTS_WITH_CHECK } from './evidence-rules.ts';
import type { ScoreDimension } from './figures.ts';
import { readFrozenFacts, readScore, type StoredRun, type StoredScore } from './snapshot.ts';

/** One check behind a number: what it looked at, what failed, and rows (`<delivery>:<row>`) one can look up. */
export type OpenedRule = {
  readonly rule: string;
  readonly checked: number;
  readonly failed: number;
  /** The first rows that failed, in file order; `failed` says how many there are. */
  readonly rows: readonly string[];
};

export type OpenedScore = {
  readonly score: StoredScore;
  readonly run: StoredRun;
  readonly rules: readonly OpenedRule[];
  /** Deliveries the number is counted from. */
  readonly deliveries: readonly string[];
};

/** Rows shown per rule; all of them can be asked for by rule and delivery. */
const ROWS_MAX = 100;

/** Opens a number to rule, count and row ids. Refuses with `quality.score_unknown`. */
export async function openScore(tx: Tx, scoreNo: string): Promise<OpenedScore> {
  const { score, run } = await readScore(tx, scoreNo);
  const facts = (await readFrozenFacts(tx, run.runNo)).filter(({ deliveryId, contractId, provider }) => {
    if (score.scope === 'delivery') return deliveryId === score.subject;
    if (score.scope === 'dataset') return contractId === score.subject;
    return score.scope === 'node' || provider === score.subject;
  });
  const deliveryNos = facts.map(({ deliveryNo }) => deliveryNo);
  return {
    score,
    run,
    rules: await openRules(tx, { score, run, deliveryNos }),
    deliveries: facts.map(({ deliveryId }) => deliveryId),
  };
}

type Opening = { score: StoredScore; run: StoredRun; deliveryNos: readonly string[] };

async function openRules(tx: Tx, opening: Opening): Promise<OpenedRule[]> {
  const { score } = opening;
  switch (score.dimension) {
    case 'accuracy':
      return await openChecks(tx, opening, ['accuracy', 'conformity', 'consistency']);
    case 'completeness':
      return await openChecks(tx, opening, ['completeness']);
    case 'consistency':
    case 'coverage':
      return await openFindings(tx, opening, score.dimension);
    case 'uniqueness':
      return [await openConflicts(tx, opening)];
    default:
      return [countOnly(score.dimension, score)];
  }
}

/** Numbers whose evidence is counted per delivery and not kept per row. */
function countOnly(dimension: ScoreDimension, { numerator, denominator }: StoredScore): OpenedRule {
  if (dimension === 'freshness') return { rule: dimension, checked: denominator, failed: 0, rows: [] };
  return { rule: dimension, checked: denominator, failed: denominator - numerator, rows: [] };
}

async function openChecks(
  tx: Tx,
  { deliveryNos }: Opening,
  dimensions: readonly string[],
): Promise<OpenedRule[]> {
  const { codes, checks, dimensions: ofCodes } = defectChecks();
  return await tx.rows<OpenedRule>(
    `with with_check as (${DEFECTS_WITH_CHECK}),
     placed as (
       select w.check_name, d.delivery_id || ':' || w.row_no as id,
         row_number() over (partition by w.check_name order by w.delivery_no, w.row_no) as place
       from (select distinct check_name, delivery_no, row_no from with_check where dimension = any($5::text[])) w
       join lists.deliveries d on d.delivery_no = w.delivery_no
     ), shown as (
       select check_name, array_agg(id order by place) as rows from placed where place <= $6 group by check_name
     )
     select e.rule, sum(e.checked)::float8 as checked, sum(e.failed)::float8 as failed,
       coalesce((select s.rows from shown s where s.check_name = e.rule), '{}') as rows
     from lists.quality_evidence e
     where e.delivery_no = any($1::bigint[]) and e.dimension = any($5::text[])
     group by e.rule order by sum(e.failed) desc, e.rule`,
    [deliveryNos, codes, checks, ofCodes, dimensions, ROWS_MAX],
  );
}

async function openFindings(tx: Tx, { score, run }: Opening, dimension: string): Promise<OpenedRule[]> {
  return await tx.rows<OpenedRule>(
    `select e.rule, e.checked::float8 as checked, e.failed::float8 as failed, array(
         select coalesce(d.delivery_id, 'register') || ':' || f.row_no
         from lists.quality_findings f left join lists.deliveries d on d.delivery_no = f.delivery_no
         where f.run_no = e.run_no and f.rule = e.rule
         order by f.delivery_no, f.row_no limit $5) as rows
     from lists.quality_cross_evidence e
     where e.run_no = $1 and e.dimension = $2
       and case $3 when 'dataset' then e.contract_id = $4 when 'provider' then e.provider = $4 else true end
     order by e.failed desc, e.rule`,
    [run.runNo, dimension, score.scope, score.subject, ROWS_MAX],
  );
}

/** Rows that contradict another of their file have an id; exact repetitions are counted and leave no record. */
async function openConflicts(tx: Tx, { score, deliveryNos }: Opening): Promise<OpenedRule> {
  const rows = await tx.rows<{ id: string }>(
    `select d.delivery_id || ':' || f.row_no as id
     from (select distinct delivery_no, row_no from lists.defects
           where delivery_no = any($1::bigint[]) and code = 'key_conflict') f
     join lists.deliveries d on d.delivery_no = f.delivery_no
     order by f.delivery_no, f.row_no limit $2`,
    [deliveryNos, ROWS_MAX],
  );
  const failed = score.denominator - score.numerator;
  return { rule: 'unique_key', checked: score.denominator, failed, rows: rows.map(({ id }) => id) };
}
