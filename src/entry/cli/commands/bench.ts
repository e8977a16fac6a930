import type { Command } from 'commander';
import type { BenchResult } from '../../bench/bench-node.ts';
import { openOutput, table } from '../output.ts';

type Options = {
  json?: boolean;
  rows: string;
  enterprises?: string;
  months: string;
  existing: string;
  folder?: string;
};
type Bench = { readonly zh: string; run(options: Options): Promise<BenchResult> };

/** Each is loaded when it is asked for: a benchmark's parts are no part of a running node. */
const BENCHES: Readonly<Record<string, Bench>> = {
  ingest: {
    zh: '交付一份大文件，对照同一次运行中的 COPY',
    run: async (options) => {
      const { benchIngest } = await import('../../bench/ingest.ts');
      return await benchIngest({
        rows: Number(options.rows),
        enterprises: Number(options.enterprises ?? 200_000),
        existing: Number(options.existing),
        folder: options.folder,
      });
    },
  },
  'report-json': {
    zh: '出具 JSON 报告',
    run: async () => (await import('../../bench/report.ts')).benchReport('json'),
  },
  'report-pdf': {
    zh: '出具 PDF 报告',
    run: async () => (await import('../../bench/report.ts')).benchReport('pdf'),
  },
  start: { zh: '已有数据时启动到就绪', run: async () => (await import('../../bench/start.ts')).benchStart() },
  log: { zh: '日志入树', run: async () => (await import('../../bench/log.ts')).benchLog() },
  query: { zh: '授权查询，对照裸接口', run: async () => (await import('../../bench/query.ts')).benchQuery() },
  scorecard: {
    zh: '最优分箱：一万行二十三个变量，四种走向',
    run: async () => (await import('../../bench/scorecard.ts')).benchScorecard(),
  },
  evaluate: {
    zh: '全覆盖评价，对照同一次运行中的手写 SQL；完整规模为 --enterprises 1000000',
    run: async (options) => {
      const { benchEvaluate } = await import('../../bench/evaluate.ts');
      return await benchEvaluate({
        enterprises: Number(options.enterprises ?? 50_000),
        months: Number(options.months),
        folder: options.folder,
      });
    },
  },
  monitor: {
    zh: '监测：信息公布到预警送达，及全部名单一遍',
    run: async (options) => {
      const { benchMonitor } = await import('../../bench/monitor.ts');
      return await benchMonitor({
        enterprises: Number(options.enterprises ?? 100_000),
        folder: options.folder,
      });
    },
  },
  recall: {
    zh: '更正召回：一条记录涉及的一万次披露，对照同数的签名和写入；完整规模为 --rows 10000000',
    run: async (options) => {
      const { benchRecall } = await import('../../bench/recall.ts');
      return await benchRecall({ rows: Number(options.rows), folder: options.folder });
    },
  },
  self: {
    zh: '企业自助查询全部信息（五千条记录、两千次查询）、包含证明和导出',
    run: async () => (await import('../../bench/self.ts')).benchSelf(),
  },
  decide: { zh: '一次判定', run: async () => (await import('../../bench/decide.ts')).benchDecide() },
};

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('基准测试，数据为合成 · benchmarks, on synthetic data; without a name it lists them')
    .argument('[name]', Object.keys(BENCHES).join(', '))
    .option('--rows <n>', 'ingest: rows of the measured delivery; recall: disclosures on record', '2000000')
    .option(
      '--enterprises <n>',
      'ingest: enterprises they belong to (200000); evaluate: enterprises (50000); monitor: watched loans (100000)',
    )
    .option('--months <n>', 'evaluate: monthly deliveries of four datasets', '12')
    .option('--existing <n>', 'ingest: rows that the table holds before', '0')
    .option('--folder <folder>', 'where the temporary node lives')
    .option('--json', 'one JSON line')
    .action(async (name: string | undefined, options: Options) => {
      const output = openOutput(options.json === true);
      const bench = name === undefined ? undefined : BENCHES[name];
      if (bench === undefined) {
        const names = Object.entries(BENCHES).map(([known, { zh }]) => [known, zh]);
        output.answer({ benches: Object.keys(BENCHES) }, () => table(['名称', '测什么'], names));
        if (name !== undefined) process.exitCode = 1;
        return;
      }
      const result = await bench.run(options);
      output.answer(result, () =>
        table(
          ['项', '值'],
          Object.entries(result).map(([key, value]) => [key, String(value)]),
        ),
      );
    });
}
