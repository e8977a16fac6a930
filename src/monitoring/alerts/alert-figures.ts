import { addDays } from '#evaluation';
import { beijingDate, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Contract } from '#lists';
import { type LoanLife, readLoanLives } from '#outcomes';
import { type Caller, decidePopulation, type PolicySet } from '#security';
import { fateAfter, type Lending } from '../life/back-test/loan-fates.ts';
import { type JudgedAlert, judgePrecision } from '../life/floor/judge-precision.ts';
import { RULE_LIFE_LIMITS } from '../life/life-limits.ts';

/**
 * What the alerts came to that name records of one dataset as their evidence; counts alone, no enterprise is in it. An alert
 * on two datasets counts for each of them.
 */
export type AlertFigures = {
  readonly contract: string;
  /** Alerts raised in the month. */
  readonly told: { readonly alerts: number; readonly institutions: number; readonly enterprises: number };
  /** Of the alerts raised in the half-year to the month's end: those that institutions judged, and those that were right. */
  readonly judged: { readonly alerts: number; readonly enterprises: number; readonly hits: number };
  /** Of the same alerts: those after which a loan went bad within the horizon, and the median days to its first bad month end. */
  readonly warned: {
    readonly alerts: number;
    readonly enterprises: number;
    readonly leadDays: number | null;
  };
  /** What institutions said they kept safe by acting, of alerts resolved in the month; fen as text. */
  readonly protected: {
    readonly alerts: number;
    readonly enterprises: number;
    readonly fen: string;
    /** Of the enterprise with the most, for dominance. */
    readonly largestFen: string;
  };
};

export type MonthOfAlerts = {
  /** First day of the half-year by which precision and lead time are judged, Beijing date. */
  readonly judgedFrom: string;
  readonly horizonDays: number;
  readonly datasets: ReadonlyMap<string, AlertFigures>;
};

export type AlertFiguresAsked = {
  readonly caller: Caller;
  readonly policies: PolicySet;
  /** Named because a Permit is for something; loans are read, and no record of it. */
  readonly registration: Contract;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly knownAt: Date;
};

/**
 * Figures of every dataset that alerts of the month rested on, as known at an instant: asked again for the same instant they
 * are the same. Precision is that of `measurePrecisions`: what was recalled is left out, and a false alarm after which a loan
 * went bad was none. Throws `policy.…`.
 */
export async function readAlertFigures(tx: Tx, asked: AlertFiguresAsked): Promise<MonthOfAlerts> {
  const { month, knownAt } = asked;
  const lastDay = lastDayOf(month);
  const judgedFrom = addDays(lastDay, 1 - RULE_LIFE_LIMITS.precisionDays);
  const counted = await tx.rows<Counted>(COUNTS, [`${month}-01`, knownAt]);
  const alerts = await tx.rows<AlertRow>(ALERTS, [judgedFrom, `${month}-01`, knownAt]);
  const lending = await readLending(tx, asked, alerts);
  const datasets = new Map(counted.map((row) => [row.contract, { ...row, ...followUp([], lending) }]));
  for (const [contract, own] of byContract(alerts)) {
    const told = datasets.get(contract) ?? { contract, ...NONE };
    datasets.set(contract, { ...told, ...followUp(own, lending) });
  }
  return { judgedFrom, horizonDays: RULE_LIFE_LIMITS.horizonDays, datasets };
}

type Counted = Pick<AlertFigures, 'contract' | 'told' | 'protected'>;

const NONE = {
  told: { alerts: 0, institutions: 0, enterprises: 0 },
  protected: { alerts: 0, enterprises: 0, fen: '0', largestFen: '0' },
} as const;

type AlertRow = {
  readonly enterprise_id: string;
  readonly raisedAt: Date;
  readonly judgement: JudgedAlert['judgement'] | null;
  readonly contracts: readonly string[];
};
type Alert = Omit<JudgedAlert, 'judgement'> & Pick<AlertRow, 'judgement'>;

function byContract(rows: readonly AlertRow[]): Map<string, Alert[]> {
  const alerts = new Map<string, Alert[]>();
  for (const { enterprise_id, raisedAt, judgement, contracts } of rows) {
    const alert = { enterpriseId: toEnterpriseId(enterprise_id), raisedAt, judgement };
    for (const contract of contracts) {
      const own = alerts.get(contract);
      if (own === undefined) alerts.set(contract, [alert]);
      else own.push(alert);
    }
  }
  return alerts;
}

/** Pure: what became of these alerts. */
function followUp(alerts: readonly Alert[], lending: Lending): Pick<AlertFigures, 'judged' | 'warned'> {
  const judged = alerts.filter((alert): alert is JudgedAlert => alert.judgement !== null);
  const warned = alerts.flatMap((alert) => {
    const day = beijingDate(alert.raisedAt);
    const { horizonDays } = RULE_LIFE_LIMITS;
    const fate = fateAfter(lending.get(alert.enterpriseId) ?? [], { day, horizonDays });
    return fate.state === 'bad' ? [{ ...alert, leadDays: daysBetween(day, fate.badOn) }] : [];
  });
  return {
    judged: {
      alerts: judged.length,
      enterprises: enterprisesOf(judged),
      hits: judgePrecision(judged, lending).hits,
    },
    warned: {
      alerts: warned.length,
      enterprises: enterprisesOf(warned),
      leadDays: medianOf(warned.map(({ leadDays }) => leadDays)),
    },
  };
}

function enterprisesOf(alerts: readonly Pick<Alert, 'enterpriseId'>[]): number {
  return new Set(alerts.map(({ enterpriseId }) => enterpriseId)).size;
}

async function readLending(
  tx: Tx,
  { caller, policies, registration, knownAt }: AlertFiguresAsked,
  alerts: readonly AlertRow[],
): Promise<ReadonlyMap<EnterpriseId, LoanLife[]>> {
  const ids = [...new Set(alerts.map(({ enterprise_id }) => toEnterpriseId(enterprise_id)))];
  if (ids.length === 0) return new Map();
  const permit = decidePopulation(tx, policies, {
    caller,
    purpose: 'operate',
    population: { kind: 'list', ids },
    contracts: [registration],
    asOf: { knownAt },
    runId: 'alert_figures',
  });
  const lives = await readLoanLives(tx, permit, { until: beijingDate(knownAt) });
  return Map.groupBy(lives, ({ enterpriseId }) => enterpriseId);
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

const DAY_MS = 86_400_000;

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

const begins = (day: string): string => `(${day}::date)::timestamp at time zone 'Asia/Shanghai'`;
const monthEnds = (day: string): string => `(${day}::date + interval '1 month') at time zone 'Asia/Shanghai'`;
const stood = (at: string): string => `v.known_from <= ${at} and v.known_to > ${at}`;

/** Datasets that the evidence of a version names, each once. */
const CONTRACTS = `(select coalesce(array_agg(distinct e ->> 'contract'), '{}')
  from jsonb_array_elements(v.evidence) as e) as contracts`;

/** $1 first day of the month, $2 the instant. What was recalled by then was told all the same, and protected nothing. */
const COUNTS = `
  with versions as (
    select a.enterprise_id, a.alert_id, a.institution_id, a.raised_at, v.state, v.known_from, v.protected_fen, ${CONTRACTS}
    from monitoring.alerts a
    join monitoring.alert_versions v
      on v.enterprise_id = a.enterprise_id and v.alert_id = a.alert_id and ${stood('$2')}
    where a.raised_at < ${monthEnds('$1')}
  ), told as (
    select c.contract, count(*)::integer as alerts, count(distinct s.institution_id)::integer as institutions,
      count(distinct s.enterprise_id)::integer as enterprises
    from versions s cross join lateral unnest(s.contracts) as c(contract)
    where s.raised_at >= ${begins('$1')}
    group by 1
  ), of_enterprise as (
    select c.contract, s.enterprise_id, count(*) as alerts, sum(s.protected_fen) as fen
    from versions s cross join lateral unnest(s.contracts) as c(contract)
    where s.state = 'resolved' and s.protected_fen is not null
      and s.known_from >= ${begins('$1')} and s.known_from < ${monthEnds('$1')}
    group by 1, 2
  ), kept as (
    select contract, sum(alerts)::integer as alerts, count(*)::integer as enterprises, sum(fen)::text as fen,
      max(fen)::text as largest
    from of_enterprise group by 1
  )
  select contract,
    jsonb_build_object('alerts', coalesce(t.alerts, 0), 'institutions', coalesce(t.institutions, 0),
      'enterprises', coalesce(t.enterprises, 0)) as told,
    jsonb_build_object('alerts', coalesce(k.alerts, 0), 'enterprises', coalesce(k.enterprises, 0),
      'fen', coalesce(k.fen, '0'), 'largestFen', coalesce(k.largest, '0')) as protected
  from told t full join kept k using (contract)
  order by contract`;

/** $1 to the end of the month of $2, as known at $3; by a record that was wrong nobody was warned. */
const ALERTS = `
  select a.enterprise_id, a.raised_at as "raisedAt", v.judgement, ${CONTRACTS}
  from monitoring.alerts a
  join monitoring.alert_versions v
    on v.enterprise_id = a.enterprise_id and v.alert_id = a.alert_id and ${stood('$3')}
  where a.raised_at >= ${begins('$1')} and a.raised_at < ${monthEnds('$2')} and v.state <> 'recalled'
  order by a.enterprise_id, a.alert_id`;
