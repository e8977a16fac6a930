import type { Command } from 'commander';
import { withNode } from '../with-node.ts';

/** Opening the node migrates it; the command exists so that a city can do that before its processes start. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('建立或升级数据库结构和数据集表 · create or upgrade the structure and the dataset tables')
    .option('--json', 'one JSON line')
    .action(async (options: { json?: boolean }) => {
      await withNode(options, ({ node, output }) => {
        const contracts = node.lists.catalogue.contracts.size;
        output.answer(
          { migrated: true, contracts },
          () => `结构已是最新，${contracts} 份数据合同的表已就绪。`,
        );
        return Promise.resolve();
      });
    });
}
