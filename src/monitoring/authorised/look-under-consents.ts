import { beijingDate, type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { RuleBook } from '../rules/rule.ts';
import { readLiveWatches } from '../watch/watches.ts';
import { contractIdsOf, hasConsent, openLook } from './open-look.ts';
import { type DoneLook, recordLooks } from './record-looks.ts';
import { type FindRequest, readableContracts, tellFound } from './tell-found.ts';

/** What a run looked at under consents. */
export type LookCounts = {
  /** Pairs of enterprise and institution. */
  readonly looks: number;
  readonly signals: number;
  readonly alerts: number;
  /** Watches with a consent under which nothing may be looked at: no admission in force, or a consent to other data. */
  readonly withheld: number;
};

export const NO_LOOKS: LookCounts = { looks: 0, signals: 0, alerts: 0, withheld: 0 };

export type LookRequest = {
  readonly ids: readonly EnterpriseId[];
  /** Of scope `authorised`, on datasets that the node holds. */
  readonly rules: FindRequest['rules'];
  readonly book: RuleBook;
  readonly runId: string;
};

/** Enterprises of one transaction: it holds their consents, so that a revocation waits no longer than these take. */
const LOOK_PAGE = 100;

/**
 * Looks at these enterprises for every institution that watches them under a consent. Each page of them commits with its
 * signals, alerts and the leaf of its looks; run again it finds that nothing is new.
 */
export async function lookUnderConsents(
  context: MonitoringContext,
  request: LookRequest,
): Promise<LookCounts> {
  const { ids, rules } = request;
  let counts = NO_LOOKS;
  if (rules.active.length + rules.shadow.length === 0) return counts;
  for (let at = 0; at < ids.length; at += LOOK_PAGE) {
    const page = { ...request, ids: ids.slice(at, at + LOOK_PAGE) };
    counts = addLooks(counts, await inTransaction(context.database, (tx) => lookAtPage(tx, context, page)));
  }
  return counts;
}

export function addLooks(sum: LookCounts, more: LookCounts): LookCounts {
  return {
    looks: sum.looks + more.looks,
    signals: sum.signals + more.signals,
    alerts: sum.alerts + more.alerts,
    withheld: sum.withheld + more.withheld,
  };
}

async function lookAtPage(
  tx: Tx,
  context: MonitoringContext,
  { ids, rules, book, runId }: LookRequest,
): Promise<LookCounts> {
  const contractIds = contractIdsOf([...rules.active, ...rules.shadow]);
  const watches = (await readLiveWatches(tx, ids, context.clock)).filter(hasConsent);
  const asOf = beijingDate(context.clock.now());
  const done: DoneLook[] = [];
  const counts = { signals: 0, alerts: 0, withheld: 0 };
  for (const watch of watches) {
    const look = await openLook(tx, context, { watch, contractIds });
    const contracts = look === undefined ? [] : readableContracts(look, rules, asOf);
    if (look === undefined || contracts.length === 0) {
      counts.withheld += 1;
      continue;
    }
    const found = await tellFound(tx, context, { look, rules, book, runId });
    counts.signals += found.signals;
    counts.alerts += found.alerts;
    done.push({ look, contracts });
  }
  await recordLooks(tx, context, { runId, looks: done });
  return { ...counts, looks: done.length };
}
