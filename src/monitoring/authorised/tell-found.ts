import { beijingDate, type Tx } from '#kernel';
import { raiseAlerts } from '../alerts/raise-alerts.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { Rule, RuleBook } from '../rules/rule.ts';
import { detectOwnSignals, isLookable } from '../signals/detect-own-signals.ts';
import { readStandingAgain } from '../recall/stand-again.ts';
import { recordSignals } from '../signals/record-signals.ts';
import type { Found, SignalRole } from '../signals/signal.ts';
import type { Look } from './open-look.ts';

export type FindRequest = {
  readonly look: Look;
  readonly rules: Readonly<Record<SignalRole, readonly Rule[]>>;
  /** The words of the rules in use. */
  readonly book: RuleBook;
  readonly runId: string;
  /** What becomes of a finding before it is recorded. */
  readonly refine?: (found: Found) => Found;
};

export type FoundCounts = { readonly signals: number; readonly alerts: number };

/**
 * Runs rules of scope `authorised` over what a look may read: detect → record → raise, to the institution of the look alone.
 * All that stands is looked at each time: what is known already is not told again, and a consent given after a record came
 * tells of it too.
 */
export async function tellFound(
  tx: Tx,
  context: MonitoringContext,
  { look, rules, book, runId, refine = (found) => found }: FindRequest,
): Promise<FoundCounts> {
  const { watch, consent, permit } = look;
  const { institutionId } = watch;
  const at = context.clock.now();
  const counts = { signals: 0, alerts: 0 };
  for (const role of ['active', 'shadow'] as const) {
    const asked = { rules: rules[role], asOf: beijingDate(at), since: null, institutionId };
    const range = { dataFrom: consent.dataFrom, dataTo: consent.dataTo };
    const found = refine(await detectOwnSignals(tx, permit, { ...asked, range }));
    const signals = await recordSignals(tx, { found, role, runId, at, institutionId });
    counts.signals += signals.length;
    if (role === 'shadow') continue;
    const again = await readStandingAgain(tx, { found: found.signals, fresh: signals, institutionId });
    if (signals.length + again.length === 0) continue;
    const { raised, upgraded } = await raiseAlerts(tx, context, {
      signals: [...signals, ...again],
      watches: [watch],
      rules: book,
      at,
    });
    counts.alerts += raised + upgraded;
  }
  return counts;
}

/** Datasets of those rules for which the look's Permit and its consent's range of data suffice. */
export function readableContracts(
  { permit, consent }: Look,
  rules: FindRequest['rules'],
  asOf: string,
): string[] {
  const range = { dataFrom: consent.dataFrom, dataTo: consent.dataTo };
  const readable = [...rules.active, ...rules.shadow].filter((rule) =>
    isLookable(permit, rule, { range, asOf }),
  );
  return [...new Set(readable.flatMap(({ contracts }) => contracts))].sort();
}
