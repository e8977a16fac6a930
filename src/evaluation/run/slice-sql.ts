import type { Slice } from '#lists';
import { compileScoring } from './compile-scoring.ts';
import type { RunningRun } from './running-run.ts';

/** What the statement of one slice is made from; every part is SQL of this package or a number. */
export type SliceParts = {
  /** The statement of values. */
  readonly values: string;
  /** enterprise_id, standing, size_class. */
  readonly register: string;
  /** enterprise_id, district, industry; null: the registration may not be read. */
  readonly groups: string | null;
  readonly range: Slice;
  /** Of an incremental run: the enterprises of the slice, which lie far apart; null: all of the range. */
  readonly ids: readonly string[] | null;
  /** Place of the value that holds the rows computed one by one, as JSON. */
  readonly apartValue: number;
};

/**
 * One statement for a slice: values → scores → rows, and from the rows as they were inserted the digest and the figures,
 * so that nothing is read back. Gives one row: enterprises, digest, lines, samples.
 */
export function sliceSql(run: RunningRun, parts: SliceParts): string {
  return `
    with scored as (
      ${compileScoring(run.model, run.baseline, `(${parts.values})`)}
    ), together as (
      select enterprise_id, score, covered_marks, ceilings, state, grade, grade_by_score, bins, reasons,
        null::integer as undisputed_score, null::smallint as undisputed_grade from scored
      union all
      select * from json_to_recordset($${parts.apartValue}::json) as apart (enterprise_id bigint, score integer,
        covered_marks integer, ceilings integer, state smallint, grade smallint, grade_by_score smallint, bins smallint[],
        reasons smallint[], undisputed_score integer, undisputed_grade smallint)
    ), written as (
      ${insertSql(run, parts)}
    ), counted as (
      ${linesSql(run, parts)}
    ), sampled as (
      select leaf - 1 as leaf, bin, count(*) as n
      from written w, unnest(w.bins) with ordinality as b (bin, leaf)
      where w.enterprise_id % ${run.sampleEvery} = 0 and bin >= 0 group by 1, 2
    )
    select (select count(*)::integer from written) as enterprises, ${DIGEST} as digest,
      (select coalesce(json_agg(json_build_array(part, key, n, graded, marks)), '[]') from counted) as lines,
      (select coalesce(json_agg(json_build_array(leaf, bin, n)), '[]') from sampled) as samples`;
}

/** States in the order of the migration: 2 large, 3 not registered; both are rows without a score. */
function insertSql({ runNo, asOf, notice, gradingHash, role }: RunningRun, { register }: SliceParts): string {
  const isLow = `s.grade > ${notice.belowRank}`;
  const until = `coalesce(p.noticed_until, date '${notice.until}')`;
  const isNoticed = `${isLow} and coalesce(p.shown_grade, 0) <= ${notice.belowRank} and date '${asOf}' < ${until}`;
  const own = (column: string): string => `case when u.outside is null then ${column} end`;
  const list = (column: string): string => `case when u.outside is null then ${column} else '{}' end`;
  return `insert into evaluation.scores (enterprise_id, run_no, score, covered_marks, ceilings, state, grade,
        grade_by_score, shown_grade, noticed_until, undisputed_score, undisputed_grade, bins, reasons)
      select s.enterprise_id, ${runNo}, ${own('s.score')}, ${own('s.covered_marks')},
        case when u.outside is null then s.ceilings else 0 end, coalesce(u.outside, s.state), ${own('s.grade')},
        ${own('s.grade_by_score')}, ${own(`case when ${isNoticed} then p.shown_grade else s.grade end`)},
        ${own(`case when ${isNoticed} then ${until} end`)}, ${own('s.undisputed_score')}, ${own('s.undisputed_grade')},
        ${list('s.bins')}, ${list('s.reasons')}
      from together s
      join (
        select enterprise_id, (case when size_class = 'large' then 2 when standing = 'provisional' then 3 end)::smallint
          as outside from ${register} r
      ) u on u.enterprise_id = s.enterprise_id
      left join lateral (
        select before.shown_grade, before.noticed_until
        from evaluation.scores before join evaluation.runs r on r.run_no = before.run_no
        where ${isLow} and before.enterprise_id = s.enterprise_id and before.run_no < ${runNo} and r.state = 'finished'
          and r.role = '${role}' and r.grading_hash = '${gradingHash}'
        order by before.run_no desc limit 1
      ) p on true
      returning enterprise_id, score, covered_marks, state, grade, bins`;
}

/**
 * Counts by state, grade, grade before and now, size, district and industry. Counted by all of them together first, so
 * that the six are made from some hundred lines and not each from every enterprise.
 */
function linesSql({ baseRunNo }: RunningRun, { register, groups, range, ids }: SliceParts): string {
  const few =
    ids === null
      ? ''
      : ` and p.enterprise_id = any('{${ids.map((id) => String(BigInt(id))).join(',')}}'::bigint[])`;
  const before = `left join evaluation.scores p on p.enterprise_id = w.enterprise_id and p.run_no = ${baseRunNo ?? 0}
          and p.enterprise_id >= ${range.from} and p.enterprise_id < ${range.until}${few}`;
  const grouped = groups === null ? '' : `left join ${groups} g on g.enterprise_id = w.enterprise_id`;
  const group = (name: string): string => (groups === null ? "''" : `coalesce(g.${name}, '')`);
  return `select case grouping(state, grade, before, size, district, industry)
          when 31 then 'state' when 47 then 'grade' when 39 then 'migration' when 59 then 'size'
          when 61 then 'district' else 'industry' end as part,
        case grouping(state, grade, before, size, district, industry)
          when 31 then state::text when 47 then coalesce(grade::text, '-')
          when 39 then coalesce(before::text, '-') || '>' || coalesce(grade::text, '-') when 59 then size
          when 61 then district else industry end as key,
        sum(n)::bigint as n, sum(graded)::bigint as graded, coalesce(sum(marks), 0)::bigint as marks
      from (
        select w.state, w.grade, p.grade as before, r.size_class as size, ${group('district')} as district,
          ${group('industry')} as industry, count(*) as n, count(w.grade) as graded, sum(w.covered_marks) as marks
        from written w
        join ${register} r on r.enterprise_id = w.enterprise_id
        ${before}
        ${grouped}
        group by 1, 2, 3, 4, 5, 6
      ) f
      group by grouping sets ((state), (grade), (before, grade), (size), (district), (industry))`;
}

/** Over the enterprises of the slice in order, each with what the run found: column by column; 32 bytes also of none. */
const ORDERED = (column: string): string =>
  `coalesce(array_send(array_agg(${column} order by enterprise_id)), ''::bytea)`;
const DIGEST = `(select sha256(${['enterprise_id', 'state', 'score', 'grade'].map(ORDERED).join(' || ')}
        || coalesce(string_agg(array_send(bins), ''::bytea order by enterprise_id), ''::bytea)) from written)`;
