import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import { disableClient, listClients, registerClient, rotateClientKey } from '#platform';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';

type Json = { json?: boolean };
type RegisterOptions = Json & { participant: string; key: string; label?: string; redirect: string[] };
type RotateOptions = Json & { key?: string; retire?: string };

/** Programs of institutions and platforms; each holds its private key itself and hands in the public one. */
export function addClients(program: Command): void {
  const clients = program.command('clients').description('接口客户端 · programs that call the interface');
  clients
    .command('list', { isDefault: true })
    .option('--participant <id>', 'of this institution or platform')
    .option('--json', 'one JSON line')
    .action(async (options: Json & { participant?: string }) => {
      await withNode({ ...options, duty: 'security_admin' }, async (context) => {
        const rows = await inTransaction(context.node.database, (tx) =>
          listClients(tx, actingOf(context), options.participant),
        );
        context.output.answer({ clients: rows }, () =>
          table(
            ['客户端', '参与方', '名称', '有效密钥', '状态'],
            rows.map(({ clientId, participantId, label, keys, disabledAt }) => [
              clientId,
              participantId,
              label,
              String(keys.filter(({ retiredAt }) => retiredAt === null).length),
              disabledAt === null ? '可用' : '停用',
            ]),
          ),
        );
      });
    });
  addRegister(clients);
  addRotate(clients);
  clients
    .command('disable')
    .argument('<client>')
    .option('--json', 'one JSON line')
    .action(async (clientId: string, options: Json) => {
      await withNode({ ...options, duty: 'security_admin' }, async (context) => {
        await inTransaction(context.node.database, (tx) => disableClient(tx, actingOf(context), clientId));
        context.output.answer({ clientId, disabled: true }, () => `客户端 ${clientId} 已停用。`);
      });
    });
}

function addRegister(clients: Command): void {
  clients
    .command('register')
    .argument('<client>')
    .requiredOption('--participant <id>', 'the institution or platform it belongs to')
    .requiredOption('--key <file>', 'public JWK, or a set of them')
    .option('--label <text>', 'what people call it; default: the client id')
    .option('--redirect <url...>', 'where browsers come back to; none: consents by API alone', [])
    .option('--json', 'one JSON line')
    .action(async (clientId: string, options: RegisterOptions) => {
      const keys: unknown = await readJson(options.key);
      const { participant: participantId, label = clientId, redirect: redirectUris } = options;
      await withNode({ ...options, duty: 'security_admin' }, async (context) => {
        const client = { clientId, participantId, label, keys, redirectUris };
        await inTransaction(context.node.database, (tx) => registerClient(tx, actingOf(context), client));
        context.output.answer({ clientId, registered: true }, () => `客户端 ${clientId} 已登记。`);
      });
    });
}

function addRotate(clients: Command): void {
  clients
    .command('rotate')
    .argument('<client>')
    .option('--key <file>', 'public JWK that is added')
    .option('--retire <kid>', 'key that is retired')
    .option('--json', 'one JSON line')
    .action(async (clientId: string, { key, retire, json }: RotateOptions) => {
      const added: unknown = key === undefined ? undefined : await readJson(key);
      await withNode({ ...(json === undefined ? {} : { json }), duty: 'security_admin' }, async (context) => {
        const rotation = {
          clientId,
          ...(added === undefined ? {} : { key: added }),
          ...(retire === undefined ? {} : { retire }),
        };
        await inTransaction(context.node.database, (tx) => rotateClientKey(tx, actingOf(context), rotation));
        context.output.answer({ clientId, rotated: true }, () => `客户端 ${clientId} 的密钥已更换。`);
      });
    });
}

function actingOf({ node, caller }: CommandContext) {
  const { policies, clock, keys } = node;
  return { caller, policies, clock, keys };
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8')) as unknown;
}
