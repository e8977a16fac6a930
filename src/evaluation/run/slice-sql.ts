import { compileScoring } from './compile-scoring.ts';
import type { RunningRun } from './running-run.ts';

/** What the statement of one slice is made from; every part is SQL of this package or a number. */
export type SliceParts = {
  /** The statement of values, with standing and size_class beside them, and the groups. */
  readonly values: string;
  /** Fields by whose values coverage is counted: of the district, then of the industry; null: they may not be read. */
  readonly groups: readonly [string, string] | null;
  /** First enterprise number of the slice and the first behind it, as numbers or parameters. */
  readonly bounds: readonly [string, string];
  /** Of an incremental run: the enterprises of the slice, which lie far apart; null: all of the range. */
  readonly ids: readonly string[] | null;
  /** Those computed one by one; null: there are none. */
  readonly apart: ApartParts | null;
};

export type ApartParts = {
  /** Parameter that holds their rows as JSON. */
  readonly rows: string;
  /** enterprise_id, standing, size_class, district, industry. */
  readonly facts: string;
};

/**
 * One statement for a slice: values → scores → rows in the order of the enterprises, which keeps the index of the table
 * cheap to extend; and from the same rows the digest and the figures, so that nothing is read back or joined twice.
 * Gives one row: enterprises, digest, lines, samples.
 */
export function sliceSql(run: RunningRun, parts: SliceParts): string {
  const [district, industry] = parts.groups ?? ["''", "''"];
  return `
    with scored as (
      ${compileScoring(run.model, run.baseline, { values: `(${parts.values})`, carried: ['standing', 'size_class', ...(parts.groups ?? [])] })}
    ), together as (
      select ${SCORED}, null::integer as undisputed_score, null::smallint as undisputed_grade, standing, size_class,
        ${district} as district, ${industry} as industry from scored${parts.apart === null ? '' : unionApart(parts.apart)}
    ), placed as (
      select *, (case when size_class = 'large' then 2 when standing = 'provisional' then 3 end)::smallint as outside
      from together offset 0
    ), made as materialized (
      ${madeSql(run, parts)}
    ), written as (
      insert into evaluation.scores (${COLUMNS}) select ${COLUMNS} from made
    ), counted as (
      ${LINES}
    ), sampled as (
      select leaf - 1 as leaf, bin, count(*) as n
      from made w, unnest(w.bins) with ordinality as b (bin, leaf)
      where w.enterprise_id % ${run.sampleEvery} = 0 and bin >= 0 group by 1, 2
    )
    select (select count(*)::integer from made) as enterprises, ${DIGEST} as digest,
      (select coalesce(json_agg(json_build_array(part, key, n, graded, marks)), '[]') from counted) as lines,
      (select coalesce(json_agg(json_build_array(leaf, bin, n)), '[]') from sampled) as samples`;
}

function unionApart({ rows, facts }: ApartParts): string {
  return `
      union all
      select ${SCORED}, undisputed_score, undisputed_grade, standing, size_class, district, industry
      from json_to_recordset(${rows}::json) as apart (enterprise_id bigint, score integer,
        covered_marks integer, ceilings integer, state smallint, grade smallint, grade_by_score smallint, bins smallint[],
        reasons smallint[], undisputed_score integer, undisputed_grade smallint)
      join ${facts} u using (enterprise_id)`;
}

const SCORED = `enterprise_id, score, covered_marks, ceilings, state, grade, grade_by_score, bins, reasons`;
const COLUMNS = `enterprise_id, run_no, score, covered_marks, ceilings, state, grade, grade_by_score, shown_grade,
        noticed_until, undisputed_score, undisputed_grade, bins, reasons`;

/**
 * The rows of the table, and beside them what they are counted by. States in the order of the migration: 2 large, 3 not
 * registered; both are rows without a score.
 */
function madeSql(run: RunningRun, { bounds: [from, until], ids }: SliceParts): string {
  const { runNo, asOf, notice, gradingHash, role, baseRunNo } = run;
  const isLow = `s.grade > ${notice.belowRank}`;
  const noticedUntil = `coalesce(p.noticed_until, date '${notice.until}')`;
  const isNoticed = `${isLow} and coalesce(p.shown_grade, 0) <= ${notice.belowRank} and date '${asOf}' < ${noticedUntil}`;
  const own = (column: string): string => `case when s.outside is null then ${column} end`;
  const list = (column: string): string => `case when s.outside is null then ${column} else '{}' end`;
  const few =
    ids === null
      ? ''
      : ` and b.enterprise_id = any('{${ids.map((id) => String(BigInt(id))).join(',')}}'::bigint[])`;
  return `select s.enterprise_id, ${runNo} as run_no, ${own('s.score')} as score, ${own('s.covered_marks')} as covered_marks,
        case when s.outside is null then s.ceilings else 0 end as ceilings, coalesce(s.outside, s.state) as state,
        ${own('s.grade')} as grade, ${own('s.grade_by_score')} as grade_by_score,
        ${own(`case when ${isNoticed} then p.shown_grade else s.grade end`)} as shown_grade,
        ${own(`case when ${isNoticed} then ${noticedUntil} end`)} as noticed_until, ${own('s.undisputed_score')} as undisputed_score,
        ${own('s.undisputed_grade')} as undisputed_grade, ${list('s.bins')} as bins, ${list('s.reasons')} as reasons,
        b.grade as before, s.size_class as size, coalesce(s.district, '') as district, coalesce(s.industry, '') as industry
      from placed s
      left join evaluation.scores b on b.enterprise_id = s.enterprise_id and b.run_no = ${baseRunNo ?? 0}
          and b.enterprise_id >= ${from} and b.enterprise_id < ${until}${few}
      left join lateral (
        select before.shown_grade, before.noticed_until
        from evaluation.scores before join evaluation.runs r on r.run_no = before.run_no
        where ${isLow} and before.enterprise_id = s.enterprise_id and before.run_no < ${runNo} and r.state = 'finished'
          and r.role = '${role}' and r.grading_hash = '${gradingHash}'
        order by before.run_no desc limit 1
      ) p on true
      order by s.enterprise_id`;
}

/**
 * Counts by state, grade, grade before and now, size, district and industry. Counted by all of them together first, so
 * that the six are made from some hundred lines and not each from every enterprise.
 */
const LINES = `select case grouping(state, grade, before, size, district, industry)
          when 31 then 'state' when 47 then 'grade' when 39 then 'migration' when 59 then 'size'
          when 61 then 'district' else 'industry' end as part,
        case grouping(state, grade, before, size, district, industry)
          when 31 then state::text when 47 then coalesce(grade::text, '-')
          when 39 then coalesce(before::text, '-') || '>' || coalesce(grade::text, '-') when 59 then size
          when 61 then district else industry end as key,
        sum(n)::bigint as n, sum(graded)::bigint as graded, coalesce(sum(marks), 0)::bigint as marks
      from (
        select state, grade, before, size, district, industry, count(*) as n, count(grade) as graded,
          sum(covered_marks) as marks
        from made group by 1, 2, 3, 4, 5, 6
      ) f
      group by grouping sets ((state), (grade), (before, grade), (size), (district), (industry))`;

/** Over the enterprises of the slice in order, each with what the run found: column by column; 32 bytes also of none. */
const ORDERED = (column: string): string =>
  `coalesce(array_send(array_agg(${column} order by enterprise_id)), ''::bytea)`;
const DIGEST = `(select sha256(${['enterprise_id', 'state', 'score', 'grade'].map(ORDERED).join(' || ')}
        || coalesce(string_agg(array_send(bins), ''::bytea order by enterprise_id), ''::bytea)) from made)`;
