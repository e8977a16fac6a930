import { join } from 'node:path';
import type { DemonstrationAccount } from '#platform';
import {
  answerDemonstrationAlert,
  handleDemonstrationAlerts,
  listBankAlerts,
  runDemonstrationRules,
} from './demonstration-alerts.ts';
import type { CasePasswords } from './demonstration-case-people.ts';
import { readKept, writeKept } from './demonstration-kept.ts';
import { layDownLending } from './demonstration-lending.ts';
import type { Node } from './node.ts';
import { runReturns } from './returns.ts';

const FILE = 'demonstration-market.json';

/** Sign-ins of the lenders' people, and the alert that its enterprise answered. */
type Kept = { readonly passwords: CasePasswords; readonly answered?: string };

/**
 * What a market adds to the collected city, by the same functions as anyone: loans reported → rules run → the bank's first
 * alerts handled, one answered by its enterprise → the month before sealed. Each step looks for what is missing, so that a
 * start after one that was cut off goes on where it was; `signal` ends it between two steps. Returns what there was to say.
 */
export async function openDemonstrationMarket(
  node: Node,
  accounts: readonly DemonstrationAccount[],
  signal: AbortSignal,
): Promise<{ readonly borrowers: number; readonly alerts: number }> {
  const file = join(node.config.dataFolder, FILE);
  const kept = readKept(file) as Kept | undefined; // our own file
  const passwords = { ...kept?.passwords };
  const borrowers = await layDownLending(node, { passwords, signal });
  if (borrowers > 0) await writeKept(file, { ...kept, passwords });
  if (signal.aborted) return { borrowers, alerts: 0 };
  const before = await listBankAlerts(node, accounts);
  if (borrowers > 0 || before.length === 0) await runDemonstrationRules(node);
  if (signal.aborted) return { borrowers, alerts: 0 };
  const alerts = await listBankAlerts(node, accounts);
  await handleDemonstrationAlerts(node, accounts, alerts);
  const [first] = alerts;
  if (first !== undefined && kept?.answered === undefined) {
    await answerDemonstrationAlert(node, passwords, first);
    await writeKept(file, { passwords, answered: first.alertId });
  }
  if (!signal.aborted) await runReturns(node);
  return { borrowers, alerts: alerts.length - before.length };
}
