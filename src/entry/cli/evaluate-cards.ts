import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type CardModel,
  type CardPlan,
  findCardPlan,
  fitCardModel,
  MODEL_STATE_ZH,
  proposeCard,
  readCardPlan,
  replayCardScore,
  runCard,
} from '#evaluation';
import { inTransaction } from '#kernel';
import { modelFolders, openRuns } from '../evaluation.ts';
import { showFitted } from './card-words.ts';
import { type CommandContext, withNode } from './with-node.ts';

type Json = { json?: boolean };
type FitOptions = Json & { from?: string; to?: string; knownAt?: string; card?: string };

/** 评分卡: fitted on the node's own indicators; from the draft on it goes the way of every model (`evaluate model`). */
export function addCards(evaluate: Command): void {
  const card = evaluate
    .command('card')
    .description('以本节点指标建立的评分卡 · scorecards fitted on the node’s own indicators');
  withDays(card.command('fit').description('试建，不保存 · fit and show; nothing is kept'))
    .option('--card <file>', '把卡写入文件 · where to write the card itself')
    .action(fit);
  withDays(card.command('propose').description('建卡并提为草稿 · fit, and keep as a draft')).action(propose);
  card
    .command('run')
    .description(
      '影子运行：给最近一次全覆盖评价的企业打分，无人可读 · score those of the last full run, read by nobody',
    )
    .argument('<hash>')
    .option('--json', 'one JSON line')
    .action(run);
  card
    .command('replay')
    .description('按原卡、原时点重算一个结果 · compute a kept score of a card again')
    .argument('<score>', '评次/代码 · RUN/CODE')
    .option('--json', 'one JSON line')
    .action(replay);
}

function withDays(command: Command): Command {
  return command
    .argument('<plan>', '方案名称或 .yaml 文件 · id of a plan in models/cards, or a file')
    .option('--from <day>', '贷款决定日不早于 · decisions from this day on')
    .option('--to <day>', '贷款决定日不晚于 · decisions up to this day')
    .option('--known-at <instant>', '按此时点所知 · as known at this instant; absent: now')
    .option('--json', 'one JSON line');
}

async function fit(plan: string, options: FitOptions): Promise<void> {
  await withNode(options, async (command) => {
    const model = await fitBy(command, plan, options);
    if (options.card !== undefined) writeFileSync(options.card, `${JSON.stringify(model.card, null, 1)}\n`);
    const { hash, grades, study } = model;
    command.output.answer({ model: hash, card: model.card.hash, grades, study }, () => showFitted(model));
  });
}

async function propose(plan: string, options: FitOptions): Promise<void> {
  await withNode(options, async (command) => {
    const { node, output, caller } = command;
    const model = await fitBy(command, plan, options);
    const state = await inTransaction(node.database, (tx) =>
      proposeCard(tx, openRuns(node), { caller, model }),
    );
    output.answer(
      { model: model.hash, state, study: model.study },
      () => `${showFitted(model)}\n${MODEL_STATE_ZH[state]}`,
    );
  });
}

async function fitBy(
  { node, caller }: Pick<CommandContext, 'node' | 'caller'>,
  name: string,
  { from, to, knownAt }: FitOptions,
): Promise<CardModel> {
  const plan: CardPlan = /\.ya?ml$/.test(name)
    ? readCardPlan(name)
    : findCardPlan(modelFolders(node.config), name);
  return await fitCardModel(openRuns(node), {
    caller,
    plan,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(knownAt !== undefined && { knownAt: new Date(knownAt) }),
  });
}

async function run(hash: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const ran = await runCard(openRuns(node), { caller, hash });
    output.answer(
      ran,
      () => `评次 ${ran.runId}：${ran.enterprises} 户，与 ${ran.beside} 同时点，存证 ${ran.receiptId}`,
    );
  });
}

async function replay(score: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const replayed = await replayCardScore(openRuns(node), { caller, score });
    output.answer(replayed, () =>
      replayed.isIdentical
        ? `与当时逐位一致（截至 ${replayed.asOf}，模型 ${replayed.model}）。`
        : `与当时不同：${replayed.differing.join('、') || '概率或等级'}。其后被修复、撤销或限制使用的记录不再计入。`,
    );
    if (!replayed.isIdentical) process.exitCode = 1;
  });
}
