import { beijingDate, type Tx } from '#kernel';
import { showPoints } from '../index-system/definition/points.ts';
import { evaluationRefusal } from '../run/evaluation-refusals.ts';
import { describeFigures, type FigureReport } from '../run/figures.ts';
import type { RunTables } from '../run/run-tables.ts';
import type { EvaluationModel } from './evaluation-model.ts';
import type { Gate } from './gates.ts';
import {
  findEvaluationModel,
  type KeptModel,
  type ModelContext,
  openEvaluationModel,
} from './model-store.ts';
import type { ModelState } from './model-tables.ts';
import { readExamined } from './read-examined.ts';

/** 模型说明: what a model is, what it rests on, how it was examined, who answers for it, and what it did last. */
export type EvaluationModelCard = {
  readonly model: string;
  readonly state: ModelState;
  readonly name: { readonly zh: string; readonly en: string };
  readonly system: {
    readonly id: string;
    readonly version: string;
    readonly hash: string;
    readonly source: string;
  };
  readonly grading: {
    readonly id: string;
    readonly version: string;
    readonly hash: string;
    readonly source: string;
  };
  readonly basis: readonly string[];
  readonly reach: string;
  readonly fullMarks: number;
  readonly indicators: readonly {
    readonly id: string;
    readonly name: { readonly zh: string; readonly en: string };
    readonly hash: string;
    readonly contract: string | null;
    readonly fullMarks: number | null;
  }[];
  readonly ceilings: readonly { readonly id: string; readonly cap: string; readonly clause: string }[];
  readonly proposedBy: string;
  readonly approvedBy: readonly string[];
  readonly gates: readonly Gate[];
  readonly lastRun: (FigureReport & { readonly run: string; readonly asOf: string }) | null;
};

/** Made from what is kept; nothing in it is written by hand. Throws `evaluation.model_unknown`. */
export async function writeModelCard(
  tx: Tx,
  context: Pick<ModelContext, 'book'>,
  hash: string,
): Promise<{ readonly card: EvaluationModelCard; readonly markdown: string }> {
  const kept = await findEvaluationModel(tx, hash);
  if (kept === undefined) throw evaluationRefusal('evaluation.model_unknown', { model: hash });
  const model = await openEvaluationModel(tx, context, hash);
  const card = {
    ...describeRules(model, kept),
    ...(await readExamined(tx, hash)),
    lastRun: await readLast(tx, model),
  };
  return { card, markdown: toMarkdown(card) };
}

function describeRules(model: EvaluationModel, kept: KeptModel) {
  const { system, grading, compiled } = model;
  const marks = new Map(system.leaves.map(({ indicator, fullMarks }) => [indicator, fullMarks]));
  const edition = ({ id, version, hash, source }: typeof system | typeof grading) => ({
    id,
    version,
    hash,
    source,
  });
  return {
    model: model.hash,
    state: kept.state,
    name: system.name,
    system: edition(system),
    grading: edition(grading),
    basis: [...system.basis, ...grading.basis],
    reach: system.reach,
    fullMarks: system.fullMarks,
    indicators: compiled.order.map((indicator) => ({
      id: indicator.definition.id,
      name: indicator.definition.name,
      hash: indicator.hash,
      contract: indicator.kind === 'base' ? indicator.contract.id : null,
      fullMarks: marks.get(indicator.definition.id) ?? null,
    })),
    ceilings: grading.ceilings.map(({ id, cap, clause }) => ({ id, cap, clause })),
    proposedBy: kept.proposedBy,
  };
}

async function readLast(tx: Tx, model: EvaluationModel): Promise<EvaluationModelCard['lastRun']> {
  const row = await tx
    .tables<RunTables>()
    .selectFrom('evaluation.runs')
    .select(['run_id', 'figures', 'known_at'])
    .where('model_hash', '=', model.hash)
    .where('state', '=', 'finished')
    .where('kind', '=', 'full')
    .orderBy('run_no', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row?.figures == null) return null;
  return { run: row.run_id, asOf: beijingDate(row.known_at), ...describeFigures(model, row.figures) };
}

function toMarkdown(card: EvaluationModelCard): string {
  const lines = [
    `# ${card.name.zh}`,
    '',
    card.name.en,
    '',
    `- 模型 model: \`${card.model}\`（${card.state}）`,
    `- 评分规则 scoring rules: ${card.system.id} ${card.system.version}，来源 source: ${card.system.source}`,
    `- 定级规则 grading rules: ${card.grading.id} ${card.grading.version}，来源 source: ${card.grading.source}`,
    `- 满分 full marks: ${showPoints(card.fullMarks)}；数据范围 reach: ${card.reach}`,
    `- 提出 proposed by: ${card.proposedBy}；批准 approved by: ${card.approvedBy.join('、') || '—'}`,
    '',
    '## 依据 Basis',
    '',
    ...card.basis.map((one) => `- ${one}`),
    '',
    '## 指标 Indicators',
    '',
    '| 指标 | 名称 | 数据 | 满分 |',
    '|---|---|---|---|',
    ...card.indicators.map(
      ({ id, name, contract, fullMarks }) =>
        `| ${id} | ${name.zh} | ${contract ?? '由指标合成'} | ${fullMarks === null ? '封顶' : showPoints(fullMarks)} |`,
    ),
    '',
    '## 封顶和一票否决 Ceilings',
    '',
    ...card.ceilings.map(({ id, cap, clause }) => `- ${id} → ${cap}（${clause}）`),
    '',
    '## 检验 Gates',
    '',
    ...card.gates.map(
      ({ id, isPassed, found, asked }) => `- ${isPassed ? '✓' : '✗'} ${id}: ${found}（${asked}）`,
    ),
    ...(card.lastRun === null ? [] : writeLastRun(card.lastRun)),
  ];
  return `${lines.join('\n')}\n`;
}

function writeLastRun({ run, asOf, grades, states }: NonNullable<EvaluationModelCard['lastRun']>): string[] {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([key, n]) => `${key} ${n}`)
      .join('，');
  return ['', '## 最近一次全覆盖 Last full run', '', `${run}，${asOf}：${counts(grades)}；${counts(states)}`];
}
