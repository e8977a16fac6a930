import type { Tx } from '#kernel';
import { type ModelContext, type NewModel, readBody } from '../model-store.ts';
import { bodyOf, type CardModel, openKeptCard } from './card-body.ts';
import { cardsRefusal } from './cards-refusals.ts';

/** A card as it is kept in the life of models. */
export function toNewCard(model: CardModel): NewModel {
  const { hash, plan, grades, compiled } = model;
  const { id, version } = plan;
  return {
    hash,
    kind: 'card',
    system: { id, version, hash: plan.hash },
    grading: { id: `grades-${id}`, version, hash: grades.hash },
    indicators: compiled.hash,
    body: bodyOf(model),
  };
}

/** A kept card by its hash. Throws `evaluation.model_unknown`, `cards.wrong_kind`, `evaluation.definitions_changed`. */
export async function openCardModel(
  tx: Tx,
  { book }: Pick<ModelContext, 'book'>,
  hash: string,
): Promise<CardModel> {
  const { body } = await readBody(tx, hash);
  if (!('card' in body))
    throw cardsRefusal('cards.wrong_kind', { model: hash, kind: '指标体系', kindEn: 'index_system' });
  return openKeptCard(book, { hash, body });
}
