import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import {
  ACCOUNT_KINDS,
  type AccountKind,
  type Act,
  disableAccount,
  linkOutsideAccount,
  listAccounts,
  makeAccount,
  removeSecondFactor,
  type Role,
  ROLES,
  setPassword,
  unlinkOutsideAccount,
} from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type AddOptions = {
  kind: AccountKind;
  role: Role[];
  organisation?: string;
  participant?: string;
  enterprise?: string;
  json?: boolean;
};

/** Accounts of people: of the node, of departments, institutions, platforms and regulators, and of enterprises. */
export function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('账号 · accounts of people who sign in');
  accounts
    .command('list', { isDefault: true })
    .option('--json', 'one JSON line')
    .action(async (options: { json?: boolean }) => {
      await withNode(options, async ({ node, output }) => {
        const rows = await inTransaction(node.database, listAccounts);
        output.answer({ accounts: rows }, () =>
          table(
            ['账号', '类型', '角色', '单位', '状态'],
            rows.map((row) => [
              row.login,
              row.kind,
              row.roles.join(' '),
              row.organisation,
              row.disabledAt === null ? '可用' : '停用',
            ]),
          ),
        );
      });
    });
  accounts
    .command('add')
    .argument('<login>')
    .addOption(new Option('--kind <kind>').choices(ACCOUNT_KINDS).makeOptionMandatory())
    .addOption(new Option('--role <role...>').choices(Object.keys(ROLES)).default([]))
    .option('--organisation <name>', 'for a provider: its name as the contracts write it')
    .option('--participant <id>', 'for an institution, platform or regulator: its id, or that of the office')
    .option('--enterprise <code>', 'for an enterprise: its code')
    .option('--json', 'one JSON line')
    .description('口令从标准输入读入一行 · the password is one line on standard input')
    .action(async (login: string, options: AddOptions) => {
      const password = await readPassword();
      await withNode({ ...options, duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        await inTransaction(node.database, async (tx) => {
          const { enterprise, participant: participantId = null } = options;
          const found = enterprise === undefined ? undefined : await findEnterprise(tx, enterprise);
          await makeAccount(tx, actOf(node, caller), {
            login,
            password,
            kind: options.kind,
            roles: options.role,
            organisation: options.organisation ?? null,
            participantId,
            enterpriseId: found?.enterpriseId ?? null,
            label: { zh: login, en: login },
            isDemonstration: false,
          });
        });
        output.answer({ login, made: true }, () => `账号 ${login} 已建立。`);
      });
    });
  addChanges(accounts);
  addLinks(accounts);
}

function addChanges(accounts: Command): void {
  accounts
    .command('password')
    .argument('<login>')
    .action(async (login: string) => {
      const password = await readPassword();
      await withNode({ duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        await inTransaction(node.database, (tx) => setPassword(tx, actOf(node, caller), { login, password }));
        output.say(`账号 ${login} 的口令已更换，已登录的会话全部失效。`);
      });
    });
  accounts
    .command('disable')
    .argument('<login>')
    .action(async (login: string) => {
      await withNode({ duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        await inTransaction(node.database, (tx) => disableAccount(tx, actOf(node, caller), login));
        output.say(`账号 ${login} 已停用。`);
      });
    });
  accounts
    .command('second-factor-off')
    .argument('<login>')
    .description('手机丢失时解除验证器应用 · take the authenticator of a lost phone from an account')
    .action(async (login: string) => {
      await withNode({ duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        await inTransaction(node.database, (tx) => removeSecondFactor(tx, actOf(node, caller), login));
        output.say(`账号 ${login} 的验证器应用已解除。`);
      });
    });
}

/** Accounts of people who sign in at the city's identity provider. */
function addLinks(accounts: Command): void {
  accounts
    .command('link')
    .argument('<login>')
    .description(
      '关联身份认证中的身份，从标准输入读入一行 · link to the person at the identity provider, named on standard input',
    )
    .action(async (login: string) => {
      const subject = (await readLine('身份标识：')).trim();
      await withNode({ duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        const subjectHash = node.identity.requireOutside().subjectHash(subject);
        await inTransaction(node.database, (tx) =>
          linkOutsideAccount(tx, actOf(node, caller), { login, subjectHash }),
        );
        output.say(`账号 ${login} 已关联。`);
      });
    });
  accounts
    .command('unlink')
    .argument('<login>')
    .action(async (login: string) => {
      await withNode({ duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        await inTransaction(node.database, (tx) => unlinkOutsideAccount(tx, actOf(node, caller), login));
        output.say(`账号 ${login} 的关联已解除，已登录的会话全部失效。`);
      });
    });
}

function actOf({ clock, keys, config }: Node, caller: Caller): Act {
  return { by: caller.id, clock, keys, passwordCharactersMin: config.signIn.passwordCharactersMin };
}

function readPassword(): Promise<string> {
  return readLine('口令：');
}

/** Never as an argument: arguments are visible to every process of the machine. */
async function readLine(prompt: string): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  process.stderr.write(prompt);
  for await (const line of lines) return line;
  return '';
}
