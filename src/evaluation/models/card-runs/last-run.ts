import type { Tx } from '#kernel';
import type { CardRunFigures, CardTables } from './card-tables.ts';

export type CardRunLine = {
  readonly runId: string;
  readonly asOf: string;
  readonly figures: CardRunFigures;
};

/** The latest run of a card; there is no other way by which anything of its scores is read. */
export async function readLastCardRun(tx: Tx, hash: string): Promise<CardRunLine | undefined> {
  const row = await tx
    .tables<CardTables>()
    .selectFrom('evaluation.card_runs')
    .select(['run_id', 'as_of', 'figures'])
    .where('model_hash', '=', hash)
    .orderBy('card_run_no', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { runId: row.run_id, asOf: row.as_of, figures: row.figures };
}
