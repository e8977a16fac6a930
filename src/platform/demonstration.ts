import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FieldCipher, Tx } from '#kernel';
import type { Caller, PolicySet } from '#security';
import { type Act, disableAccount, listAccounts, makeAccount, setPassword } from './accounts.ts';
import { accountCaller } from './callers.ts';
import {
  AGENT_LOGIN,
  type DemonstrationEnterprise,
  type Described,
  describeEnterprisePeople,
  describeOperators,
  describeParticipantPeople,
  describeProvider,
  OFFICER_LOGINS,
  REPRESENTATIVE_LOGIN,
} from './demonstration-people.ts';
import { makeDemonstrationMandates } from './mandates/demonstration-mandates.ts';
import { makeDemonstrationParticipants, type Officers } from './participants/demonstration-participants.ts';
import { findProviderIds } from './participants/read-participants.ts';
import { makeRandomPassword } from './passwords.ts';
import type { PlatformTables } from './tables.ts';

/** One line of what the start prints. */
export type DemonstrationAccount = {
  readonly login: string;
  readonly password: string;
  readonly label: { readonly zh: string; readonly en: string };
};

export type Demonstration = {
  /** Folder of the file that keeps the passwords, so that the next start prints the same. */
  readonly dataFolder: string;
  /** Where models/participants lies. */
  readonly packageFolder: string;
  readonly policies: PolicySet;
  readonly cipher: FieldCipher;
  /** Provider names as contracts write them. */
  readonly providers: { readonly market: string; readonly tax: string };
  /** The enterprise that may look at itself; absent until the register holds one. */
  readonly enterprise: DemonstrationEnterprise | undefined;
};

const FILE = 'demonstration-accounts.json';

/**
 * Makes participants, accounts and mandates of the demonstration, each account with a random password of this
 * installation, or finds those of an earlier start; both file and database end up the same. Only for a node with a
 * synthetic city.
 */
export async function makeDemonstrationAccounts(
  tx: Tx,
  act: Act,
  demonstration: Demonstration,
): Promise<DemonstrationAccount[]> {
  const file = join(demonstration.dataFolder, FILE);
  const kept = readPasswords(file);
  const operators = await openAccounts(tx, act, { wanted: describeOperators(), kept });
  const officers = await findOfficers(tx, act, demonstration.policies);
  await makeDemonstrationParticipants(tx, officers, demonstration.packageFolder);
  const others = await openAccounts(tx, act, { wanted: await describeOthers(tx, demonstration), kept });
  await openMandates(tx, officers, demonstration);
  const accounts = [...operators, ...others];
  await writePasswords(file, {
    ...kept,
    ...Object.fromEntries(accounts.map(({ login, password }) => [login, password])),
  });
  return accounts;
}

async function openAccounts(
  tx: Tx,
  act: Act,
  { wanted, kept }: { wanted: readonly Described[]; kept: Readonly<Record<string, string>> },
): Promise<DemonstrationAccount[]> {
  const known = new Map((await listAccounts(tx)).map((account) => [account.login, account]));
  const opened: DemonstrationAccount[] = [];
  for (const account of wanted) {
    const { login, label } = account;
    const existing = known.get(login);
    if (existing?.isDemonstration === false) continue; // a person's own account of that name is left alone
    const password = kept[login] ?? makeRandomPassword();
    if (existing === undefined) await makeAccount(tx, act, { ...account, password });
    else await followDescription(tx, account);
    if (existing !== undefined && kept[login] === undefined) await setPassword(tx, act, { login, password });
    opened.push({ login, password, label });
  }
  return opened;
}

/** A data folder of an earlier release may hold the same login with fewer duties. */
async function followDescription(tx: Tx, account: Described): Promise<void> {
  const { login, kind, roles, organisation, participantId = null, enterpriseId, label } = account;
  await tx
    .tables<PlatformTables>()
    .updateTable('platform.accounts')
    .set({
      kind,
      roles: [...roles],
      organisation,
      participant_id: participantId,
      enterprise_id: enterpriseId,
    })
    .set({ label_zh: label.zh, label_en: label.en })
    .where('login', '=', login)
    .where('is_demonstration', '=', true)
    .execute();
}

async function describeOthers(tx: Tx, { providers, enterprise }: Demonstration): Promise<Described[]> {
  const ids = await findProviderIds(tx, Object.values(providers));
  const ofProviders = Object.entries(providers).map(([login, organisation]) =>
    describeProvider(login, { organisation, participantId: ids.get(organisation) ?? null }),
  );
  const ofEnterprise = enterprise === undefined ? [] : describeEnterprisePeople(enterprise);
  return [...ofProviders, ...describeParticipantPeople(), ...ofEnterprise];
}

async function findOfficers(tx: Tx, { clock, keys }: Act, policies: PolicySet): Promise<Officers> {
  const [first, second] = OFFICER_LOGINS;
  const parts = { policies, clock, keys };
  return {
    proposer: { ...parts, caller: await findCaller(tx, first) },
    approver: { ...parts, caller: await findCaller(tx, second) },
  };
}

async function openMandates(tx: Tx, officers: Officers, demonstration: Demonstration): Promise<void> {
  const { enterprise, cipher } = demonstration;
  if (enterprise === undefined) return;
  const caller = await findCaller(tx, REPRESENTATIVE_LOGIN);
  await makeDemonstrationMandates(tx, officers, {
    enterpriseId: enterprise.id,
    representative: { login: REPRESENTATIVE_LOGIN, caller },
    agent: { login: AGENT_LOGIN },
    cipher,
  });
}

/** A person of the demonstration acts before anyone has signed in: the city would otherwise begin empty. */
async function findCaller(tx: Tx, login: string): Promise<Caller> {
  const account = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'kind', 'roles', 'organisation', 'participant_id', 'enterprise_id'])
    .where('login', '=', login)
    .where('is_demonstration', '=', true)
    .executeTakeFirst();
  assert(account !== undefined, `the demonstration has an account ${login}`);
  return accountCaller(account);
}

/** A city's node carries none: whatever a database brings along from a demonstration can no longer sign in. */
export async function disableDemonstrationAccounts(tx: Tx, act: Act): Promise<number> {
  const live = (await listAccounts(tx)).filter(
    (account) => account.isDemonstration && account.disabledAt === null,
  );
  for (const { login } of live) await disableAccount(tx, act, login);
  return live.length;
}

function readPasswords(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) return {};
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  assert(typeof content === 'object' && content !== null, `${FILE} is not a map of logins to passwords`);
  return Object.fromEntries(Object.entries(content).map(([login, password]) => [login, String(password)]));
}

/** Written whole and renamed, readable by the node's own user alone. */
async function writePasswords(file: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(passwords, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
