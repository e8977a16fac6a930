import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import {
  applyCard,
  binVariables,
  type Card,
  crossValidate,
  FAIRNESS_RULES,
  findLeaks,
  fitCard,
  inferRejects,
  laboratoryRefusal,
  measureCard,
  measureFairness,
  readCard,
  readTable,
  readTarget,
  REJECT_METHODS,
  type RejectRules,
  shapePlan,
  stabilityOf,
  type Table,
  type Target,
} from '#evaluation';
import { showBinning, showFit, showReport } from '../laboratory-words.ts';
import { openOutput } from '../output.ts';
import { readGivenText } from '../read-given-file.ts';

type PlanOptions = { target?: string; bad?: string; plan?: string; json?: boolean };
type BinOptions = PlanOptions & { variable?: string; trend?: string };
type FitOptions = PlanOptions & {
  card?: string;
  folds?: string;
  repeats: string;
  seed: string;
  rejects?: string;
  method: string;
  badFactor: string;
};
type CardOptions = { card: string; out?: string; group?: string[]; cutoff?: string; json?: boolean };

/** The scorecard laboratory on any file of rows; needs no database and keeps nothing but what it is told to write. */
export function addLaboratory(program: Command): void {
  const laboratory = program
    .command('laboratory')
    .description('评分卡实验室 · the scorecard laboratory, on any CSV, XLSX, JSON Lines or ARFF');
  addBin(laboratory);
  addFit(laboratory);
  addApply(laboratory);
  addReport(laboratory);
}

function addBin(laboratory: Command): void {
  withPlan(laboratory.command('bin').description('最优分箱与泄漏提示 · optimal bins and leakage warnings'))
    .option('--variable <name>', 'only this one, with its whole table')
    .option('--trend <trend>', 'how the bad rate may go, in place of the plan’s')
    .action(async (file: string, options: BinOptions) => {
      const output = openOutput(options.json === true);
      const { table, target, plan } = await openStudy(file, options, {
        ...(options.variable !== undefined && { variables: [options.variable] }),
        ...(options.trend !== undefined && { trend: options.trend }),
      });
      const results = binVariables(table, target, plan);
      const leaks = findLeaks({ table, target, plan }, results);
      output.answer({ results, leaks, brokenRows: table.brokenRows }, () => showBinning(results, leaks));
    });
}

function addFit(laboratory: Command): void {
  withPlan(laboratory.command('fit').description('建卡 · bin, select, fit and scale a card'))
    .option('--card <file>', 'where to write the card')
    .option('--folds <n>', 'cross-validate with so many folds')
    .option('--repeats <n>', 'cross-validation: how often the folds are dealt anew', '5')
    .option('--seed <n>', 'same seed, same folds and parcels', '1')
    .option(
      '--rejects <file>',
      'rejected cases of the same columns, without outcome: the card with and without them',
    )
    .option('--method <name>', 'reject inference: fuzzy or parcelling', 'fuzzy')
    .option(
      '--bad-factor <n>',
      'reject inference: how much worse rejects are than accepted of the same score',
      '1',
    )
    .action(async (file: string, options: FitOptions) => {
      const output = openOutput(options.json === true);
      const study = await openStudy(file, options);
      const { table, target, plan } = study;
      const fitted = fitCard(table, target, plan);
      const rejects = await studyRejects(study, options);
      const { folds } = options;
      const validation =
        folds === undefined ? undefined : crossValidate(table, target, plan, foldRules(folds, options));
      const figures = measureCard(fitted.card, table, target);
      if (options.card !== undefined)
        writeFileSync(options.card, `${JSON.stringify(fitted.card, null, 1)}\n`);
      output.answer({ ...fitted, figures, validation, rejects }, () =>
        showFit(fitted, figures, { validation, rejects }),
      );
    });
}

function addApply(laboratory: Command): void {
  laboratory
    .command('apply')
    .description('用卡打分，每行一个分数 · score every row with a card')
    .argument('<file>')
    .requiredOption('--card <file>', 'the card that fit wrote')
    .option('--out <file>', 'where to write row, score and chance of bad as CSV')
    .option('--json', 'one JSON line')
    .action(async (file: string, options: CardOptions) => {
      const output = openOutput(options.json === true);
      const { card, table } = await openScoring(file, options);
      const { scores, chances, unseen } = applyCard(card, table);
      const lines = Array.from(scores, (score, row) => `${row + 1},${score},${chances[row]}`);
      if (options.out !== undefined) writeFileSync(options.out, `row,score,chance\n${lines.join('\n')}\n`);
      const answer = { card: card.hash, rows: table.rowCount, brokenRows: table.brokenRows, unseen };
      output.answer(answer, () =>
        [
          `✓ ${table.rowCount} 行，未读 ${table.brokenRows} 行，评分卡 ${card.hash.slice(0, 12)}`,
          ...unseen.map(({ variable, rows }) => `! ${variable}：${rows} 行为建卡时未见过的取值`),
        ].join('\n'),
      );
    });
}

function addReport(laboratory: Command): void {
  laboratory
    .command('report')
    .description('在已知结果的数据上检验卡 · what a card does on rows whose outcome is known')
    .argument('<file>')
    .requiredOption('--card <file>', 'the card that fit wrote')
    .option('--group <column...>', 'fairness by the groups of these columns; they need not be in the card')
    .option('--cutoff <score>', 'fairness: rows with this score or more are selected')
    .option('--json', 'one JSON line')
    .action(async (file: string, options: CardOptions) => {
      const output = openOutput(options.json === true);
      const { card, table } = await openScoring(file, options);
      const target = readTarget(table, card.target.column, card.target.bad);
      const middle = (card.points.scoreMin + card.points.scoreMax) / 2;
      const rules = { ...FAIRNESS_RULES, cutoff: Number(options.cutoff ?? middle) };
      const answer = {
        card: card.hash,
        figures: measureCard(card, table, target),
        stability: stabilityOf(card, table),
        fairness: (options.group ?? []).map((by) => measureFairness(card, { table, target }, by, rules)),
      };
      output.answer(answer, () => showReport(answer));
    });
}

function withPlan(command: Command): Command {
  return command
    .argument('<file>')
    .option('--target <column>', 'the column that says what the rows came to')
    .option('--bad <value>', 'its value that means bad')
    .option('--plan <file>', 'rules of bins, selection, scaling and leakage (YAML or JSON)')
    .option('--json', 'one JSON line');
}

type Study = { table: Table; target: Target; plan: ReturnType<typeof shapePlan> };

async function openStudy(
  file: string,
  { target, bad, plan: planFile }: PlanOptions,
  own: { variables?: string[]; trend?: string } = {},
): Promise<Study> {
  const written: unknown = planFile === undefined ? {} : parse(readGivenText(planFile));
  const base = typeof written === 'object' && written !== null ? written : { plan: written };
  const bins = 'bins' in base && typeof base.bins === 'object' ? base.bins : {};
  const plan = shapePlan({
    ...base,
    ...(target !== undefined && bad !== undefined && { target: { column: target, bad } }),
    ...(own.variables !== undefined && { variables: own.variables }),
    ...(own.trend !== undefined && { bins: { ...bins, trend: own.trend } }),
  });
  const table = await readTable(file, readingOf(plan));
  return { table, target: readTarget(table, plan.target.column, plan.target.bad), plan };
}

function readingOf({ categorical, missingMarks }: Study['plan']) {
  return { ...(categorical && { categorical }), ...(missingMarks && { missingMarks }) };
}

async function openScoring(file: string, options: CardOptions): Promise<{ card: Card; table: Table }> {
  const card = readCard(readGivenText(options.card));
  const texts = card.binnings.filter(({ kind }) => kind === 'categorical').map(({ variable }) => variable);
  return { card, table: await readTable(file, { categorical: texts }) };
}

async function studyRejects({ table, target, plan }: Study, options: FitOptions) {
  if (options.rejects === undefined) return undefined;
  const rejects = await readTable(options.rejects, readingOf(plan));
  const rules: RejectRules = {
    method: methodOf(options.method),
    badFactor: Number(options.badFactor),
    seed: Number(options.seed),
  };
  return inferRejects({ table, target, plan }, rejects, rules);
}

function methodOf(written: string): RejectRules['method'] {
  const method = REJECT_METHODS.find((known) => known === written);
  if (method !== undefined) return method;
  throw laboratoryRefusal('laboratory.wrong_plan', { where: '--method', reason: REJECT_METHODS.join(', ') });
}

function foldRules(folds: string, { repeats, seed }: FitOptions) {
  return { folds: Number(folds), repeats: Number(repeats), seed: Number(seed) };
}
