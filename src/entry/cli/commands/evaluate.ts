import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  approveEvaluationModel,
  challengeEvaluationModel,
  describeFigures,
  evaluationRefusal,
  explainOwnScore,
  findEvaluationModel,
  type Gate,
  listEvaluationModels,
  listEvaluationRuns,
  MODEL_KIND_ZH,
  MODEL_STATE_ZH,
  type ModelRole,
  openChampion,
  openEvaluationModel,
  proposeEvaluationModel,
  replayScore,
  retireEvaluationModel,
  runEvaluation,
  shadowEvaluationModel,
  showPoints,
  validateEvaluationModel,
  writeCardModelCard,
  writeCardPage,
  writeModelCard,
} from '#evaluation';
import { inTransaction } from '#kernel';
import { openRuns } from '../../evaluation.ts';
import { showCardModelCard } from '../card-words.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { addCards } from '../evaluate-cards.ts';

type Json = { json?: boolean };
type RunOptions = Json & { incremental?: boolean; model?: string };

/** 全覆盖评价: run, watch, look at one enterprise, compute a score again; and the life of models. */
export function addEvaluate(program: Command): void {
  const evaluate = program
    .command('evaluate')
    .description('信用评价 · credit evaluation of every enterprise');
  evaluate
    .command('run')
    .description('全覆盖评价；中断后再次运行即从未完成处继续 · score everybody; taken up where it was cut')
    .option('--incremental', '只算上次以来有变动的企业 · only who was touched since the last run')
    .option('--model <hash>', '影子或候选模型 · a model in shadow or a challenger; absent: the one in use')
    .option('--json', 'one JSON line')
    .action(run);
  evaluate
    .command('status', { isDefault: true })
    .description('最近各次评价及进度 · the latest runs, and how far they are')
    .option('--json', 'one JSON line')
    .action(status);
  evaluate
    .command('score')
    .description('一个企业的评价及说明 · one enterprise, explained')
    .argument('<code>')
    .option('--json', 'one JSON line')
    .action(score);
  evaluate
    .command('replay')
    .description('按原定义、原时点重算一个结果 · compute a kept score again')
    .argument('<score>', '评次/代码 · RUN/CODE')
    .option('--json', 'one JSON line')
    .action(replay);
  addModelLife(evaluate);
  addCards(evaluate);
}

function addModelLife(evaluate: Command): void {
  const model = evaluate.command('model').description('评价模型的生命周期 · the life of evaluation models');
  model.command('list', { isDefault: true }).option('--json', 'one JSON line').action(listModels);
  model
    .command('card')
    .description('模型说明 · the model card')
    .argument('<hash>')
    .option('--html <file>', '评分卡：写成带图的网页 · of a scorecard: as a page with its drawings')
    .option('--json', 'one JSON line')
    .action(card);
  model
    .command('propose')
    .description('把现行文件提为草稿 · keep the model of the files as a draft')
    .option('--json', 'one JSON line')
    .action(propose);
  for (const [name, step] of Object.entries(STEPS))
    model
      .command(name)
      .description(step.description)
      .argument('<hash>')
      .option('--json', 'one JSON line')
      .action((hash: string, options: Json) => take(step, hash, options));
}

async function run(options: RunOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openRuns(node);
    const { model, role } = await inTransaction(node.database, async (tx) => {
      if (options.model === undefined)
        return { model: await openChampion(tx, context), role: 'champion' as const };
      const opened = await openEvaluationModel(tx, context, options.model);
      return { model: opened, role: roleOf((await findEvaluationModel(tx, opened.hash))?.state) };
    });
    const finished = await runEvaluation(context, {
      caller,
      kind: options.incremental === true ? 'incremental' : 'full',
      model,
      role,
      onProgress: (done, total) => output.progress('评价', done, total),
    });
    if (finished === undefined) {
      output.answer({ run: null }, () => '上次评价以来没有企业有变动。');
      return;
    }
    const { figures, ...head } = finished;
    const report = describeFigures(model, figures);
    output.answer({ run: head.runId, ...head, ...report }, () =>
      [
        `评次 ${head.runId}：${head.enterprises} 户，截至 ${head.asOf}，存证 ${head.receiptId}`,
        table(['等级', '户数'], Object.entries(report.grades)),
        table(['情形', '户数'], Object.entries(report.states)),
      ].join('\n'),
    );
  });
}

function roleOf(state: string | undefined): ModelRole {
  if (state === 'champion' || state === 'challenger' || state === 'shadow') return state;
  throw evaluationRefusal('evaluation.step_wrong', { state: state ?? '', step: '运行 run' });
}

const RUNS_SHOWN = 20;

async function status(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const runs = await inTransaction(node.database, (tx) => listEvaluationRuns(tx, RUNS_SHOWN));
    output.answer({ runs }, () =>
      table(
        ['评次', '种类', '用途', '状态', '进度', '企业', '截至'],
        runs.map((one) => [
          one.runId,
          one.kind,
          one.role,
          one.state,
          `${one.slicesDone}/${one.slices}`,
          one.enterprises,
          one.asOf,
        ]),
      ),
    );
  });
}

async function score(code: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const found = await explainOwnScore(openRuns(node), { caller, code });
    const { scored, against, changes } = found.explanation;
    output.answer(found, () =>
      [
        `${found.enterprise.name} 截至 ${found.asOf}：${scored.grade ?? '有分无级'}，${showPoints(scored.score)} / ${showPoints(scored.fullMarks)} 分`,
        table(
          ['一级指标', '得分', '满分'],
          scored.dimensions.map(({ id, points, fullMarks }) => [
            id,
            showPoints(points),
            showPoints(fullMarks),
          ]),
        ),
        ...against.map(({ reason, difference }) => `  ${showPoints(difference)}  ${reason.zh}`),
        changes.state === 'reached'
          ? `达到 ${changes.target.grade} 级最省力的改进：${changes.changes.map(({ indicator }) => indicator).join('、')}`
          : '',
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
  });
}

async function replay(name: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const replayed = await replayScore(openRuns(node), { caller, score: name });
    output.answer(replayed, () =>
      replayed.isIdentical
        ? `与当时逐位一致（截至 ${replayed.asOf}，模型 ${replayed.model}）。`
        : `与当时不同：${replayed.differing.join('、') || '当时未评价'}。其后被修复、撤销或限制使用的记录不再计入。`,
    );
    if (!replayed.isIdentical) process.exitCode = 1;
  });
}

async function listModels(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const models = await inTransaction(node.database, listEvaluationModels);
    output.answer({ models }, () =>
      table(
        ['哈希', '种类', '状态', '评分规则', '定级规则', '提出'],
        models.map((one) => [
          one.hash,
          MODEL_KIND_ZH[one.kind],
          MODEL_STATE_ZH[one.state],
          one.system,
          one.grading,
          one.proposedBy,
        ]),
      ),
    );
  });
}

async function card(hash: string, options: Json & { html?: string }): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const kept = await inTransaction(node.database, (tx) => findEvaluationModel(tx, hash));
    if (kept?.kind === 'card' || options.html !== undefined) {
      const written = await inTransaction(node.database, (tx) =>
        writeCardModelCard(tx, openRuns(node), hash),
      );
      if (options.html !== undefined) writeFileSync(options.html, writeCardPage(written));
      output.answer(written, () => showCardModelCard(written));
      return;
    }
    const written = await inTransaction(node.database, (tx) => writeModelCard(tx, openRuns(node), hash));
    output.answer(written.card, () => written.markdown);
  });
}

async function propose(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const { filed } = node.evaluation;
    const state = await inTransaction(node.database, (tx) =>
      proposeEvaluationModel(tx, openRuns(node), { caller, filed }),
    );
    output.answer({ model: filed.model.hash, state }, () => `${filed.model.hash}：${MODEL_STATE_ZH[state]}`);
  });
}

type Step = {
  readonly description: string;
  readonly take: (
    context: Pick<CommandContext, 'node' | 'caller'>,
    hash: string,
  ) => Promise<{ readonly gates?: readonly Gate[] }>;
};

/** Each a step of a model's life, in order. */
const STEPS: Readonly<Record<string, Step>> = {
  validate: {
    description: '检验规则或评分卡 · ask the gates that need no run',
    take: async (context, hash) => ({ gates: await within(context, validateEvaluationModel, hash) }),
  },
  shadow: {
    description: '进入影子运行 · run beside the one in use, read by nobody',
    take: async (context, hash) => {
      await within(context, shadowEvaluationModel, hash);
      return {};
    },
  },
  challenge: {
    description: '检验影子运行的结果，通过即为候选 · ask the gates of its shadow run',
    take: async (context, hash) => ({ gates: await within(context, challengeEvaluationModel, hash) }),
  },
  approve: {
    description: '批准启用，须两人，且均非提出人 · two persons, neither the proposer',
    take: async (context, hash) => {
      await within(context, approveEvaluationModel, hash);
      return {};
    },
  },
  retire: {
    description: '停用 · end it for good',
    take: async (context, hash) => {
      await within(context, retireEvaluationModel, hash);
      return {};
    },
  },
};

type StepWork<Result> = (
  tx: Parameters<typeof shadowEvaluationModel>[0],
  context: ReturnType<typeof openRuns>,
  acting: Parameters<typeof shadowEvaluationModel>[2],
) => Promise<Result>;

async function within<Result>(
  { node, caller }: Pick<CommandContext, 'node' | 'caller'>,
  work: StepWork<Result>,
  hash: string,
): Promise<Result> {
  return await inTransaction(node.database, (tx) => work(tx, openRuns(node), { caller, hash }));
}

async function take(step: Step, hash: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const taken = await step.take({ node, caller }, hash);
    const model = await inTransaction(node.database, (tx) => findEvaluationModel(tx, hash));
    if (model === undefined) throw evaluationRefusal('evaluation.model_unknown', { model: hash });
    const gates = taken.gates ?? [];
    output.answer({ model: hash, state: model.state, ...taken }, () =>
      [
        `${hash}：${MODEL_STATE_ZH[model.state]}`,
        ...gates.map(
          ({ id, isPassed, found, asked }) => `  ${isPassed ? '✓' : '✗'} ${id}：${found}（${asked}）`,
        ),
      ].join('\n'),
    );
    if (gates.some(({ isPassed }) => !isPassed)) process.exitCode = 1;
  });
}
