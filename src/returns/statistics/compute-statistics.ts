import assert from 'node:assert';
import type { Tx } from '#kernel';
import { type Contract, populationRelation, relation } from '#lists';
import { readParticipants } from '#platform';
import { type HiddenBecause, type PopulationPermit, suppress } from '#security';
import type { ReturnsRules, Statistic } from '../definition/rules.ts';
import { factsSql } from './facts-sql.ts';

/** The whole city, a district, a type of institution, an institution. */
export const SCOPES = ['city', 'district', 'institution_type', 'institution'] as const;
export type Scope = (typeof SCOPES)[number];

/** One figure. Counts and amounts are text of integers; `value` is in the statistic's unit. */
export type Figure = {
  readonly statistic: string;
  readonly scope: Scope;
  /** `all`, a district as registered, a type, an institution's id. */
  readonly key: string;
  /** Enterprises that it rests on. */
  readonly subjects: number;
  readonly numerator: string;
  readonly denominator: string | null;
  readonly value: number | null;
  readonly hiddenBecause: HiddenBecause | null;
};

type Row = Omit<Figure, 'value' | 'hiddenBecause'> & {
  readonly median: number | null;
  readonly largest: number;
  readonly total: number;
};

/** What the whole register holds, by district; the city is their sum. */
type Register = ReadonlyMap<string, number>;

/**
 * Every statistic of a month in every scope, as known at the Permit's instant: the same instant gives the same figures.
 * Nothing is left out here; what must not be shown says why.
 */
export async function computeStatistics(
  tx: Tx,
  permit: PopulationPermit,
  { rules, registration, month }: { rules: ReturnsRules; registration: Contract; month: string },
): Promise<Figure[]> {
  const { statistics, suppression } = rules.statistics;
  const types = await readTypes(tx, permit, { statistics, month });
  const medians = statistics.filter(({ compute }) => compute.aggregate === 'median').map(({ id }) => id);
  const facts = factsSql(tx, permit, { statistics, knownAt: permit.asOf.knownAt });
  const groups = relation(tx, permit, registration, { fields: ['district'] });
  const rows = await tx.rows<Row>(figuresSql(facts, groups), [`${month}-01`, JSON.stringify(types), medians]);
  const register = await readRegister(tx, permit, registration);
  const parentOf = (key: string): string => types.find(({ id }) => id === key)?.type ?? UNKNOWN;
  return statistics.flatMap((statistic) => {
    const own = rows.filter((row) => row.statistic === statistic.id);
    const hidden = suppress(
      own.map((row) => cellOf(row, parentOf)),
      suppression,
    );
    return own.map(({ median, largest: _largest, total: _total, ...row }) => ({
      ...row,
      ...valueOf(statistic, { ...row, median }, register),
      hiddenBecause: hidden.get(idOf(row)) ?? null,
    }));
  });
}

/** District or type of which nothing is known. */
export const UNKNOWN = 'unknown';

type InstitutionType = { readonly id: string; readonly type: string };

/** Types of the institutions that reported anything of the month. */
async function readTypes(
  tx: Tx,
  permit: PopulationPermit,
  { statistics, month }: { statistics: readonly Statistic[]; month: string },
): Promise<InstitutionType[]> {
  const facts = factsSql(tx, permit, { statistics, knownAt: permit.asOf.knownAt });
  const rows = await tx.rows<{ institution_id: string }>(
    `with ${facts} select distinct institution_id from facts order by 1`,
    [`${month}-01`],
  );
  const ids = rows.map(({ institution_id }) => institution_id);
  const known = await readParticipants(tx, ids);
  return ids.map((id) => ({ id, type: known.get(id)?.institutionType ?? UNKNOWN }));
}

/** $1 month, $2 types of institutions as JSON, $3 statistics whose value is a median. */
function figuresSql(facts: string, groups: string): string {
  return `
    with ${facts}, types as (
      select id, type from jsonb_to_recordset($2::jsonb) as t(id text, type text)
    ), districts as (
      select distinct on (g.enterprise_id) g.enterprise_id, g.district from ${groups} g
      where g.enterprise_id in (select enterprise_id from facts)
      order by g.enterprise_id, g.known_from desc, g.delivery_no desc, g.row_no
    ), scoped as (
      select f.statistic, f.enterprise_id, f.num, f.den, s.scope, s.key
      from facts f
      left join districts d on d.enterprise_id = f.enterprise_id
      left join types t on t.id = f.institution_id
      cross join lateral (values ('city', 'all'), ('district', coalesce(d.district, '${UNKNOWN}')),
        ('institution_type', coalesce(t.type, '${UNKNOWN}')), ('institution', f.institution_id)) as s(scope, key)
    ), of_enterprise as (
      select statistic, scope, key, enterprise_id, sum(num) as num, sum(den) as den, count(*) as facts
      from scoped group by 1, 2, 3, 4
    ), medians as (
      select statistic, scope, key, (percentile_disc(0.5) within group (order by num))::float8 as median
      from scoped where statistic = any($3) group by 1, 2, 3
    )
    select o.statistic, o.scope, o.key, count(*)::integer as subjects, sum(o.num)::text as numerator,
      sum(o.den)::text as denominator, m.median,
      max(case when m.median is null then coalesce(o.den, o.num) else o.facts end)::float8 as largest,
      sum(case when m.median is null then coalesce(o.den, o.num) else o.facts end)::float8 as total
    from of_enterprise o left join medians m using (statistic, scope, key)
    group by o.statistic, o.scope, o.key, m.median
    order by o.statistic, o.scope, o.key`;
}

async function readRegister(tx: Tx, permit: PopulationPermit, registration: Contract): Promise<Register> {
  const rows = await tx.rows<{ district: string; n: number }>(
    `select coalesce(r.district, '${UNKNOWN}') as district, count(*)::integer as n
     from ${populationRelation(tx, permit)} e
     left join (
       select distinct on (g.enterprise_id) g.enterprise_id, g.district
       from ${relation(tx, permit, registration, { fields: ['district'] })} g
       order by g.enterprise_id, g.known_from desc, g.delivery_no desc, g.row_no
     ) r on r.enterprise_id = e.enterprise_id
     group by 1`,
  );
  return new Map(rows.map(({ district, n }) => [district, n]));
}

type Counted = Pick<Row, 'scope' | 'key' | 'subjects' | 'numerator' | 'denominator' | 'median'>;

function valueOf(
  { compute }: Statistic,
  row: Counted,
  register: Register,
): Pick<Figure, 'numerator' | 'denominator' | 'value'> {
  const { subjects, numerator, denominator } = row;
  const enterprises = String(subjects);
  switch (compute.aggregate) {
    case 'enterprises':
      return { numerator: enterprises, denominator: null, value: subjects };
    case 'share_of_register': {
      const whole = registered(register, row);
      return { numerator: enterprises, denominator: String(whole), value: ratio(enterprises, String(whole)) };
    }
    case 'median':
      return { numerator, denominator: null, value: row.median };
    case 'count':
    case 'sum':
      return { numerator, denominator: null, value: Number(numerator) };
    case 'share':
    case 'weighted_mean':
      assert(denominator !== null, 'a ratio has what it is divided by');
      return { numerator, denominator, value: ratio(numerator, denominator) };
  }
}

function registered(register: Register, { scope, key }: Counted): number {
  if (scope === 'district') return register.get(key) ?? 0;
  return [...register.values()].reduce((sum, n) => sum + n, 0);
}

/** To six places; null: nothing to divide by. */
function ratio(numerator: string, denominator: string): number | null {
  const whole = Number(denominator);
  return whole === 0 ? null : Math.round((Number(numerator) / whole) * 1e6) / 1e6;
}

function idOf({ scope, key }: Pick<Row, 'scope' | 'key'>): string {
  return `${scope}:${key}`;
}

/** Districts and types are two breakdowns of the city, institutions are parts of their type. */
function cellOf(row: Row, typeOf: (institution: string) => string) {
  const { scope, key, subjects, largest, total } = row;
  const parents: Readonly<Record<Scope, string | null>> = {
    city: null,
    district: 'city:all',
    institution_type: 'city:all',
    institution: `institution_type:${typeOf(key)}`,
  };
  return { id: idOf(row), parent: parents[scope], breakdown: scope, subjects, largest, total };
}
