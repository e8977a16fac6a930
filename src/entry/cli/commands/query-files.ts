import type { Command } from 'commander';
import { findOpenFiles, listQueryFiles, requireQueryFile, runQueryFile } from '#information';
import { beijingTime, inTransaction } from '#kernel';
import { openQueryFiles } from '../../query-files.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

const STATE_ZH = { received: '待办', running: '办理中', done: '已办' } as const;

/** 批量查询文件: what institutions handed in for the night. Content is never shown; answers are for who handed in. */
export function addQueryFiles(program: Command): void {
  const command = program.command('query-files').description('批量查询文件 · query files of institutions');
  command
    .command('list', { isDefault: true })
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'one JSON line')
    .action(list);
  command
    .command('run')
    .description('不等夜间，立即办理 · run files that wait, or one of them, at once')
    .argument('[file]', 'one file only')
    .option('--json', 'one JSON line')
    .action(run);
}

async function list(options: Json & { limit: string }): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const limit = Math.min(Math.max(1, Number(options.limit) || 20), 1_000);
    const files = await inTransaction(node.database, (tx) => listQueryFiles(tx, { limit }));
    output.answer({ files }, () =>
      table(
        ['文件', '机构', '状态', '行', '答复', '退回', '收到', '办完'],
        files.map((file) => [
          file.fileId,
          file.participantId,
          STATE_ZH[file.state],
          file.lines,
          file.answered,
          file.refused,
          beijingTime(new Date(file.receivedAt)),
          file.doneAt === null ? null : beijingTime(new Date(file.doneAt)),
        ]),
      ),
    );
  });
}

/** Every line is decided for the client that handed the file in, as at night; the person at the shell gets no answer. */
async function run(file: string | undefined, options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const context = openQueryFiles(node);
    const waiting =
      file === undefined
        ? await findOpenFiles(node)
        : [(await requireQueryFile(context, { fileId: file })).fileId];
    for (const fileId of waiting)
      await runQueryFile(context, fileId, {
        progress: (done, all) => output.progress(fileId, done, all),
      });
    output.answer({ files: waiting }, () => `已办理 ${waiting.length} 个文件。`);
  });
}
