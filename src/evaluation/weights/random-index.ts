import assert from 'node:assert';

/** Mean consistency index of random reciprocal matrices by order 1, 2, 3 …; a ratio without its table means nothing. */
export type RandomIndex = {
  readonly name: string;
  readonly source: string;
  readonly byOrder: readonly number[];
};

/** Judgements whose ratio is above are hardly better than chance in part (Saaty 1980). */
export const CONSISTENCY_RATIO_MAX = 0.1;

export const SAATY_1980: RandomIndex = Object.freeze({
  name: 'saaty-1980',
  source: 'Saaty, The Analytic Hierarchy Process, McGraw-Hill 1980',
  byOrder: [0, 0, 0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59],
});

/** Criteria that one matrix may compare; the table ends there, and people cannot keep more apart. */
export const CRITERIA_MAX = SAATY_1980.byOrder.length;

export function randomIndexOf(table: RandomIndex, order: number): number {
  const value = table.byOrder[order - 1];
  assert(value !== undefined, 'order beyond the table of random indices');
  return value;
}
