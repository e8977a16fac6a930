import {
  backTestWhitelist,
  listWhitelistVersions,
  proposeWhitelist,
  publishWhitelist,
  pushWhitelist,
  reviewWhitelist,
  runWhitelist,
} from '#evaluation';
import { beijingDate, inTransaction } from '#kernel';
import { authenticate, type DemonstrationAccount } from '#platform';
import type { Caller } from '#security';
import { openWhitelists } from './http/routes/whitelists.ts';
import type { Node } from './node.ts';

/** It asks for no grade, so that it needs no evaluation run before it. */
const LIST = 'steady_honest';
const TESTED_MONTHS = 3;

/**
 * Publishes and pushes one whitelist of the synthetic city, by the same steps and two persons as anyone: back-test →
 * propose → publish → run → review → push. Once: what was published is left to whoever looks after it. Returns whether
 * there was anything to do.
 */
export async function openDemonstrationWhitelist(
  node: Node,
  accounts: readonly DemonstrationAccount[],
): Promise<boolean> {
  const context = openWhitelists(node);
  const { database } = node;
  const versions = await inTransaction(database, (tx) => listWhitelistVersions(tx, LIST));
  if (versions.some(({ state }) => state === 'published')) return false;
  const asked = { caller: await signedIn(node, accounts, 'data'), listId: LIST };
  const horizonDays = context.whitelists.get(LIST)?.definition.backTest.horizonDays ?? 0;
  await backTestWhitelist(context, { ...asked, dates: testedDays(node, horizonDays), knowledge: 'now' });
  if (versions.length === 0) await inTransaction(database, (tx) => proposeWhitelist(tx, context, asked));
  await publishWhitelist(context, { ...asked, caller: await signedIn(node, accounts, 'data2') });
  const { entered } = await runWhitelist(context, asked);
  if (entered === 0) return true; // too small a city for anybody to be on it
  await inTransaction(database, async (tx) => {
    await reviewWhitelist(tx, context, { ...asked, decision: 'accept', reason: '示范城市首批，整批复核' });
    await pushWhitelist(tx, context, asked);
  });
  return true;
}

async function signedIn(
  { database, clock }: Node,
  accounts: readonly DemonstrationAccount[],
  login: string,
): Promise<Caller> {
  const password = accounts.find((account) => account.login === login)?.password ?? '';
  return await authenticate(database, clock, { login, password });
}

/** The latest ends of months whose horizon is over. */
function testedDays({ clock }: Node, horizonDays: number): string[] {
  const latest = new Date(clock.now().getTime() - horizonDays * 86_400_000);
  const [year = 0, month = 0] = beijingDate(latest).split('-').map(Number);
  return Array.from({ length: TESTED_MONTHS }, (_, back) =>
    new Date(Date.UTC(year, month - 1 - back, 0)).toISOString().slice(0, 10),
  );
}
