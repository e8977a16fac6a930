import type { measuredNames } from '#lists';
import type pg from 'pg';
import { bandPoints, GRADES, LEAVES, NEUTRAL_PERCENT } from './evaluate-files.ts';

export type LimitRun = {
  /** Beijing day. */
  readonly asOf: string;
  readonly knownAt: Date;
  /** Enterprise numbers, the last not included. */
  readonly from: number;
  readonly until: number;
  readonly sliceSize: number;
  readonly names: ReturnType<typeof measuredNames>;
};

/**
 * The limit: the same fourteen indicators, points, grade and reasons of the same records into an equal table, as somebody
 * writes it who knows the tables and has one purpose: sliced, one prepared statement and a session for each connection, in
 * the order of the table, no decision, no marks or mergers looked at, no digest and no figures. Returns seconds.
 */
export async function runLimit(clients: readonly pg.PoolClient[], run: LimitRun): Promise<number> {
  const [first] = clients;
  if (first === undefined) throw new TypeError('a limit has a session');
  await first.query('create table public.bench_scores (like evaluation.scores including all)');
  const slices: number[] = [];
  for (let { from } = run; from < run.until; from += run.sliceSize) slices.push(from);
  const left = slices.values();
  const statement = { name: `bench.limit ${run.knownAt.getTime()}`, text: writeLimit(run) };
  const began = performance.now();
  const session = async (client: pg.PoolClient): Promise<void> => {
    for (const from of left) {
      await client.query('begin');
      await client.query('set local synchronous_commit = off');
      await client.query('set local jit = off');
      await client.query(`set local work_mem = '64MB'`);
      await client.query(`set local plan_cache_mode = 'force_generic_plan'`);
      await client.query({ ...statement, values: [from, Math.min(run.until, from + run.sliceSize)] });
      await client.query('commit');
    }
  };
  await Promise.all(clients.map(session));
  return (performance.now() - began) / 1_000;
}

/** The values, each as its definition says. */
function values({ asOf, knownAt, names }: LimitRun): string {
  const known = `known_from <= '${knownAt.toISOString()}' and known_to > '${knownAt.toISOString()}'
        and enterprise_id >= $1::bigint and enterprise_id < $2::bigint`;
  const since = (months: number, time: string): string =>
    `${time} > (date '${asOf}' - interval '${months} months')::date`;
  const within = (months: number, time: string): string => `${since(months, time)} and ${time} <= '${asOf}'`;
  const standing = `(penalty_status is null or penalty_status not in ('revoked', 'repaired'))`;
  return `
    select e.enterprise_id,
      coalesce(p.n24, 0) as v0, coalesce(p.heavy, 0) as v1, coalesce(length(array_to_tsvector(p.authorities)), 0) as v2, coalesce(p.fine, 0) as v3,
      coalesce(c.breached, 0) as v4, coalesce(c.kept, 0) as v5, coalesce(c.judged, 0) as v6,
      coalesce(b.amount, 0) as v7, b.rating as v8, coalesce(l.valid, 0) as v9, r.capital as v10,
      date '${asOf}' - p.last as v11, date '${asOf}' - r.established as v12, case when r.ended > 0 then 1 else 0 end as v13
    from ${names.register} e
    left join (
      select enterprise_id,
        count(*) filter (where ${since(24, 'decided_on')}) as n24,
        count(*) filter (where ${since(36, 'decided_on')} and penalty_kind in ('licence_suspension',
          'grade_lowering', 'licence_revocation', 'business_restriction', 'production_halt', 'closure')) as heavy,
        array_agg(penalty_authority) filter (where ${since(36, 'decided_on')} and penalty_authority is not null)
          as authorities,
        sum(fine) filter (where ${since(36, 'decided_on')}) as fine, max(decided_on) as last
      from ${names.records('n08_penalty')} where ${known} and decided_on <= '${asOf}' and ${standing} group by 1
    ) p using (enterprise_id)
    left join (
      select enterprise_id,
        count(*) filter (where commitment_state = 'breached') as breached,
        count(*) filter (where commitment_state in ('performed', 'rectified')) as kept, count(*) as judged
      from ${names.records('b44_credit_commitment_breach')} where ${known} and ${within(36, 'committed_on')}
        and commitment_state in ('performed', 'rectified', 'partly', 'breached') group by 1
    ) c using (enterprise_id)
    left join (
      select enterprise_id,
        sum(procurement_amount) filter (where ${within(36, 'procurement_signed_on')} and contract_terminated_on is null)
          as amount,
        avg(case performance_rating when 'excellent' then 4 when 'good' then 3 when 'fair' then 2 when 'poor' then 1 end)
          filter (where ${within(60, 'procurement_signed_on')}) as rating
      from ${names.records('b21_gov_procurement')} where ${known} group by 1
    ) b using (enterprise_id)
    left join (
      select enterprise_id, count(*) filter (where licensed_on <= '${asOf}' and licence_status = 'valid'
          and (licence_until is null or licence_until >= '${asOf}')) as valid
      from ${names.records('n07_licence')} where ${known} group by 1
    ) l using (enterprise_id)
    left join (
      select enterprise_id, max(case registered_capital_currency when 'CNY' then registered_capital end) as capital,
        max(established_on) as established,
        count(*) filter (where registration_status in ('revoked', 'revoked_deregistered', 'deregistered',
          'forced_deregistered', 'ordered_closed', 'cancelled')) as ended
      from ${names.records('n01_registration')} where ${known} group by 1
    ) r using (enterprise_id)
    where e.enterprise_id >= $1::bigint and e.enterprise_id < $2::bigint`;
}

/** Points by comparison, the sum, the grade, and the five worst leaves below the published baseline. */
function writeLimit(run: LimitRun): string {
  const places = LEAVES.map((_, at) => at);
  const band = (at: number): string => {
    const [, , cuts] = LEAVES[at] as (typeof LEAVES)[number];
    const cases = cuts.map((cut, place) => `when v${at} < ${cut} then ${place}`);
    return `case when v${at} is null then -1 ${cases.join(' ')} else ${cuts.length} end`;
  };
  const points = (at: number): string => {
    const [, direction, cuts] = LEAVES[at] as (typeof LEAVES)[number];
    const cases = bandPoints(direction, cuts).map((own, place) => `when ${place} then ${own}`);
    return `case b${at} ${cases.join(' ')} else ${NEUTRAL_PERCENT * 100} end`;
  };
  const losses = places.map(
    (at) => `(${at}, case when b${at} >= 0 then ${NEUTRAL_PERCENT * 100} - p${at} else 0 end)`,
  );
  const reasons = `(select array_agg(leaf order by loss desc, leaf) from (
        select leaf, loss from (values ${losses.join(', ')}) as x (leaf, loss) where loss > 0
        order by loss desc, leaf limit 5) y)`;
  const grades = GRADES.slice(0, -1).map(([, mark], rank) => `when score >= ${mark * 100} then ${rank}`);
  const covered = places.map((at) => `case when b${at} >= 0 then 10000 else 0 end`).join(' + ');
  return `insert into public.bench_scores (enterprise_id, run_no, score, covered_marks, ceilings, state, grade, grade_by_score,
      shown_grade, bins, reasons)
    select enterprise_id, 0, score, covered, v13, case when v13 = 1 or covered >= 42000 then 0 else 1 end,
      case when v13 = 1 then ${GRADES.length - 1} when covered >= 42000 then by_score end, by_score, by_score, bins,
      coalesce(reasons, '{}')
    from (
      select *, case ${grades.join(' ')} else ${GRADES.length - 1} end as by_score from (
        select enterprise_id, v13, ${places.map((at) => `p${at}`).join(' + ')} as score, ${covered} as covered,
          array[${places.map((at) => `b${at}`).join(', ')}]::smallint[] as bins, ${reasons} as reasons
        from (
          select *, ${places.map((at) => `${points(at)} as p${at}`).join(', ')} from (
            select *, ${places.map((at) => `${band(at)} as b${at}`).join(', ')} from (
              ${values(run)} offset 0
            ) v offset 0
          ) b offset 0
        ) p offset 0
      ) s
    ) g order by enterprise_id`;
}
