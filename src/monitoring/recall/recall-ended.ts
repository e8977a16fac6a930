import { beijingDate, type EnterpriseId, newId, type Tx } from '#kernel';
import { type Contract, readKnownAt, relation } from '#lists';
import { systemCaller } from '#platform';
import { type Caller, decidePopulation, type PopulationPermit } from '#security';
import {
  LIVE_ALERTS_OF_MANY,
  type LiveRow,
  type NextVersion,
  toLiveAlert,
  writeVersions,
} from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { type GoingOn, readGoingOn } from '../alerts/going-on.ts';
import { changeAlert, takeAlerts } from '../alerts/move-alerts.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { Rule, RuleBook } from '../rules/rule.ts';
import { detectSignals, ofKind } from '../signals/detect-signals.ts';
import { episodeKey } from '../signals/episodes.ts';
import { readEpisodes } from '../signals/read-episodes.ts';
import type { FoundSignal, SignalEvidence } from '../signals/signal.ts';
import { type Recall, recallThese } from './recall-alerts.ts';

export type EndedRequest = {
  readonly enterpriseIds: readonly EnterpriseId[];
  /** The rules that are in use: an alert whose fact they still find stands. */
  readonly rules: RuleBook;
};

/**
 * After deliveries and marks: finds alerts of these enterprises that rest on a version of a record that does not stand any
 * more. Where the rule finds the same fact in what stands now, the alert goes on and rests on that; where it does not, the
 * alert is recalled. Returns how many were recalled. Run again it finds nothing. Alerts under a consent are recalled
 * through the record, by `recallAlerts`, since nobody may look at what is behind them without it.
 */
export async function recallEnded(
  tx: Tx,
  context: MonitoringContext,
  { enterpriseIds, rules }: EndedRequest,
): Promise<number> {
  const goingOn = await readGoingOn(tx, enterpriseIds);
  const alerts = await readResting(tx, goingOn.members);
  if (alerts.length === 0) return 0;
  const caller = systemCaller('monitoring');
  const behind = rulesOf(alerts, rules);
  const permit = await permitFor(tx, context, { caller, alerts, rules: behind, ids: goingOn.members });
  const gone = await findGone(tx, context, { permit, alerts });
  if (gone.length === 0) return 0;
  const found = await findAgain(tx, context, { permit, gone, rules: behind, goingOn });
  await renew(tx, context, { gone, found });
  const goesOn = await readGoingEpisodes(tx, { rules: behind, goingOn });
  const recalls = gone.filter(({ alert }) => !found.has(alert.alertId) && !goesOn(alert)).map(toRecall);
  return (await recallThese(tx, context, { caller, recalls })).recalls;
}

/** An alert, and the first piece of its evidence that stands no more. */
type Gone = { readonly alert: LiveAlert; readonly evidence: SignalEvidence };

async function readResting(tx: Tx, members: readonly EnterpriseId[]): Promise<LiveAlert[]> {
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERTS_OF_MANY} where a.enterprise_id = any($1::bigint[]) and v.state not in ('recalled', 'lapsed')
       and v.consent_id is null and v.evidence <> '[]'
     order by a.enterprise_id, a.institution_id, a.alert_id`,
    [members],
  );
  return rows.map(toLiveAlert);
}

function rulesOf(alerts: readonly LiveAlert[], { rules }: RuleBook): Rule[] {
  const ids = [...new Set(alerts.map(({ ruleId }) => ruleId))].sort();
  return ids.flatMap((id): readonly Rule[] => {
    const rule = rules.get(id);
    return rule?.scope === 'public' ? [rule] : [];
  });
}

type Permitting = {
  readonly caller: Caller;
  readonly alerts: readonly LiveAlert[];
  readonly rules: readonly Rule[];
  readonly ids: readonly EnterpriseId[];
};

async function permitFor(
  tx: Tx,
  context: MonitoringContext,
  { caller, alerts, rules, ids }: Permitting,
): Promise<PopulationPermit> {
  const contracts = contractsOf(context, [
    ...alerts.flatMap(({ evidence }) => evidence.map(({ contract }) => contract)),
    ...rules.flatMap((rule) => rule.contracts),
  ]);
  const knownAt = await readKnownAt(
    tx,
    contracts.map(({ id }) => id),
  );
  return decidePopulation(tx, context.policies, {
    caller,
    purpose: 'monitoring',
    population: { kind: 'list', ids },
    contracts,
    asOf: { knownAt },
    runId: newId('mon', context.clock.now()),
  });
}

function contractsOf({ catalogue }: MonitoringContext, ids: readonly string[]): Contract[] {
  return [...new Set(ids)].sort().flatMap((id): readonly Contract[] => {
    const contract = catalogue.contracts.get(id);
    return contract === undefined ? [] : [contract];
  });
}

/** Alerts of which any record behind stands no more: ended by a delivery, or withheld by a mark in force today. */
async function findGone(
  tx: Tx,
  context: MonitoringContext,
  { permit, alerts }: { readonly permit: PopulationPermit; readonly alerts: readonly LiveAlert[] },
): Promise<Gone[]> {
  const named = alerts.flatMap((alert) => alert.evidence.map((evidence) => ({ alert, evidence })));
  const gone = new Map<string, Gone>();
  for (const [id, own] of Map.groupBy(named, ({ evidence }) => evidence.contract)) {
    const [contract] = contractsOf(context, [id]);
    if (contract === undefined || permit.fields(id).length === 0) continue;
    const places = await readGonePlaces(
      tx,
      { permit, contract },
      own.map(({ evidence }) => evidence),
    );
    for (const place of places) {
      const one = own[place];
      if (one !== undefined) gone.set(one.alert.alertId, one);
    }
  }
  return [...gone.values()];
}

/** Instants come back from the database cut to milliseconds. */
async function readGonePlaces(
  tx: Tx,
  { permit, contract }: { readonly permit: PopulationPermit; readonly contract: Contract },
  evidence: readonly SignalEvidence[],
): Promise<number[]> {
  const rows = await tx.rows<{ place: number }>(
    `select e.place::integer - 1 as place
     from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) with ordinality as e (delivery_no, row_no, known_from, place)
     where not exists (select from ${relation(tx, permit, contract, { fields: [] })} r
       where r.delivery_no = e.delivery_no and r.row_no = e.row_no and r.known_from >= e.known_from
         and r.known_from < e.known_from + interval '1 millisecond')`,
    [
      evidence.map(({ deliveryNo }) => deliveryNo),
      evidence.map(({ rowNo }) => rowNo),
      evidence.map(({ knownFrom }) => knownFrom),
    ],
  );
  return rows.map(({ place }) => place);
}

type Again = {
  readonly permit: PopulationPermit;
  readonly gone: readonly Gone[];
  readonly rules: readonly Rule[];
  readonly goingOn: GoingOn;
};

/**
 * What the rules find in what stands now, by alert. Of an event the same fact; of a value that the threshold is crossed,
 * since its episode goes on from its own first day.
 */
async function findAgain(
  tx: Tx,
  { clock }: MonitoringContext,
  { permit, gone, rules, goingOn }: Again,
): Promise<ReadonlyMap<string, FoundSignal>> {
  const used = new Set(gone.map(({ alert }) => alert.ruleId));
  const again = rules.filter(({ id }) => used.has(id));
  const enterpriseIds = [...new Set(gone.map(({ alert }) => goingOn.of(alert.enterpriseId)))];
  const asOf = beijingDate(clock.now());
  const request = { rules: again, enterpriseIds, asOf, since: null, states: new Map() };
  const { signals } = await detectSignals(tx, permit, request);
  const events = new Set(again.filter(({ kind }) => kind === 'event').map(({ id }) => id));
  const isSame = ({ enterpriseId, ruleId, fact }: LiveAlert, signal: FoundSignal): boolean =>
    goingOn.of(enterpriseId) === signal.enterpriseId &&
    ruleId === signal.ruleId &&
    (!events.has(ruleId) || fact === signal.fact);
  return new Map(
    gone.flatMap(({ alert }): [string, FoundSignal][] => {
      const signal = signals.find((one) => isSame(alert, one));
      return signal === undefined ? [] : [[alert.alertId, signal]];
    }),
  );
}

/** Whether the episode of a value is still under way: between the two thresholds nothing is found anew, and it goes on. */
async function readGoingEpisodes(
  tx: Tx,
  { rules, goingOn }: { readonly rules: readonly Rule[]; readonly goingOn: GoingOn },
): Promise<(alert: LiveAlert) => boolean> {
  const valued = [...ofKind(rules, 'threshold'), ...ofKind(rules, 'silence')];
  const enterpriseIds = [...new Set(goingOn.members.map((id) => goingOn.of(id)))];
  const episodes = await readEpisodes(tx, { rules: valued, enterpriseIds });
  return ({ ruleId, enterpriseId }) =>
    episodes.get(episodeKey({ ruleId, enterpriseId: goingOn.of(enterpriseId) }))?.clearedOn === null;
}

/** An alert whose fact still stands rests from now on on the records that say so. */
async function renew(
  tx: Tx,
  { clock }: MonitoringContext,
  { gone, found }: { readonly gone: readonly Gone[]; readonly found: ReadonlyMap<string, FoundSignal> },
): Promise<void> {
  const standing = gone.filter(({ alert }) => found.has(alert.alertId)).map(({ alert }) => alert);
  const taken = await takeAlerts(tx, standing);
  const versions = taken.flatMap((alert): NextVersion[] => {
    const signal = found.get(alert.alertId);
    if (signal === undefined || alert.state === 'recalled') return [];
    const { evidence, isDisputed, occurredOn, knownAt: signalKnownAt } = signal;
    return [changeAlert(alert, { evidence, isDisputed, occurredOn, signalKnownAt, cause: 'renewed' })];
  });
  await writeVersions(tx, versions, clock.now());
}

function toRecall({ alert, evidence: { contract, deliveryNo, rowNo } }: Gone): Recall {
  return { alert, contract, record: { deliveryNo, rowNo }, reason: 'corrected' };
}
