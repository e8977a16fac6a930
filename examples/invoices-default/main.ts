/**
 * A model of default on real invoices, from the files to the figures, on a node of its own that is thrown away:
 *
 *   node examples/invoices-default/main.ts --data FOLDER [--values values.csv] [--as-of 2020-02-21] [--plan FILE] [--json]
 *
 * FOLDER has enterprises.csv, input/ and output/. The invoices go through the node's collection, the indicators vat_* are
 * computed as of the day, and the scorecard laboratory cross-validates a card on them by the plan.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { crossValidate, readTable, readTarget, shapePlan, type Uncertain } from '#evaluation';
import { openNode } from '#entry';
import { onStopRequested, shapeConfig, silentLogger } from '#kernel';
import type { DeliveryReceipt } from '#lists';
import { deliverInvoices } from './deliver.ts';
import { DIRECTIONS, type Firm, readFirms } from './files.ts';
import { signIn } from './sign-in.ts';
import { invoiceIndicators, readValues, toCsv } from './values.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    values: { type: 'string' },
    plan: { type: 'string', default: join(import.meta.dirname, 'plan.yaml') },
    'as-of': { type: 'string', default: '2020-02-21' }, // the day of the last invoice
    folds: { type: 'string', default: '5' },
    repeats: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const STOPPING = { logger: silentLogger, watchParent: false, exitCode: 130 };

const folder = mkdtempSync(join(tmpdir(), 'xinqiao-invoices-'));
chmodSync(folder, 0o711); // as root the server runs as another user, who must get in
try {
  await main();
} finally {
  removeFolder();
}

function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  if (options.data === undefined) throw new TypeError('--data is needed');
  const file = options.values ?? join(folder, 'values.csv');
  const collected = await collect(options.data, file);
  const study = await validate(file);
  const answer = { ...collected, ...study };
  process.stdout.write(`${options.json ? JSON.stringify(answer) : describe(answer)}\n`);
}

/** Delivers, computes and writes the training set. */
async function collect(data: string, file: string) {
  const firms = readFirms(data);
  const config = shapeConfig({ XINQIAO_DATA: join(folder, 'node') });
  const node = await openNode({ config, logger: silentLogger, say });
  const stopListening = onStopRequested(() => node.close().finally(removeFolder), STOPPING);
  try {
    const receipts: DeliveryReceipt[] = [];
    for (const direction of DIRECTIONS) {
      receipts.push(await deliverInvoices(node.lists, data, { direction, firms }));
      say(`交付 ${direction} ${JSON.stringify(receipts.at(-1)?.rows)} 行`);
    }
    const compiled = invoiceIndicators(node.evaluation.book);
    const asked = { firms, asOf: options['as-of'], signIn: (firm: Firm) => signIn(node.lists, firm) };
    const rows = await readValues(node.lists, compiled, asked);
    say(`指标 ${rows.length} 家`);
    writeFileSync(file, toCsv(rows, compiled.ids));
    return { deliveries: receipts.map(countsOf), firms: firms.length, indicators: compiled.ids.length };
  } finally {
    stopListening();
    await node.close();
  }
}

function countsOf({ state, rows, new: fresh, quarantined, duplicateInFile, held }: DeliveryReceipt) {
  return { state, rows, new: fresh, duplicateInFile, quarantined, held };
}

async function validate(file: string) {
  const plan = shapePlan(parse(readFileSync(options.plan, 'utf8')));
  const table = await readTable(file);
  const target = readTarget(table, plan.target.column, plan.target.bad);
  const rules = {
    folds: Number(options.folds),
    repeats: Number(options.repeats),
    seed: Number(options.seed),
  };
  const defaults = target.bad.reduce((sum, value) => sum + value, 0);
  return { defaults, validation: crossValidate(table, target, plan, rules) };
}

type Answer = Awaited<ReturnType<typeof collect>> & Awaited<ReturnType<typeof validate>>;

function describe({ deliveries, firms, indicators, defaults, validation }: Answer): string {
  const { auc, ks, brier, calibration, used, refused } = validation;
  const rate = defaults / firms;
  const often = Object.entries(used).sort(([, a], [, b]) => b - a);
  return [
    ...deliveries.map((counts) => `交付 ${JSON.stringify(counts)}`),
    `${firms} 家企业，${defaults} 家违约，${indicators} 个指标，截至 ${options['as-of']}`,
    `${validation.folds} 折 × ${validation.repeats} 次交叉验证（95% 区间，Nadeau-Bengio）：`,
    `  AUC ${interval(auc)}，KS ${interval(ks)}，Brier ${interval(brier)}（只报平均违约率时 ${(rate * (1 - rate)).toFixed(3)}）`,
    `  各折合并校准：预期 ${calibration.expectedRate.toFixed(3)}，实际 ${calibration.observedRate.toFixed(3)}，斜率 ${calibration.slope?.toFixed(2) ?? '—'}，截距 ${calibration.intercept?.toFixed(2) ?? '—'}`,
    `  入模次数：${often.map(([name, count]) => `${name} ${count}`).join('，')}；未能建卡：${JSON.stringify(refused)}`,
    '  样本很少：换一批企业，结果会在区间之内变动，也可能在其外。Few cases: another sample moves within the interval, or out of it.',
  ].join('\n');
}

function interval({ mean, low, high }: Uncertain): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
