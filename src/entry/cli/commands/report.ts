import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { issueReport, toHtml, toJson, toPdf } from '#information';
import { withNode } from '../with-node.ts';

type Options = { asOf?: string; format: string; out?: string };

export function addReport(program: Command): void {
  program
    .command('report')
    .description('标准信用报告（公开部分）· the standard report, public part')
    .argument('<code>', '统一社会信用代码或登记册中的其他代码')
    .option('--as-of <date>', '截至某日节点所知 · what the node knew at the end of that day')
    .option('--format <format>', 'json, html or pdf', 'json')
    .option('--out <file>', 'write to a file instead of standard output')
    .option('--json', 'same as --format json')
    .action(async (code: string, options: Options) => {
      await withNode({}, async ({ node, caller, output }) => {
        const report = await issueReport(node.report, {
          caller,
          code,
          purpose: 'public_report',
          asOf: options.asOf,
        });
        const bytes = await render(options.format);
        if (options.out === undefined) process.stdout.write(bytes);
        else {
          writeFileSync(options.out, bytes);
          output.say(`报告 ${report.payload.cover.number} 已写入 ${options.out}`);
        }

        async function render(format: string): Promise<Buffer> {
          if (format === 'pdf') return await toPdf(node.report, report);
          return Buffer.from(format === 'html' ? toHtml(node.report, report) : toJson(report));
        }
      });
    });
}
