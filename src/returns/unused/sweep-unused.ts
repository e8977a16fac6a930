import { beijingDate, endOfBeijingDate, inTransaction, newId, type Tx } from '#kernel';
import { outcomeRelation } from '#outcomes';
import {
  type Caller,
  decidePopulation,
  disclosureRelation,
  type PopulationPermit,
  requireAllowed,
} from '#security';
import type { ReturnsContext } from '../returns-context.ts';

export type UnusedSweep = { readonly found: number; readonly ended: number; readonly months: number };

/**
 * Finds queries that have had their time and came to nothing, and ends the finding where a later report says what came of
 * them. One statement each, so that a sweep that was cut is simply made again. Throws `policy.…`.
 */
export async function sweepUnused(
  context: ReturnsContext,
  { caller }: { caller: Caller },
): Promise<UnusedSweep> {
  requireAllowed(context.policies, caller, 'compile_returns');
  return await inTransaction(context.database, async (tx) => {
    await tx.rows(`select pg_advisory_xact_lock(hashtextextended('returns unused', 11))`);
    const permit = permitAll(tx, context, caller);
    const { rules } = context;
    const { knownAt } = permit.asOf;
    const { kinds, restOnLiveLoan, afterDays, lookBackDays } = rules.unused;
    const values = [
      knownAt,
      daysBefore(knownAt, lookBackDays),
      daysBefore(knownAt, afterDays),
      kinds,
      restOnLiveLoan,
    ];
    await tx.rows(`create temporary table matured on commit drop as ${maturedSql(tx, permit)}`, values);
    const [ended] = await tx.rows<Counted>(END, [knownAt]);
    const [found] = await tx.rows<Counted>(FIND, [knownAt]);
    await tx.rows(END_MONTHS, [knownAt]);
    const [months] = await tx.rows<Counted>(COUNT_MONTHS, [knownAt]);
    return { found: found?.n ?? 0, ended: ended?.n ?? 0, months: months?.n ?? 0 };
  });
}

type Counted = { readonly n: number };

function daysBefore(at: Date, days: number): Date {
  const day = new Date(`${beijingDate(at)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - days - 1);
  return endOfBeijingDate(day.toISOString().slice(0, 10));
}

/** Disclosures carry no record here; the registration is named because a Permit is for something. */
function permitAll(tx: Tx, context: ReturnsContext, caller: Caller): PopulationPermit {
  const knownAt = context.clock.now();
  return decidePopulation(tx, context.policies, {
    caller,
    purpose: 'operate',
    population: { kind: 'all' },
    contracts: [...context.catalogue.contracts.values()].filter(({ id }) => id === 'n01_registration'),
    asOf: { knownAt },
    runId: newId('rtn', knownAt),
  });
}

/**
 * $2 to $3: given in between; $4 kinds; $5 purposes for which a live loan is the use. An application counts by its number on
 * the query too, since one application may have taken several queries.
 */
function maturedSql(tx: Tx, permit: PopulationPermit): string {
  const { knownAt } = permit.asOf;
  const of = (kind: 'use' | 'application' | 'loan' | 'balance') =>
    outcomeRelation(tx, permit, { kind, knownAt, allChannels: true });
  const same = (alias: string) =>
    `${alias}.enterprise_id = d.enterprise_id and ${alias}.institution_id = d.institution`;
  return `
    select d.enterprise_id, d.disclosure_id, d.institution as institution_id, d.platform as platform_id, d.kind,
      d.purpose, d.at as given_at,
      (select min(u.unused_reason) from ${of('use')} u where ${same('u')} and u.disclosure_id = d.disclosure_id) as unused_reason,
      not exists (select from ${of('use')} u where ${same('u')} and u.disclosure_id = d.disclosure_id and u.was_used)
      and not exists (select from ${of('application')} a where ${same('a')}
        and (a.disclosure_id = d.disclosure_id or a.application_no = d.application))
      and not exists (select from ${of('loan')} l where ${same('l')}
        and (l.disclosure_id = d.disclosure_id or l.application_no = d.application))
      and not (d.purpose = any($5) and exists (select from ${of('loan')} l where ${same('l')}
        and l.disbursed_on <= (d.at at time zone 'Asia/Shanghai')::date
        and not exists (select from ${of('balance')} b where ${same('b')} and b.loan_no = l.loan_no
          and b.settled_on < (d.at at time zone 'Asia/Shanghai')::date))) as is_unused
    from ${disclosureRelation(tx, permit)} d
    where d.institution is not null and d.kind = any($4) and d.at > $2 and d.at <= $3 and d.at <= $1`;
}

const END = `
  with done as (
    update returns.unused_queries q set known_to = $1
    from pg_temp.matured m
    where m.enterprise_id = q.enterprise_id and m.disclosure_id = q.disclosure_id and q.known_to = 'infinity'
      and q.known_from < $1 and (not m.is_unused or m.unused_reason is distinct from q.unused_reason)
    returning 1
  ) select count(*)::integer as n from done`;

const FIND = `
  with done as (
    insert into returns.unused_queries
      (enterprise_id, disclosure_id, known_from, institution_id, platform_id, kind, purpose, given_at, unused_reason)
    select m.enterprise_id, m.disclosure_id, $1, m.institution_id, m.platform_id, m.kind, m.purpose, m.given_at,
      m.unused_reason
    from pg_temp.matured m where m.is_unused order by m.enterprise_id
    on conflict (enterprise_id, disclosure_id) where known_to = 'infinity' do nothing
    returning 1
  ) select count(*)::integer as n from done`;

const COUNTED = `
  counted as (
    select institution_id, month, sum(queries)::integer as queries, sum(unused)::integer as unused,
      count(*)::integer as enterprises, max(queries)::integer as largest
    from (
      select institution_id, date_trunc('month', given_at at time zone 'Asia/Shanghai')::date as month, enterprise_id,
        count(*) as queries, count(*) filter (where is_unused) as unused
      from pg_temp.matured group by 1, 2, 3
    ) of_enterprise group by 1, 2
  )`;

/** A month that has partly passed out of the look-back keeps its last count. */
const END_MONTHS = `
  with ${COUNTED}
  update returns.query_months q set known_to = $1
  from counted c
  where c.institution_id = q.institution_id and c.month = q.month and q.known_to = 'infinity' and q.known_from < $1
    and c.queries >= q.queries
    and (c.queries, c.unused, c.enterprises, c.largest) is distinct from (q.queries, q.unused, q.enterprises, q.largest)`;

const COUNT_MONTHS = `
  with ${COUNTED}, done as (
    insert into returns.query_months (institution_id, month, known_from, queries, unused, enterprises, largest)
    select c.institution_id, c.month, $1, c.queries, c.unused, c.enterprises, c.largest from counted c
    on conflict (institution_id, month) where known_to = 'infinity' do nothing
    returning 1
  ) select count(*)::integer as n from done`;
