import assert from 'node:assert';
import { canonicalHash } from '#kernel';
import { type CompiledIndicators, compileIndicators } from '../../indicators/compile/compile-indicators.ts';
import type { IndicatorBook } from '../../indicators/indicator.ts';
import type { Card } from '../../laboratory/model/card.ts';
import { readCard } from '../../laboratory/model/read-card.ts';
import { evaluationRefusal } from '../../run/evaluation-refusals.ts';
import { type CardPlan, shapeCardPlan } from './card-plan.ts';
import type { CardStudy, StudiedCard } from './card-study.ts';
import type { GradeTable } from './grade-table.ts';

/** A card as it is kept: each part sealed by its own hash, and by which definitions its indicators are computed. */
export type CardBody = {
  readonly card: Card;
  readonly grades: GradeTable;
  readonly study: CardStudy;
  /** The plan as it was read. */
  readonly plan: unknown;
  readonly indicators: Readonly<Record<string, string>>;
};

/** A card that scores: the hash names card, grades, study, plan and definitions together. */
export type CardModel = {
  readonly hash: string;
  readonly card: Card;
  readonly grades: GradeTable;
  readonly study: CardStudy;
  readonly plan: CardPlan;
  /** The indicators of the card's variables, in their order. */
  readonly compiled: CompiledIndicators;
};

/** Binds a studied card to the definitions that its values were computed by. */
export function makeCardModel(
  book: IndicatorBook,
  plan: CardPlan,
  { card, grades, study }: StudiedCard,
): CardModel {
  const compiled = compileIndicators(
    book,
    card.binnings.map(({ variable }) => variable),
  );
  const hash = canonicalHash({
    kind: 'card',
    card: card.hash,
    grades: grades.hash,
    study: study.hash,
    plan: plan.hash,
    indicators: compiled.hash,
  });
  return Object.freeze({ hash, card, grades, study, plan, compiled });
}

export function bodyOf({ card, grades, study, plan, compiled }: CardModel): CardBody {
  const { hash: _, laboratory: __, ...written } = plan;
  const indicators = compiled.order.map(({ definition, hash }) => [definition.id, hash] as const);
  return { card, grades, study, plan: written, indicators: Object.fromEntries(indicators) };
}

/** A kept card, every hash looked at again. Throws `evaluation.definitions_changed`, `laboratory.wrong_card`. */
export function openKeptCard(
  book: IndicatorBook,
  { hash, body }: { hash: string; body: CardBody },
): CardModel {
  const changed = Object.entries(body.indicators).filter(
    ([id, own]) => book.indicators.get(id)?.hash !== own,
  );
  if (changed.length > 0)
    throw evaluationRefusal('evaluation.definitions_changed', {
      indicators: changed.map(([id]) => id).join('、'),
    });
  for (const { hash: own, ...content } of [body.grades, body.study])
    assert(canonicalHash(content) === own, 'a part of a kept card is what it was');
  const card = readCard(JSON.stringify(body.card));
  const model = makeCardModel(book, shapeCardPlan(body.plan, 'kept'), { ...body, card });
  assert(model.hash === hash, 'a kept card is what it was');
  return model;
}
