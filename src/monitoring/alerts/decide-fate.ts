import type { Signal } from '../signals/signal.ts';
import { gravityOf, type Rule } from '../rules/rule.ts';
import type { Watch } from '../watch/watches.ts';
import { type AlertState, isEnded, type LiveAlert } from './alert-tables.ts';

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
 * post-loan management stands. Of several signals of one fact the gravest. In the order in which cases are locked.
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

/** A fact that was handled is told again only when it became graver; a recalled one when it is found anew. */
export function decideFate(signal: Signal, live: LiveAlert | undefined): Fate {
  if (live === undefined) return 'raise';
  if (live.signalId === signal.signalId) return 'known';
  if (live.state === 'recalled' || live.state === 'lapsed') return 'raise_again';
  return gravityOf(signal.level) > gravityOf(live.level) ? 'upgrade' : 'known';
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
