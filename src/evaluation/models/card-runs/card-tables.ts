import type { JSONColumnType } from 'kysely';
import type { ModelRole } from '../../run/run-tables.ts';

/** Counts of one run of a card; no enterprise is in them. */
export type CardRunFigures = {
  readonly scored: number;
  /** With data in at least one variable. */
  readonly covered: number;
  /** By place in the grade table. */
  readonly grades: readonly number[];
  /** By the card's own bands of scores. */
  readonly bands: readonly number[];
};

/** Tables of cards that score; `bigint` and `date` columns arrive as text. */
export type CardTables = {
  'evaluation.card_runs': {
    card_run_no: string;
    run_id: string;
    model_hash: string;
    role: ModelRole;
    beside_run_no: string;
    as_of: string;
    known_at: Date;
    policy_hash: string;
    enterprises: number;
    figures: JSONColumnType<CardRunFigures>;
    merkle_root: Buffer;
    run_by: string;
    run_at: Date;
    receipt_id: string;
  };
};
