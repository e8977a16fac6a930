import type { Command } from 'commander';
import { createLogger, isUnderNpm, type Logger, onStopRequested, readEnv, shapeConfig } from '#kernel';
import { openNode } from '../../compose.ts';
import {
  closeDemonstrationAccounts,
  collectDemonstration,
  openDemonstrationAccounts,
} from '../../demonstration.ts';
import { openDemonstrationCases } from '../../demonstration-cases.ts';
import { openDemonstrationClients } from '../../demonstration-clients.ts';
import { openDemonstrationMarket } from '../../demonstration-market.ts';
import { openDemonstrationWhitelist } from '../../demonstration-whitelist.ts';
import type { Node } from '../../node.ts';
import { startDepartment } from '../../stand-in-department.ts';
import type { Serving } from '../../serve.ts';
import { openOutput, type Output } from '../output.ts';

type Options = { only?: 'http' | 'worker' };

export function addStart(program: Command): void {
  program
    .command('start')
    .description('启动节点 · run the node in the foreground')
    .option('--only <part>', 'http or worker, for a city that runs them apart')
    .action(start);
}

async function start(options: Options): Promise<void> {
  const config = shapeConfig(readEnv());
  const logger = createLogger(config.logLevel);
  const output = openOutput(false);
  const department = config.demonstrationEnterprises > 0 ? await startDepartment(config) : undefined;
  const node = await openNode({
    config,
    logger,
    say: output.say,
    ...(department === undefined ? {} : { sourceAddresses: department.addresses }),
    onDatabaseLost: (reason) => endAtOnce(logger, reason),
  });
  let serving: Serving | undefined;
  const stopping = new AbortController();
  onStopRequested(
    async () => {
      stopping.abort();
      await serving?.stop();
      await node.close();
      department?.stop();
    },
    { logger, watchParent: isUnderNpm() },
  );
  const { serve } = await import('../../serve.ts'); // only this command needs the HTTP server and the worker
  serving = await serve(node, { http: options.only !== 'worker', worker: options.only !== 'http' });
  if (config.demonstrationEnterprises === 0) await closeDemonstrationAccounts(node);
  if (config.demonstrationEnterprises > 0)
    await showDemonstration(node, { output, url: serving.url, signal: stopping.signal }).catch(
      (error: unknown) => {
        if (!stopping.signal.aborted) throw error; // cut by the stop; the next start goes on with it
      },
    );
  else output.say(`信桥节点已就绪：${serving.url || '（仅后台任务）'}`);
}

type Showing = { readonly output: Output; readonly url: string; readonly signal: AbortSignal };

async function showDemonstration(node: Node, { output, url, signal }: Showing): Promise<void> {
  output.say('信桥示范节点启动中：数据全部为合成，不是真实企业。');
  await collectDemonstration(node, output.progress);
  const accounts = await openDemonstrationAccounts(node);
  await openDemonstrationClients(node);
  output.say(`\n信桥示范节点已就绪 · ready: ${url}\n`);
  for (const { login, password, label } of accounts)
    output.say(`  ${login.padEnd(10)} ${password}  ${label.zh} · ${label.en}`);
  output.say(`\n  接口文档 ${url}/api/docs   停止：Ctrl-C`);
  await openDemonstrationCases(node, accounts); // for integrators alone: nobody else waits for it
  output.say('  接口用例 docs/demonstration.md');
  if (await openDemonstrationWhitelist(node, accounts))
    output.say('  已推送一份示范白名单 docs/whitelists.md');
  const { borrowers, alerts } = await openDemonstrationMarket(node, accounts, signal);
  if (borrowers > 0)
    output.say(`  ${borrowers} 户贷款已反馈，示范银行新收到 ${alerts} 条预警 docs/demonstration.md`);
}

/** Without its database a node can only end; whoever supervises it starts it again. */
function endAtOnce(logger: Logger, reason: string): void {
  logger.error({ reason }, 'database lost');
  process.exit(1);
}
