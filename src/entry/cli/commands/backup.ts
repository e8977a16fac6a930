import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backupEmbedded, explainCityBackup, readEnv, restoreEmbedded, shapeConfig } from '#kernel';
import { requireAllowed } from '#security';
import { openOutput } from '../output.ts';
import { withNode } from '../with-node.ts';

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description(
      '备份自带数据库、交付原件、附件与密钥 · back up the embedded database, deliveries, attachments and keys',
    )
    .argument('<folder>', 'a new folder')
    .option('--json', 'one JSON line')
    .action(async (folder: string, options: { json?: boolean }) => {
      await withNode({ ...options, duty: 'system_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'back_up', {});
        if (node.config.databaseUrl !== undefined) {
          const advice = explainCityBackup(node.config.keysFolder, node.config.dataFolder);
          output.answer({ advice }, () => `${advice.zh}\n\n${advice.en}`);
          process.exitCode = 1;
          return;
        }
        const { database, config, clock } = node;
        const manifest = await backupEmbedded({
          database,
          dataFolder: config.dataFolder,
          keysFolder: config.keysFolder,
          target: resolve(folder),
          clock,
        });
        output.answer(manifest, () => `备份完成：${resolve(folder)}，${manifest.files.length} 个文件。`);
      });
    });
  program
    .command('restore')
    .description('从备份恢复到空的数据目录 · restore a backup into an empty data folder')
    .argument('<folder>', 'the backup')
    .option('--json', 'one JSON line')
    .action(async (folder: string, options: { json?: boolean }) => {
      const output = openOutput(options.json === true);
      const { dataFolder, keysFolder } = shapeConfig(readEnv());
      await restoreEmbedded({ source: resolve(folder), dataFolder, keysFolder });
      output.answer({ restored: dataFolder }, () => `已恢复到 ${dataFolder}；现在可以启动。`);
    });
}
