import type { Command } from 'commander';
import type { FinishedMonitoring } from '#monitoring';
import { runRules } from '../../monitoring.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Options = { readonly sweep?: boolean; readonly json?: boolean };

/** 运行预警规则: what the worker does after deliveries and each night, at once. */
export function addMonitorRun(program: Command): void {
  monitorGroup(program)
    .command('run')
    .description('运行预警规则：新送达的信息 · run the alert rules over what became known since the last run')
    .option('--sweep', '全部监测企业，全部现有信息 · every watched enterprise, over all that stands')
    .option('--json', 'one JSON line')
    .action(run);
}

async function run(options: Options): Promise<void> {
  await withNode({ ...options, duty: 'data_admin' }, async ({ node, output, caller }) => {
    const kind = options.sweep === true ? 'sweep' : 'touched';
    const finished = await runRules(node, { caller, kind });
    output.answer(finished, () => describe(finished));
  });
}

function describe({ runId, enterprises, signals, alerts, recalled, receiptId }: FinishedMonitoring): string {
  return [
    `监测 ${runId} 完成：企业 ${enterprises} 户，新信号 ${signals} 条，预警 ${alerts} 条，召回 ${recalled} 条`,
    `存证回执 ${receiptId}`,
  ].join('\n');
}
