import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { RuleBook } from '../rules/rule.ts';
import type { Signal } from '../signals/signal.ts';
import type { Watch } from '../watch/watches.ts';
import {
  insertAlerts,
  LIVE_ALERT,
  type LiveRow,
  lockAlerts,
  toLiveAlert,
  writeVersions,
} from './alert-sql.ts';
import { type LiveAlert, MONITORING } from './alert-tables.ts';
import { decideFate, keyOfFact, type Pairing, pairSignals } from './decide-fate.ts';
import { dropEmptyCases, keyOfPair, type OpenCase, openCases } from './lock-cases.ts';
import { nextVersion, type Telling } from './next-version.ts';
import { recordTellings, sendTellings } from './tell-institutions.ts';

export type Raising = {
  readonly signals: readonly Signal[];
  /** Live at this instant, see `readLiveWatches`: nobody else is told. */
  readonly watches: readonly Watch[];
  readonly rules: RuleBook;
  readonly at: Date;
};

/**
 * In the caller's transaction, which recorded the signals: an alert for every watch of the enterprise whose institution may
 * have it, in the one open case of institution and enterprise. A fact is told once; one that became graver is told as a new
 * version of its alert; one that was recalled and is found anew is told again. Messages, leaf and disclosures commit together
 * with it. Two transactions with the same fact make one alert: the second waits for the case and then finds it told.
 */
export async function raiseAlerts(
  tx: Tx,
  context: MonitoringContext,
  { signals, watches, rules, at }: Raising,
): Promise<{ raised: number; upgraded: number; cases: number }> {
  const pairings = await leaveOutKnown(tx, pairSignals(signals, watches, rules));
  if (pairings.length === 0) return { raised: 0, upgraded: 0, cases: 0 };
  const cases = await openCases(tx, distinctPairs(pairings), at);
  const tellings = decideTellings(pairings, { cases, live: await lockKnown(tx, pairings) });
  const recorded = await recordTellings(tx, context, { tellings, rules, at });
  const versions = tellings.map((telling, n) => {
    const told = recorded[n];
    assert(told !== undefined, 'each telling has its leaf and disclosure');
    return nextVersion(telling, told, { terms: context.handling, at, by: MONITORING });
  });
  const first = versions.filter(({ versionNo }) => versionNo === 1);
  const inserted = await insertAlerts(tx, first, at);
  assert.equal(inserted.size, first.length, 'whoever holds the case is the only one to raise in it');
  await writeVersions(tx, versions, at);
  await sendTellings(tx, { versions, at });
  const used = new Set(versions.map(({ caseId }) => caseId));
  const opened = [...cases.values()].filter(({ isNew }) => isNew);
  await dropEmptyCases(
    tx,
    opened.filter(({ caseId }) => !used.has(caseId)),
  );
  const upgraded = tellings.filter(({ fate }) => fate === 'upgrade').length;
  return {
    raised: tellings.length - upgraded,
    upgraded,
    cases: opened.filter(({ caseId }) => used.has(caseId)).length,
  };
}

/** Most facts of a sweep are told already: these open no case and wait for nobody. */
async function leaveOutKnown(tx: Tx, pairings: readonly Pairing[]): Promise<Pairing[]> {
  const live = byFact(await readByFact(tx, pairings));
  return pairings.filter((pairing) => decideFate(pairing.signal, live.get(keyOf(pairing))) !== 'known');
}

async function lockKnown(tx: Tx, pairings: readonly Pairing[]): Promise<ReadonlyMap<string, LiveAlert>> {
  return byFact(await lockAlerts(tx, await readByFact(tx, pairings)));
}

function decideTellings(
  pairings: readonly Pairing[],
  {
    cases,
    live,
  }: { readonly cases: ReadonlyMap<string, OpenCase>; readonly live: ReadonlyMap<string, LiveAlert> },
): Telling[] {
  return pairings.flatMap((pairing) => {
    const before = live.get(keyOf(pairing));
    const fate = decideFate(pairing.signal, before);
    if (fate === 'known') return [];
    const open = cases.get(keyOfPair(pairing.watch));
    assert(open !== undefined, 'each pair has its open case');
    return [{ pairing, fate, before, caseId: open.caseId }];
  });
}

async function readByFact(tx: Tx, pairings: readonly Pairing[]): Promise<LiveAlert[]> {
  if (pairings.length === 0) return [];
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where (a.enterprise_id, a.institution_id, a.rule_id, a.fact)
       in (select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]))`,
    [
      pairings.map(({ signal }) => signal.enterpriseId),
      pairings.map(({ watch }) => watch.institutionId),
      pairings.map(({ signal }) => signal.ruleId),
      pairings.map(({ signal }) => signal.fact),
    ],
  );
  return rows.map(toLiveAlert);
}

function byFact(alerts: readonly LiveAlert[]): ReadonlyMap<string, LiveAlert> {
  return new Map(alerts.map((alert) => [keyOfFact(alert), alert]));
}

function keyOf({ watch, signal }: Pairing): string {
  return keyOfFact({ ...signal, institutionId: watch.institutionId });
}

function distinctPairs(pairings: readonly Pairing[]): Watch[] {
  return [...new Map(pairings.map(({ watch }) => [keyOfPair(watch), watch])).values()];
}
