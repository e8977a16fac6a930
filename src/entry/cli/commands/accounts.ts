import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import { type Act, disableAccount, listAccounts, makeAccount, type Role, setPassword } from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type AddOptions = {
  kind: 'operator' | 'provider' | 'reader';
  role: Role[];
  organisation?: string;
  json?: boolean;
};

/** A city's first accounts; people and institutions get their own identity service with the next release. */
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
    .requiredOption('--kind <kind>', 'operator, provider or reader')
    .option(
      '--role <role...>',
      'data_admin, system_admin, security_admin, audit_admin, deliverer, confirmer',
      [],
    )
    .option('--organisation <name>', 'for a provider: its name as the contracts write it')
    .option('--json', 'one JSON line')
    .description('口令从标准输入读入一行 · the password is one line on standard input')
    .action(async (login: string, options: AddOptions) => {
      const password = await readPassword();
      await withNode({ ...options, duty: 'security_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'manage_accounts', {});
        const account = {
          login,
          password,
          kind: options.kind,
          roles: options.role,
          organisation: options.organisation ?? null,
          enterpriseId: null,
          label: { zh: login, en: login },
          isDemonstration: false,
        };
        await inTransaction(node.database, (tx) => makeAccount(tx, actOf(node, caller), account));
        output.answer({ login, made: true }, () => `账号 ${login} 已建立。`);
      });
    });
  addChanges(accounts);
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
}

function actOf(node: Node, caller: Caller): Act {
  return { by: caller.id, clock: node.clock, keys: node.keys };
}

/** Never as an argument: arguments are visible to every process of the machine. */
async function readPassword(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  process.stderr.write('口令：');
  for await (const line of lines) return line;
  return '';
}
