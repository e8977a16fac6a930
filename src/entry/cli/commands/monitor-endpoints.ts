import type { Command } from 'commander';
import { beijingTime, inTransaction } from '#kernel';
import { changeEndpoint, type EndpointHealth, readHealth, replayMessages } from '#monitoring';
import { openPush } from '../../push.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Json = { json?: boolean };

/** Whoever keeps the node running operates endpoints; whom they belong to manages them over the interface. */
const duty = 'system_admin';

/** 推送端点: how they do, and what an operator does about it. */
export function addMonitorEndpoints(program: Command): void {
  const monitor = monitorGroup(program);
  const add = (name: string, description: string): Command =>
    monitor.command(name).description(description).option('--json', 'one JSON line');
  add('endpoints', '推送端点及其状况 · endpoints and how they do').action(endpoints);
  add('replay', '重新推送，编号不变 · push again under the same ids')
    .argument('<endpoint>')
    .option('--dead', '只推放弃的 · only what was given up')
    .option('--after <number>', '从该编号之后 · after this number')
    .option('--up-to <number>', '至该编号 · up to this number')
    .action(replay);
  add('pause', '暂停一个端点 · pause an endpoint').argument('<endpoint>').action(change('paused'));
  add('resume', '恢复一个端点 · resume an endpoint').argument('<endpoint>').action(change('active'));
}

const HEALTH_ZH: Readonly<Record<EndpointHealth['health'], string>> = {
  good: '正常',
  failing: '失败中',
  resting: '暂歇',
  full: '积压已满',
  idle: '未推送',
};

async function endpoints(options: Json): Promise<void> {
  await withNode({ ...options, duty }, async ({ node, output, caller }) => {
    const found = await inTransaction(node.database, (tx) => readHealth(tx, node, { caller }), 'snapshot');
    output.answer({ endpoints: found }, () =>
      table(
        [
          '编号',
          '所属',
          '地址',
          '状况',
          '待推送',
          '最久等待秒',
          '24小时送达',
          '放弃',
          '连续失败',
          '最近结果',
          '最近成功',
        ],
        found.map((one) => [
          one.endpointId,
          one.participantId,
          new URL(one.url).host,
          HEALTH_ZH[one.health],
          one.waiting,
          one.oldestWaitingSeconds,
          one.deliveredToday,
          one.dead,
          one.failures,
          one.lastOutcome,
          one.lastSuccessAt === null ? null : beijingTime(one.lastSuccessAt),
        ]),
      ),
    );
  });
}

type ReplayOptions = Json & { dead?: boolean; after?: string; upTo?: string };

async function replay(endpointId: string, { dead = false, ...options }: ReplayOptions): Promise<void> {
  const { after, upTo } = options;
  await withNode({ ...options, duty }, async ({ node, output, caller }) => {
    const range = { ...(after !== undefined && { after }), ...(upTo !== undefined && { upTo }) };
    const asked = { caller, endpointId, isDeadOnly: dead, ...range };
    const done = await inTransaction(node.database, (tx) => replayMessages(tx, openPush(node), asked));
    output.answer(done, () => `已重新排队 ${done.queued} 条，至编号 ${done.upTo}。`);
  });
}

function change(to: 'active' | 'paused'): (endpointId: string, options: Json) => Promise<void> {
  return async (endpointId, options) => {
    await withNode({ ...options, duty }, async ({ node, output, caller }) => {
      const asked = { caller, endpointId, to };
      await inTransaction(node.database, (tx) => changeEndpoint(tx, openPush(node), asked));
      output.answer(
        { endpointId, state: to },
        () => `${endpointId} ${to === 'active' ? '已恢复' : '已暂停'}。`,
      );
    });
  };
}
