import type { Command } from 'commander';
import { parse } from 'yaml';
import {
  type AhpResult,
  apportion,
  type DataWeights,
  matrixOfTable,
  readTable,
  shapeAhpStudy,
  shapeValueMatrix,
  type ValueMatrix,
  weighByAhp,
  weighByCritic,
  weighByEntropy,
  type Weights,
  weightsRefusal,
} from '#evaluation';
import { openOutput, table } from '../output.ts';
import { readGivenText } from '../read-given-file.ts';

type WeightsOptions = { marks?: string; json?: boolean };
type DataOptions = WeightsOptions & { columns?: string[]; lower?: string[]; unitRange?: boolean };

/** Weights of an index system from judgements or from data; needs no database and keeps nothing. */
export function addWeights(program: Command): void {
  const weights = program
    .command('weights')
    .description('指标权重：层次分析、熵权、CRITIC · weights of indicators by judgement or by data');
  withAnswer(
    weights.command('ahp').description('层次分析法，多位专家 · AHP from several experts (YAML or JSON)'),
  ).action((file: string, options: WeightsOptions) => {
    const result = weighByAhp(shapeAhpStudy(readDefinition(file)));
    answerWeights(result, options, () => showExperts(result));
  });
  withData(weights.command('entropy').description('熵权法 · entropy weights (YAML, JSON or any table)'))
    .option('--unit-range', 'bring each column to 0…1 by its direction first')
    .action(async (file: string, options: DataOptions) => {
      const matrix = await readMatrix(file, options);
      const result = weighByEntropy(matrix, options.unitRange === true ? 'unit-range' : 'share');
      answerWeights(result, options, () => showRows(result));
    });
  withData(
    weights.command('critic').description('CRITIC 法 · CRITIC weights (YAML, JSON or any table)'),
  ).action(async (file: string, options: DataOptions) => {
    const result = weighByCritic(await readMatrix(file, options));
    answerWeights(result, options, () => showRows(result));
  });
}

function withAnswer(command: Command): Command {
  return command
    .argument('<file>')
    .option('--marks <n>', 'share these full marks out by the weights, in whole marks')
    .option('--json', 'one JSON line');
}

function withData(command: Command): Command {
  return withAnswer(command)
    .option('--columns <name...>', 'of a table: these columns; absent: every numeric one')
    .option('--lower <name...>', 'of a table: columns of which less is better');
}

function answerWeights(
  result: AhpResult | DataWeights,
  { marks, json }: WeightsOptions,
  explain: () => string,
): void {
  const shares = marks === undefined ? undefined : shareMarks(result.weights, marks);
  openOutput(json === true).answer(toJson({ ...result, ...(shares && { marks: shares }) }), () =>
    [
      table(
        ['指标', '权重', ...(shares ? ['分值'] : [])],
        [...result.weights].map(([id, weight]) => [
          id,
          weight.toFixed(4),
          ...(shares ? [shares.get(id) ?? 0] : []),
        ]),
      ),
      explain(),
    ].join('\n'),
  );
}

function shareMarks(weights: Weights, written: string): ReadonlyMap<string, number> {
  const marks = Number(written);
  if (!Number.isSafeInteger(marks) || marks <= 0)
    throw weightsRefusal('weights.wrong_file', { where: '--marks', reason: 'a whole number above 0' });
  const units = apportion(marks, [...weights.values()]);
  return new Map([...weights.keys()].map((id, at) => [id, units[at] ?? 0]));
}

function showExperts({ consistency, table: name, ratioMax, experts }: AhpResult): string {
  const lines = experts.map(
    (one) =>
      `  ${one.id}：CR ${one.consistency.ratio.toFixed(4)}，λmax ${one.consistency.lambdaMax.toFixed(4)}`,
  );
  return [
    `✓ 一致性比率 ${consistency.ratio.toFixed(4)} ≤ ${ratioMax}（随机指标表 ${name}），专家 ${experts.length} 位：`,
    ...lines,
  ].join('\n');
}

function showRows({ rows, leftOut, constant }: DataWeights): string {
  const flat = constant.length === 0 ? [] : [`! 无差异，权重为零：${constant.join('、')}`];
  return [`✓ ${rows} 行，缺值未用 ${leftOut} 行`, ...flat].join('\n');
}

function readDefinition(file: string): unknown {
  const written: unknown = parse(readGivenText(file));
  return written;
}

async function readMatrix(file: string, { columns, lower = [] }: DataOptions): Promise<ValueMatrix> {
  if (/\.(ya?ml|json)$/i.test(file)) return shapeValueMatrix(readDefinition(file));
  const read = await readTable(file);
  const numeric = [...read.columns.values()].filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const criteria = (columns ?? numeric).map((id) => ({
    id,
    direction: lower.includes(id) ? ('lower' as const) : ('higher' as const),
  }));
  return matrixOfTable(read, criteria);
}

/** Maps as plain objects, in their order. */
function toJson(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, toJson(one)]));
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toJson(one)]));
}
