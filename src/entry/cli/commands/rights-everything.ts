import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { authenticate } from '#platform';
import { askExport, fetchExport, makeExport } from '#rights';
import { openSelf } from '../../self.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Options = { out: string; login: string; asOf?: string; json?: boolean };

/**
 * 企业全部信息: what an enterprise is given is given to itself, so the person at the shell signs in for it; being at the shell
 * alone gives no right to it.
 */
export function addEverything(program: Command): void {
  rightsGroup(program)
    .command('everything')
    .description(
      '导出一家企业的全部信息；以该企业的账号登录，口令和验证码从标准输入各读一行 · export everything about an enterprise; signs in for it, password and code are one line each on standard input',
    )
    .argument('<code>', '统一社会信用代码等 · any code of the enterprise')
    .requiredOption('--out <folder>', '写入的文件夹 · where to write the bundle')
    .requiredOption('--login <login>', '该企业的账号 · an account of the enterprise')
    .option('--as-of <date>', '截至某日 · what the node knew at the end of that day')
    .option('--json', 'one JSON line')
    .action(everything);
}

async function everything(code: string, { out, login, asOf, ...options }: Options): Promise<void> {
  const [password = '', second] = await readLines();
  await withNode(options, async ({ node, output }) => {
    const { database, clock, identity } = node;
    const caller = await authenticate(database, clock, { login, password, code: second }, identity.rules);
    const context = openSelf(node);
    const { enterpriseId } = await inTransaction(database, (tx) => findEnterprise(tx, code));
    const { exportId } = await inTransaction(database, (tx) =>
      askExport(tx, context, { caller, enterpriseId, asOf }),
    );
    await makeExport(context, { enterpriseId, exportId }); // a worker that took it first has done the same
    const { bytes, name, disclosureId } = await fetchExport(context, { caller, enterpriseId, exportId });
    mkdirSync(out, { recursive: true, mode: 0o700 });
    const file = join(out, name);
    writeFileSync(file, bytes, { mode: 0o600 });
    output.answer(
      { export: exportId, file, bytes: bytes.length, disclosureId },
      () => `已写入 ${file}（${bytes.length} 字节）；离线核验：xinqiao verify ${file}`,
    );
  });
}

/** Never as arguments: those are visible to every process of the machine. */
async function readLines(): Promise<string[]> {
  process.stderr.write('口令（有验证码的另起一行）：');
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    lines.push(line.trim());
    if (lines.length === 2 || process.stdin.isTTY) break;
  }
  return lines;
}
