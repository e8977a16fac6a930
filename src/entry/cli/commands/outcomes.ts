import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  acceptConflict,
  type BatchResult,
  DIRECT,
  listConflicts,
  readSheet,
  reportOutcomes,
  requireMaySettle,
} from '#outcomes';
import { commandLineReporter, proveAdmission } from '#platform';
import { openOutcomes } from '../../http/routes/outcome-reporting.ts';
import { refreshAfterBatch, refreshAfterDecision } from '../../watches.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };
type Import = Json & { institution: string; month: string; platform?: string; branch?: string };

export function addOutcomes(program: Command): void {
  const outcomes = program.command('outcomes').description('使用反馈 · what institutions report');
  outcomes
    .command('import')
    .description('录入月度反馈表 · take in a monthly sheet that an institution handed over')
    .argument('<file>', 'CSV, TSV or XLSX with the template’s header')
    .requiredOption('--institution <id>', '机构编号 · the institution whose sheet it is')
    .requiredOption('--month <month>', '余额所属月份 · month of the balances, such as 2026-10')
    .option('--platform <id>', '由平台转交的，平台编号 · the platform that handed it over')
    .option('--branch <id>', '分支机构编号 · the office that reports')
    .option('--json', 'one JSON line')
    .action(importSheet);
  outcomes
    .command('conflicts')
    .description('各渠道说法不一、待核的事项 · where channels contradict each other')
    .option('--json', 'one JSON line')
    .action(showConflicts);
  outcomes
    .command('accept')
    .description('以某一渠道为准 · let one channel stand')
    .argument('<conflict>')
    .requiredOption('--channel <id>', `${DIRECT} or the platform`)
    .option('--json', 'one JSON line')
    .action(accept);
}

async function importSheet(file: string, options: Import): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const { institution, platform, branch } = options;
    const context = openOutcomes(node);
    const user = userInfo().username;
    const caller = commandLineReporter(user, { institutionId: institution, platformId: platform });
    const sheet = await readSheet(file, {
      month: options.month,
      reasons: context.reasons,
      clock: node.clock,
    });
    const result = await inTransaction(node.database, async (tx) => {
      const use = { operator: caller.id, institutionId: institution };
      const admission = await proveAdmission(
        tx,
        node.clock,
        caller,
        branch === undefined ? use : { ...use, branchId: branch },
      );
      const taken = await reportOutcomes(tx, context, { admission, caller, ...sheet });
      await refreshAfterBatch(tx, { institutionId: institution, result: taken });
      return taken;
    });
    output.answer(result, () => describeBatch(result));
    if (result.counts.refused > 0) process.exitCode = 1;
  });
}

const ROWS_SHOWN = 20;

function describeBatch({ batchId, counts, results }: BatchResult): string {
  const lines = [
    `${batchId} 条数 ${counts.items} = 新增 ${counts.new} + 印证 ${counts.confirmed} + 变更 ${counts.changed} + 更正 ${counts.corrected} + 未变 ${counts.unchanged} + 矛盾 ${counts.conflicting} + 退回 ${counts.refused}`,
  ];
  const faults = results.flatMap((result) => result.faults);
  for (const { row, field, column, message } of faults.slice(0, ROWS_SHOWN))
    lines.push(`  第 ${row} 行 ${column ?? field}：${message.zh}`);
  if (faults.length > ROWS_SHOWN) lines.push(`  共 ${faults.length} 处；用 --json 查看全部。`);
  if (counts.conflicting > 0) lines.push('  与其他渠道矛盾的，用 xinqiao outcomes conflicts 查看。');
  return lines.join('\n');
}

async function showConflicts(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    requireMaySettle(node.policies, caller);
    const conflicts = await inTransaction(node.database, (tx) => listConflicts(tx));
    output.answer({ conflicts }, () =>
      table(
        ['编号', '机构', '事项', '渠道', '为准', '内容'],
        conflicts.flatMap(({ conflictId, institutionId, kind, key, says }) =>
          says.map(({ channel, isStanding, values }) => [
            conflictId,
            institutionId,
            `${KIND_ZH[kind]} ${Object.values(key).join(' ')}`,
            channel,
            isStanding ? '是' : '',
            JSON.stringify(values),
          ]),
        ),
      ),
    );
  });
}

const KIND_ZH = { use: '使用', application: '申请', loan: '贷款', balance: '余额' } as const;

async function accept(conflictId: string, options: Json & { channel: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const { channel } = options;
    await inTransaction(node.database, async (tx) => {
      const decided = await acceptConflict(tx, openOutcomes(node), { conflictId, channel, caller });
      await refreshAfterDecision(tx, decided);
    });
    output.answer({ conflict: conflictId, accepted: channel }, () => `${conflictId} 以 ${channel} 为准。`);
  });
}
