import type { Command } from 'commander';
import { beijingTime, inTransaction, LIMITS } from '#kernel';
import { listDeliveries, readQuarantine, readReceipt } from '#lists';
import { requireAllowed } from '#security';
import { DELIVERY_STATE_ZH } from '../../words.ts';
import { quarantineCsv } from '../../quarantine-csv.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { describeReceipt } from './deliver.ts';

export function addDeliveries(program: Command): void {
  const command = program.command('deliveries').description('交付记录 · what came in, and what became of it');
  command
    .command('list', { isDefault: true })
    .option('--contract <id>', 'one contract only')
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'one JSON line')
    .action(async (options: { contract?: string; limit: string; json?: boolean }) => {
      await withNode(options, async ({ node, output }) => {
        const limit = Math.min(Math.max(1, Number(options.limit) || 20), 1_000);
        const rows = await inTransaction(node.database, (tx) =>
          listDeliveries(tx, { contract: options.contract, limit }),
        );
        output.answer({ deliveries: rows }, () =>
          table(
            ['交付', '数据合同', '时间', '状态', '行', '新增', '变更', '待核', '隔离'],
            rows.map((row) => [
              row.delivery,
              row.contract,
              beijingTime(row.receivedAt),
              DELIVERY_STATE_ZH[row.state],
              row.rows,
              row.new,
              row.changed,
              row.held,
              row.quarantined,
            ]),
          ),
        );
      });
    });
  command
    .command('show')
    .argument('<delivery>')
    .option('--json', 'one JSON line')
    .action(async (delivery: string, options: { json?: boolean }) => {
      await withNode(options, async ({ node, output }) => {
        const receipt = await inTransaction(node.database, (tx) => readReceipt(tx, { delivery }));
        output.answer(receipt, () => describeReceipt(receipt, true));
      });
    });
  command
    .command('quarantine')
    .description('隔离行下载（CSV）· quarantined rows with their reasons, to fix and deliver again')
    .argument('<delivery>')
    .action(async (delivery: string) => {
      await withNode({}, async ({ node, caller }) => {
        const { provider, contract } = await inTransaction(node.database, (tx) =>
          readReceipt(tx, { delivery }),
        );
        requireAllowed(node.policies, caller, 'deliver', { provider, contract }); // rows as they came: for who may redeliver
        const readPage = (afterRow: number) =>
          inTransaction(node.database, (tx) =>
            readQuarantine(tx, { delivery, afterRow, limit: LIMITS.quarantinePageRows }),
          );
        for await (const text of quarantineCsv(readPage)) process.stdout.write(text);
      });
    });
}
