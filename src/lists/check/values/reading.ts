import type { DefectCode } from '../defects.ts';

/**
 * What a cell means: the normalised value ('' when the cell says that there is none), or a defect.
 * `changed` is true when the spelling was more than cut at its ends, so that the original must be kept.
 */
export type Reading =
  | { readonly value: string; readonly changed: boolean; readonly currency?: string }
  | { readonly defect: DefectCode };

/**
 * Reads the cells of one field. `quick` is tried first and answers only spellings that need no thought, without making an
 * object; undefined sends the cell to `read`. Both must give the same value where `quick` answers.
 */
export type Reader = {
  readonly quick: (cell: string) => string | undefined;
  readonly read: (cell: string) => Reading;
};

export const NOTHING: Reading = Object.freeze({ value: '', changed: false });

/** Makes the answer for a value that was understood; `changed` is whether it differs from the cell without its ends. */
export function understood(value: string, cell: string): Reading {
  return { value, changed: value !== cell.trim() };
}
