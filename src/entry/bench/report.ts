import { inTransaction } from '#kernel';
import { issueReport, toJson, toPdf } from '#information';
import { searchEnterprises } from '#lists';
import { systemCaller } from '#platform';
import { collectDemonstration } from '../demonstration.ts';
import { type BenchResult, peakMemoryMiB, percentile, round, withBenchNode } from './bench-node.ts';

const ENTERPRISES = 500;
const RUNS = 200;

/**
 * The standard report of different enterprises of a synthetic city, whole path: decision, read, compose, disclosure and
 * leaf committed, signature, form. The limit is the one statement that reads the records, prepared, on the same pool:
 * what the database alone needs.
 */
export async function benchReport(form: 'json' | 'pdf'): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    await collectDemonstration(
      { ...node, config: { ...node.config, demonstrationEnterprises: ENTERPRISES } },
      () => {},
    );
    const found = await inTransaction(node.database, (tx) => searchEnterprises(tx, '有限公司'));
    const codes = found.flatMap(({ code }) => (code === null ? [] : [code]));
    const caller = systemCaller('bench');
    const samples: number[] = [];
    let bytes = 0;
    for (let run = 0; run < RUNS + codes.length; run += 1) {
      const code = codes[run % codes.length] ?? '';
      const began = performance.now();
      const report = await issueReport(node.report, { caller, code, purpose: 'public_report' });
      const made = form === 'pdf' ? await toPdf(node.report, report) : Buffer.from(toJson(report));
      if (run >= codes.length) samples.push(performance.now() - began);
      bytes = made.length;
    }
    const p50 = percentile(samples, 0.5);
    return {
      bench: `report-${form}`,
      figure: round(p50),
      unit: 'ms',
      work: `${RUNS} reports of ${codes.length} enterprises, about ${Math.round(bytes / 1024)} KiB each`,
      limit: null,
      ratio: null,
      p50Ms: round(p50),
      p99Ms: round(percentile(samples, 0.99)),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}
