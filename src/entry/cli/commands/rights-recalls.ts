import type { Command } from 'commander';
import { beginningOfBeijingDate, beijingDate, inTransaction } from '#kernel';
import { hideRecallRates, listOverdueRecalls, overseeRecallRates } from '#rights';
import { openRights } from '../../rights.ts';
import { openFloors } from '../../statistics.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Options = { json?: boolean; overdue?: boolean; since?: string };

/** 更正召回: how far recalls are acknowledged, and which are overdue. */
export function addRecalls(program: Command): void {
  rightsGroup(program)
    .command('recalls')
    .description('更正召回的确认情况 · how far recalls are acknowledged, by recipient')
    .option('--since <day>', '自该日起（默认全部） · recalled since that Beijing day (default: all)')
    .option('--overdue', '逾期未确认的召回 · recalls past their day instead')
    .option('--json', 'one JSON line')
    .action(recalls);
}

async function recalls({ overdue = false, since = '2020-01-01', ...options }: Options): Promise<void> {
  await withNode(options, async (context) => {
    if (overdue) return await showOverdue(context);
    return await showRates(context, since);
  });
}

async function showRates({ node, output, caller }: CommandContext, since: string): Promise<void> {
  const asked = { caller, since: beginningOfBeijingDate(since) };
  const measured = await inTransaction(node.database, (tx) =>
    overseeRecallRates(tx, openRights(node), asked),
  );
  const rates = hideRecallRates(measured, openFloors(node).of('recall_rates'));
  output.answer(rates, () =>
    table(
      ['对象', '内容', '召回', '已确认', '按期', '逾期', '确认率'],
      [
        ...rates.disclosures.map((rate) => ['信息', rate] as const),
        ...rates.alerts.map((rate) => ['预警', rate] as const),
      ].map(([what, rate]) => [
        rate.institutionId,
        what,
        rate.recalls,
        rate.acknowledged,
        rate.onTime,
        rate.overdue,
        rate.rate === null ? '不显示' : `${(rate.rate * 100).toFixed(1)}%`,
      ]),
    ),
  );
}

async function showOverdue({ node, output, caller }: CommandContext): Promise<void> {
  const found = await inTransaction(node.database, (tx) =>
    listOverdueRecalls(tx, openRights(node), { caller }),
  );
  output.answer({ recalls: found }, () =>
    table(
      ['召回', '对象', '平台', '召回日', '到期'],
      found.map(({ recallId, recipientId, platformId, recalledAt, dueOn }) => [
        recallId,
        recipientId,
        platformId ?? '',
        beijingDate(recalledAt),
        dueOn,
      ]),
    ),
  );
}
