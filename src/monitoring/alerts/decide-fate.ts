import type { Signal } from '../signals/signal.ts';
import { gravityOf, type Rule } from '../rules/rule.ts';
import type { Watch } from '../watch/watches.ts';
import { type AlertState, isEnded, type LiveAlert, MONITORING } from './alert-tables.ts';

/** One signal that one institution is to be told. */
export type Pairing = {
  readonly watch: Watch;
  readonly signal: Signal;
  /** The consent that it rests on; null: public records alone. */
  readonly consentId: string | null;
};

/** What becomes of a pairing: a new alert, a graver version, a recalled one that holds again, or nothing new. */
export type Fate = 'raise' | 'upgrade' | 'raise_again' | 'known';

/**
 * Who is told what: each signal goes to every watch of its enterprise, one on authorised data only where a consent for
 * post-loan management stands, and only the institution under whose consent it was found. Of several signals of one fact the
 * gravest. In the order in which cases are locked.
 */
export function pairSignals(
  signals: readonly Signal[],
  watches: readonly Watch[],
  { rules }: { readonly rules: ReadonlyMap<string, Pick<Rule, 'scope'>> },
): Pairing[] {
  const byEnterprise = Map.groupBy(watches, ({ enterpriseId }) => enterpriseId);
  const gravest = new Map<string, Pairing>();
  for (const signal of signals) {
    const isAuthorised = rules.get(signal.ruleId)?.scope !== 'public';
    for (const watch of byEnterprise.get(signal.enterpriseId) ?? []) {
      if (isAuthorised && watch.consentId === null) continue;
      if (signal.institutionId !== undefined && signal.institutionId !== watch.institutionId) continue;
      const key = keyOfFact({ ...signal, institutionId: watch.institutionId });
      const other = gravest.get(key);
      if (other !== undefined && gravityOf(other.signal.level) >= gravityOf(signal.level)) continue;
      gravest.set(key, { watch, signal, consentId: isAuthorised ? watch.consentId : null });
    }
  }
  return [...gravest.values()].sort(byCase);
}

type FactKey = Pick<LiveAlert, 'enterpriseId' | 'institutionId' | 'ruleId' | 'fact'>;

/** What an alert is the same by. */
export function keyOfFact({ enterpriseId, institutionId, ruleId, fact }: FactKey): string {
  return [enterpriseId, institutionId, ruleId, fact].join('|');
}

/** A fact that was handled is told again only when it became graver; a recalled one when it stands again. */
export function decideFate(signal: Signal, live: LiveAlert | undefined): Fate {
  if (live === undefined) return 'raise';
  if (live.state === 'recalled' || live.state === 'lapsed')
    return isFoundAnew(signal, live) ? 'raise_again' : 'known';
  if (live.signalId === signal.signalId) return 'known';
  return gravityOf(signal.level) > gravityOf(live.level) ? 'upgrade' : 'known';
}

/**
 * Whether what was found is more than what had ended: a graver finding, or a version of a record that became known after
 * all that the alert rested on. What the node itself recalled, because no record stood behind it, holds again as soon as
 * one stands, be it the same one without its mark; what a person recalled does not come back by itself.
 */
export function isFoundAnew(
  signal: Signal,
  ended: Pick<LiveAlert, 'state' | 'signalId' | 'signalKnownAt' | 'saidBy'>,
): boolean {
  return (
    ended.signalId !== signal.signalId ||
    signal.knownAt > ended.signalKnownAt ||
    (ended.state === 'recalled' && ended.saidBy === MONITORING)
  );
}

/** Handling goes on where it was; what had been finished, or put off, begins anew at the higher level. */
export function stateAfterUpgrade(state: AlertState): AlertState {
  return isEnded(state) || state === 'snoozed' ? 'raised' : state;
}

function byCase(one: Pairing, other: Pairing): number {
  const [a, b] = [BigInt(one.watch.enterpriseId), BigInt(other.watch.enterpriseId)];
  if (a !== b) return a < b ? -1 : 1;
  return one.watch.institutionId < other.watch.institutionId ? -1 : 1;
}
