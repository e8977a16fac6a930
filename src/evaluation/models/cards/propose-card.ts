import type { Tx } from '#kernel';
import type { Caller } from '#security';
import { proposeModel } from '../model-life.ts';
import type { ModelContext } from '../model-store.ts';
import type { ModelState } from '../model-tables.ts';
import type { CardModel } from './card-body.ts';
import { toNewCard } from './card-store.ts';

/** Keeps a card as a draft, for good; from there it goes the way of every model (`model-life.ts`). */
export async function proposeCard(
  tx: Tx,
  context: ModelContext,
  { caller, model }: { readonly caller: Caller; readonly model: CardModel },
): Promise<ModelState> {
  return await proposeModel(tx, context, { caller, model: toNewCard(model) });
}
