import type { Command } from 'commander';
import type { FinishedMonitoring, FollowedSources } from '#monitoring';
import { followNow, runRules } from '../../monitoring.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Options = { readonly sweep?: boolean; readonly follow?: boolean; readonly json?: boolean };

/** 运行预警规则: what the worker does after deliveries, each night and each hour, at once. */
export function addMonitorRun(program: Command): void {
  monitorGroup(program)
    .command('run')
    .description('运行预警规则：新送达的信息 · run the alert rules over what became known since the last run')
    .option('--sweep', '全部监测企业，全部现有信息 · every watched enterprise, over all that stands')
    .option(
      '--follow',
      '随后按授权向数据源查询到期的企业 · then ask sources, under consents, about whoever is due',
    )
    .option('--json', 'one JSON line')
    .action(run);
}

async function run(options: Options): Promise<void> {
  await withNode({ ...options, duty: 'data_admin' }, async ({ node, output, caller }) => {
    const kind = options.sweep === true ? 'sweep' : 'touched';
    const finished = await runRules(node, { caller, kind });
    const followed = options.follow === true ? ((await followNow(node, { caller })) ?? null) : undefined;
    const answer = followed === undefined ? finished : { ...finished, followed };
    output.answer(answer, () => [describe(finished), ...describeFollowed(followed)].join('\n'));
  });
}

function describe({ runId, receiptId, underConsent, ...counts }: FinishedMonitoring): string {
  const { enterprises, signals, alerts, recalled } = counts;
  const { looks, withheld } = underConsent;
  return [
    `监测 ${runId} 完成：企业 ${enterprises} 户，新信号 ${signals} 条，预警 ${alerts} 条，召回 ${recalled} 条`,
    `按授权查看 ${looks} 次：新信号 ${underConsent.signals} 条，预警 ${underConsent.alerts} 条，授权不足 ${withheld} 次`,
    `存证回执 ${receiptId}`,
  ].join('\n');
}

function describeFollowed(followed: FollowedSources | null | undefined): string[] {
  if (followed === undefined) return [];
  if (followed === null) return ['没有接通的数据源'];
  const { due, answered, unanswered, dropped, withheld, putOff, signals, alerts, recalled, receiptId } =
    followed;
  return [
    `跟踪数据源：到期 ${due} 次，已答 ${answered}，未答全 ${unanswered}，授权已变 ${dropped}，授权不足 ${withheld}，留待下次 ${putOff}；` +
      `新信号 ${signals} 条，预警 ${alerts} 条，召回 ${recalled} 条`,
    `存证回执 ${receiptId}`,
  ];
}
