import type { Command } from 'commander';
import { beijingTime } from '#kernel';
import { ACT_WORDS, followEntries, listEntries, WINDOW_LIMITS } from '#rights';
import { openWindow } from '../../window.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Options = { json?: boolean; all?: boolean; follow?: boolean };

/** 窗口: what is open there, and the work that the node does by itself. */
export function addWindow(program: Command): void {
  rightsGroup(program)
    .command('window')
    .description('窗口录入及其复核期限，不含企业和内容 · entries of the window, without whom they concern')
    .option('--all', '含已办结的 · decided ones too')
    .option('--follow', '立即撤销逾期未复核的、清理扫描件 · undo what is past its day and sweep scans now')
    .option('--json', 'one JSON line')
    .action(window);
}

async function window({ all = false, follow = false, ...options }: Options): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openWindow(node);
    if (follow) {
      const done = await followEntries(context);
      output.answer(
        done,
        () => `逾期撤销 ${done.lapsed} 件，续办 ${done.finished} 件，清理 ${done.swept} 个文件。`,
      );
      return;
    }
    const entries = await listEntries(context, { caller, isOpen: !all, limit: WINDOW_LIMITS.pageMax });
    output.answer({ entries }, () =>
      table(
        ['编号', '事项', '状态', '录入', '复核期限'],
        entries.map(({ entryId, act, state, enteredAt, checkBy }) => [
          entryId,
          ACT_WORDS[act].zh,
          state,
          beijingTime(enteredAt),
          beijingTime(checkBy),
        ]),
      ),
    );
  });
}
