import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnterpriseId, Tx } from '#kernel';
import {
  type Act,
  disableAccount,
  listAccounts,
  makeAccount,
  type NewAccount,
  setPassword,
} from './accounts.ts';
import { makeRandomPassword } from './passwords.ts';

/** One line of what the start prints. */
export type DemonstrationAccount = {
  readonly login: string;
  readonly password: string;
  readonly label: { readonly zh: string; readonly en: string };
};

export type Demonstration = {
  /** Folder of the file that keeps the passwords, so that the next start prints the same. */
  readonly dataFolder: string;
  /** Provider names as contracts write them. */
  readonly providers: { readonly market: string; readonly tax: string };
  /** The enterprise that may look at itself; absent until the register holds one. */
  readonly enterprise: { readonly id: EnterpriseId; readonly name: string } | undefined;
};

const FILE = 'demonstration-accounts.json';

/**
 * Makes the accounts of the demonstration, each with a random password of this installation, or finds those of an
 * earlier start; both file and database end up the same. Only for a node with a synthetic city.
 */
export async function makeDemonstrationAccounts(
  tx: Tx,
  act: Act,
  demonstration: Demonstration,
): Promise<DemonstrationAccount[]> {
  const wanted = describe(demonstration);
  const file = join(demonstration.dataFolder, FILE);
  const kept = readPasswords(file);
  const accounts = wanted.map((account) => ({
    ...account,
    password: kept[account.login] ?? makeRandomPassword(),
  }));
  const known = new Set((await listAccounts(tx)).map(({ login }) => login));
  for (const account of accounts) {
    const isKept = kept[account.login] !== undefined;
    if (!known.has(account.login)) await makeAccount(tx, act, account);
    else if (!isKept) await setPassword(tx, act, account);
  }
  await writePasswords(file, {
    ...kept,
    ...Object.fromEntries(accounts.map(({ login, password }) => [login, password])),
  });
  return accounts.map(({ login, password, label }) => ({ login, password, label }));
}

/** A city's node carries none: whatever a database brings along from a demonstration can no longer sign in. */
export async function disableDemonstrationAccounts(tx: Tx, act: Act): Promise<number> {
  const live = (await listAccounts(tx)).filter(
    (account) => account.isDemonstration && account.disabledAt === null,
  );
  for (const { login } of live) await disableAccount(tx, act, login);
  return live.length;
}

type Described = Omit<NewAccount, 'password'>;

function describe({ providers, enterprise }: Demonstration): Described[] {
  const accounts: Described[] = [
    operator('data', 'data_admin', { zh: '节点数据管理员', en: 'Data administrator of the node' }),
    operator('security', 'security_admin', { zh: '安全管理员', en: 'Security administrator' }),
    operator('audit', 'audit_admin', { zh: '审计员', en: 'Auditor' }),
    provider('market', providers.market),
    provider('tax', providers.tax),
    {
      ...BASE,
      login: 'bank',
      kind: 'reader',
      organisation: '示范银行',
      label: { zh: '示范银行查询员', en: 'Inquirer of a demonstration bank' },
    },
  ];
  return enterprise === undefined ? accounts : [...accounts, ofEnterprise(enterprise)];
}

const BASE = { roles: [], organisation: null, enterpriseId: null, isDemonstration: true } as const;

function operator(login: string, role: NewAccount['roles'][number], label: NewAccount['label']): Described {
  return { ...BASE, login, kind: 'operator', roles: [role], label };
}

function provider(login: string, organisation: string): Described {
  return {
    ...BASE,
    login,
    kind: 'provider',
    roles: ['deliverer', 'confirmer'],
    organisation,
    label: { zh: `${organisation}（数据提供单位）`, en: `Provider ${organisation}` },
  };
}

function ofEnterprise({ id, name }: { id: EnterpriseId; name: string }): Described {
  return {
    ...BASE,
    login: 'enterprise',
    kind: 'enterprise',
    enterpriseId: id,
    label: { zh: `${name}（信息主体）`, en: `Enterprise ${name}` },
  };
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
