import { beijingDate, type Tx } from '#kernel';
import { type Caller, type Cell, type HiddenBecause, requireAllowed, suppress } from '#security';
import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';

/** All complaints of a quarter, those of one kind, or those about one body. */
export const COMPLAINT_SCOPES = ['all', 'kind', 'against'] as const;
export type ComplaintScope = (typeof COMPLAINT_SCOPES)[number];

/** Null where it must not be shown; `hiddenBecause` says why of the whole line. */
export type ComplaintFigure = {
  readonly scope: ComplaintScope;
  /** `all`, a kind, or `<kind of body>:<id>`. */
  readonly key: string;
  readonly complaints: number | null;
  readonly answered: number | null;
  readonly upheld: number | null;
  readonly overdue: number | null;
  /** Calendar days from filing to the written answer, of those answered. */
  readonly medianDays: number | null;
  readonly hiddenBecause: HiddenBecause | null;
};

type Row = Omit<ComplaintFigure, 'hiddenBecause'> & {
  readonly complaints: number;
  readonly subjects: number;
  readonly largest: number;
  readonly answeredSubjects: number;
};

/** Name under which `statistics-floors.yaml` may have a floor for these. */
const COMPLAINT_STATISTIC = 'complaint_figures';

/**
 * Figures of one ended quarter (`2026-Q2`, Beijing), whole quarters alone, so that no two answers differ by a day's complaints:
 * how many, how many answered, upheld and overdue, and the median days, in all, by kind and by whom they are about. Under the
 * floor. Throws the policy's refusal, `complaints.quarter_not_ended`.
 */
export async function readComplaintFigures(
  tx: Tx,
  context: ComplaintContext,
  { caller, quarter }: { readonly caller: Caller; readonly quarter: string },
): Promise<ComplaintFigure[]> {
  requireAllowed(context.policies, caller, 'oversee_complaints');
  const today = beijingDate(context.clock.now());
  const { from, to } = daysOf(quarter);
  if (to > today) throw complaintRefusal('complaints.quarter_not_ended', { quarter });
  const floor = context.floors.of(COMPLAINT_STATISTIC);
  const rows = await tx.rows<Row>(FIGURES, [from, to, today]);
  const hidden = suppress(rows.map(cellOf), floor);
  return rows.map((row) => show(row, hidden.get(idOf(row)) ?? null, floor.subjectsMin));
}

function show(row: Row, hiddenBecause: HiddenBecause | null, subjectsMin: number): ComplaintFigure {
  const { scope, key, complaints, answered, upheld, overdue, medianDays, answeredSubjects } = row;
  if (hiddenBecause !== null)
    return {
      scope,
      key,
      complaints: null,
      answered: null,
      upheld: null,
      overdue: null,
      medianDays: null,
      hiddenBecause,
    };
  // A median of few is somebody's own.
  const median = answeredSubjects < subjectsMin ? null : medianDays;
  return { scope, key, complaints, answered, upheld, overdue, medianDays: median, hiddenBecause };
}

function idOf({ scope, key }: Pick<Row, 'scope' | 'key'>): string {
  return `${scope}:${key}`;
}

function cellOf(row: Row): Cell {
  const { scope, subjects, largest, complaints: total } = row;
  return {
    id: idOf(row),
    parent: scope === 'all' ? null : 'all:all',
    breakdown: scope,
    subjects,
    largest,
    total,
  };
}

/** First day, and the first day after. */
function daysOf(quarter: string): { from: string; to: string } {
  const [year = '', number = ''] = quarter.split('-Q');
  const first = (Number(number) - 1) * 3;
  const day = (month: number): string =>
    new Date(Date.UTC(Number(year), month, 1)).toISOString().slice(0, 10);
  return { from: day(first), to: day(first + 3) };
}

/** $1 first day, $2 the first day after, $3 today. */
const FIGURES = `
  with filed as (
    select c.enterprise_id, c.complaint_id, c.kind, c.against_kind || ':' || c.against_id as against, c.answered_at,
      c.outcome, (c.answered_at at time zone 'Asia/Shanghai')::date - (c.filed_at at time zone 'Asia/Shanghai')::date as days,
      exists (
        select from rights.terms t
        where t.enterprise_id = c.enterprise_id and t.matter_kind = 'complaint' and t.matter_id = c.complaint_id
          and t.known_to = 'infinity' and not t.is_stopped
          and (t.late_days > 0 or (t.ended_at is null and t.due_on < $3))
      ) as is_overdue
    from rights.complaints c
    where c.filed_at >= ($1::date)::timestamp at time zone 'Asia/Shanghai'
      and c.filed_at < ($2::date)::timestamp at time zone 'Asia/Shanghai'
  ), scoped as (
    select f.*, s.scope, s.key from filed f
    cross join lateral (values ('all', 'all'), ('kind', f.kind), ('against', f.against)) as s(scope, key)
  ), of_enterprise as (
    select scope, key, enterprise_id, count(*) as complaints from scoped group by 1, 2, 3
  ), dominance as (
    select scope, key, count(*)::integer as subjects, max(complaints)::integer as largest from of_enterprise group by 1, 2
  )
  select scope, key, d.subjects, d.largest, count(*)::integer as complaints, count(s.answered_at)::integer as answered,
    count(*) filter (where s.outcome in ('upheld', 'partly_upheld'))::integer as upheld,
    count(*) filter (where s.is_overdue)::integer as overdue,
    (percentile_cont(0.5) within group (order by s.days))::float8 as "medianDays",
    count(distinct s.enterprise_id) filter (where s.answered_at is not null)::integer as "answeredSubjects"
  from scoped s join dominance d using (scope, key)
  group by scope, key, d.subjects, d.largest
  order by scope, key
  limit 2000`;
