import type { Tx } from '#kernel';
import type { Gate } from '../gates.ts';
import { findEvaluationModel, type ModelContext } from '../model-store.ts';
import { readExamined } from '../read-examined.ts';
import { evaluationRefusal } from '../../run/evaluation-refusals.ts';
import type { ModelState } from '../model-tables.ts';
import { type CardRunLine, readLastCardRun } from '../card-runs/last-run.ts';
import { openCardModel } from './card-store.ts';
import type { CardStudy } from './card-study.ts';
import type { GradeTable } from './grade-table.ts';

/** 模型说明 of a card: what it is, how it came about, what it did on loans held out, who answers for it. */
export type CardModelCard = {
  readonly model: string;
  readonly kind: 'card';
  readonly state: ModelState;
  readonly name: { readonly zh: string; readonly en: string };
  readonly basis: readonly string[];
  readonly plan: { readonly id: string; readonly version: string; readonly hash: string };
  /** Content hash of every artefact. */
  readonly artefacts: {
    readonly card: string;
    readonly model: string;
    readonly points: string;
    readonly grades: string;
    readonly study: string;
    readonly indicators: string;
    readonly binnings: Readonly<Record<string, string>>;
  };
  readonly horizonMonths: number;
  readonly expectedAuc: { readonly from: number; readonly to: number; readonly basis: string } | null;
  readonly variables: readonly CardVariable[];
  readonly grades: GradeTable['grades'];
  readonly study: Omit<CardStudy, 'schema' | 'hash' | 'card' | 'plan' | 'verdicts'>;
  readonly proposedBy: string;
  readonly approvedBy: readonly string[];
  readonly gates: readonly Gate[];
  readonly lastRun: CardRunLine | null;
};

export type CardVariable = {
  readonly indicator: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly coefficient: number;
  readonly iv: number;
  readonly bins: readonly {
    readonly label: string;
    readonly rows: number;
    readonly badRate: number | null;
    readonly points: number;
  }[];
};

/** Made from what is kept; nothing in it is written by hand. Throws `evaluation.model_unknown`, `cards.wrong_kind`. */
export async function writeCardModelCard(
  tx: Tx,
  context: Pick<ModelContext, 'book'>,
  hash: string,
): Promise<CardModelCard> {
  const kept = await findEvaluationModel(tx, hash);
  if (kept === undefined) throw evaluationRefusal('evaluation.model_unknown', { model: hash });
  const model = await openCardModel(tx, context, hash);
  const { card, grades, plan, compiled } = model;
  const { schema: _, hash: studyHash, card: __, plan: ___, verdicts: ____, ...study } = model.study;
  return {
    model: hash,
    kind: 'card',
    state: kept.state,
    name: plan.name,
    basis: plan.basis,
    plan: { id: plan.id, version: plan.version, hash: plan.hash },
    artefacts: {
      card: card.hash,
      model: card.model.hash,
      points: card.points.hash,
      grades: grades.hash,
      study: studyHash,
      indicators: compiled.hash,
      binnings: Object.fromEntries(card.binnings.map(({ variable, hash: own }) => [variable, own])),
    },
    horizonMonths: plan.horizonMonths,
    expectedAuc: plan.expectedAuc ?? null,
    variables: describeVariables(model, context),
    grades: grades.grades,
    study,
    proposedBy: kept.proposedBy,
    ...(await readExamined(tx, hash)),
    lastRun: (await readLastCardRun(tx, hash)) ?? null,
  };
}

function describeVariables(
  { card }: Pick<Awaited<ReturnType<typeof openCardModel>>, 'card'>,
  { book }: Pick<ModelContext, 'book'>,
): CardVariable[] {
  return card.binnings.map(({ variable, bins, figures }, at) => ({
    indicator: variable,
    name: book.indicators.get(variable)?.definition.name ?? { zh: variable, en: variable },
    coefficient: card.model.variables[at]?.coefficient ?? 0,
    iv: figures.iv,
    bins: bins.map(({ label, rows, badRate }, bin) => ({
      label,
      rows,
      badRate,
      points: card.points.points[at]?.points[bin] ?? 0,
    })),
  }));
}
