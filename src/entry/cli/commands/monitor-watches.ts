import type { Command } from 'commander';
import { beijingDate, inTransaction } from '#kernel';
import {
  listWatches,
  overseeCoverage,
  requireOverseer,
  type ShownCoverage,
  type WatchLine,
} from '#monitoring';
import { openFloors } from '../../statistics.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Json = { json?: boolean };

/** 监测名单: who is watched for whom, and how many of the live loans. */
export function addMonitorWatches(program: Command): void {
  const monitor = monitorGroup(program);
  monitor
    .command('coverage')
    .description('监测覆盖率：受监测贷款与存续贷款 · watched loans of the live ones, by institution')
    .option('--json', 'one JSON line')
    .action(coverage);
  monitor
    .command('watches')
    .description('一家机构的监测名单 · the watch list of one institution')
    .requiredOption('--institution <id>', '机构编号 · the institution')
    .option('--after <watch>', '从该条之后继续 · continue after this line')
    .option('--json', 'one JSON line')
    .action(watches);
}

async function coverage(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    requireOverseer(node.policies, caller);
    const floor = openFloors(node).of('monitoring_coverage');
    const lines = await inTransaction(node.database, (tx) => overseeCoverage(tx, floor));
    output.answer({ coverage: lines }, () =>
      table(['机构', '存续贷款', '受监测', '覆盖率'], lines.map(describe)),
    );
  });
}

function describe({ institutionId, liveLoans, watchedLoans }: ShownCoverage): (string | number)[] {
  if (liveLoans === null || watchedLoans === null) return [institutionId, '不显示', '不显示', '不显示'];
  return [institutionId, liveLoans, watchedLoans, `${((100 * watchedLoans) / liveLoans).toFixed(1)}%`];
}

async function watches(options: Json & { institution: string; after?: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    requireOverseer(node.policies, caller);
    const asked = { of: { institutionId: options.institution }, page: { after: options.after } };
    const list = await inTransaction(node.database, (tx) => listWatches(tx, node.clock, asked));
    output.answer(list, () => describeList(list));
  });
}

function describeList({ watches: lines, next }: { watches: readonly WatchLine[]; next: string | null }) {
  const rows = lines.map(({ watchId, code, since, loans, consent }) => [
    watchId,
    code,
    since,
    loans,
    consent === null ? '无' : `至 ${beijingDate(consent.validTo)}`,
  ]);
  const shown = table(['编号', '企业代码', '起始日', '贷款笔数', '贷后管理授权'], rows);
  return next === null ? shown : `${shown}\n还有更多；用 --after ${next} 继续。`;
}
