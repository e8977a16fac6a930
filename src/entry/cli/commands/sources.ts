import { type Command, InvalidArgumentError } from 'commander';
import { inTransaction, type Tx } from '#kernel';
import {
  type Acting,
  approveCapacity,
  type CapacityChange,
  changeCapacity,
  followCapacity,
  listCapacityChanges,
  readSourceFigures,
  rejectCapacity,
  type SourceBook,
} from '#platform';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** Departments that are asked at query time: what they carry, and what they may be asked. */
export function addSources(program: Command): void {
  const sources = program
    .command('sources')
    .description('数据源接口和容量 · source interfaces, their capacity');
  addFigures(sources);
  addCapacity(sources);
  addDecisions(sources);
}

function addFigures(sources: Command): void {
  sources
    .command('figures', { isDefault: true })
    .option('--json', 'one JSON line')
    .description('频次、容量和待批的调整 · figures, and changes that wait for a second person')
    .action(async (options: Json) => {
      await withSources(options, async (tx, { acting, book, output }) => {
        const figures = await readSourceFigures(tx, book);
        const changes = await listCapacityChanges(tx, acting);
        output.answer({ figures, changes }, () =>
          [
            table(
              ['数据源', '接口', '频度', '今日', '余量', '每分钟', '熔断'],
              figures.map((figure) => [
                figure.sourceId,
                figure.contractId,
                figure.frequency,
                String(figure.usedToday),
                String(figure.headroomToday),
                String(figure.capacityPerMinute),
                figure.breaker,
              ]),
            ),
            table(
              ['待批', '数据源', '接口', '每分钟', '每日', '并发', '提出人'],
              changes.map(({ changeId, sourceId, contractId, proposedBy, ...limits }) => [
                changeId,
                sourceId,
                contractId ?? '',
                String(limits.perMinute ?? ''),
                String(limits.perDay ?? ''),
                String(limits.concurrencyMax ?? ''),
                proposedBy,
              ]),
            ),
          ].join('\n\n'),
        );
      });
    });
}

type CapacityOptions = Json & {
  contract?: string;
  perMinute?: number;
  perDay?: number;
  concurrency?: number;
  reason: string;
};

function addCapacity(sources: Command): void {
  sources
    .command('capacity')
    .argument('<source>')
    .option('--contract <id>', 'the interface; with --per-minute and --per-day', undefined)
    .option('--per-minute <calls>', 'calls of all institutions in a minute', requireCount)
    .option('--per-day <calls>', 'calls of all institutions in a day', requireCount)
    .option('--concurrency <calls>', 'calls at once, of the whole source', requireCount)
    .requiredOption('--reason <text>')
    .option('--json', 'one JSON line')
    .description('调整容量：调低立即生效，调高须另一人批准 · lower at once, raise with a second person')
    .action(async (sourceId: string, options: CapacityOptions, command: Command) => {
      const change = changeOf(sourceId, options);
      if (change === undefined)
        command.error('error: either --contract, --per-minute and --per-day, or --concurrency');
      await withSources(options, async (tx, { acting, book, output }) => {
        const done = await changeCapacity(tx, acting, { sources: book, change });
        const said = done.state === 'in_force' ? '已生效' : '待另一人批准';
        output.answer(done, () => `${done.changeId} ${said}。`);
      });
    });
}

function changeOf(
  sourceId: string,
  { contract, perMinute, perDay, concurrency, reason }: CapacityOptions,
): CapacityChange | undefined {
  if (concurrency !== undefined) return { sourceId, concurrencyMax: concurrency, reason };
  if (contract === undefined || perMinute === undefined || perDay === undefined) return undefined;
  return { sourceId, contractId: contract, perMinute, perDay, reason };
}

function addDecisions(sources: Command): void {
  const decisions = [
    { name: 'approve', zh: '批准', decide: approveCapacity },
    { name: 'reject', zh: '驳回', decide: rejectCapacity },
  ] as const;
  for (const { name, zh, decide } of decisions) {
    sources
      .command(name)
      .argument('<change>')
      .option('--json', 'one JSON line')
      .description(`${zh}容量调整 · ${name} a change of capacity that another person proposed`)
      .action(async (changeId: string, options: Json) => {
        await withSources(options, async (tx, { acting, output }) => {
          await decide(tx, acting, changeId);
          output.answer({ changeId, done: name }, () => `${changeId} 已${zh}。`);
        });
      });
  }
}

type Parts = {
  readonly acting: Acting;
  readonly book: SourceBook;
  readonly output: Parameters<Parameters<typeof withNode>[1]>[0]['output'];
};

/** One transaction in the duty of a system administrator, by the capacities in force. */
async function withSources(options: Json, work: (tx: Tx, parts: Parts) => Promise<void>): Promise<void> {
  await withNode({ ...options, duty: 'system_admin' }, async ({ node, output, caller }) => {
    const { policies, clock, keys, sources } = node;
    if (sources === undefined) throw new TypeError('a node that was opened has its sources');
    await inTransaction(node.database, async (tx) => {
      await followCapacity(tx, sources);
      await work(tx, { acting: { caller, policies, clock, keys }, book: sources, output });
    });
  });
}

function requireCount(text: string): number {
  const count = Number(text);
  if (!/^[0-9]{1,9}$/.test(text) || count < 1) throw new InvalidArgumentError('a whole number from 1');
  return count;
}
