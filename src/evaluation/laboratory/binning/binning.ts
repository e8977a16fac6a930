import type { BinFigures } from './bin-figures.ts';
import type { Special, Trend } from './bin-rules.ts';

/** One row of the binning's table. Rows are weights where rows have weights. */
export type Bin = {
  readonly kind: 'ordinary' | 'special' | 'missing' | 'unseen';
  readonly label: string;
  readonly rows: number;
  readonly goods: number;
  readonly bads: number;
  readonly share: number;
  /** `null`: no rows. */
  readonly badRate: number | null;
  readonly woe: number;
  readonly iv: number;
};

/**
 * An immutable binning as plain JSON. `bins` are the ordinary ones in order, then one for each special, then missing,
 * then unseen: a category that was not there when it was made. The last two are always there; without rows their WOE is 0.
 */
export type Binning = {
  readonly schema: 'xinqiao.binning/1';
  readonly variable: string;
  readonly kind: 'numeric' | 'categorical';
  /** Numeric: bin n holds [cuts[n - 1], cuts[n]). */
  readonly cuts: readonly number[];
  /** Categorical: the categories of bin n. */
  readonly groups: readonly (readonly string[])[];
  readonly specials: readonly Special[];
  readonly trend: { readonly asked: Trend; readonly found: Trend };
  /** Rows added to both cells of a bin that lacks one class. */
  readonly zeroCellRows: number;
  readonly bins: readonly Bin[];
  readonly figures: BinFigures;
  /** SHA-256 of the canonical JSON of all the rest. */
  readonly hash: string;
};

/** What decides where a value falls. */
export type BinShape = Pick<Binning, 'kind' | 'cuts' | 'groups' | 'specials'>;

/** Number of ordinary bins. */
export function ordinaryCount({ kind, cuts, groups }: BinShape): number {
  return kind === 'numeric' ? cuts.length + 1 : groups.length;
}

/** Places of the bins that are not ordinary. */
export function missingPlace(shape: BinShape): number {
  return ordinaryCount(shape) + shape.specials.length;
}

export function unseenPlace(shape: BinShape): number {
  return missingPlace(shape) + 1;
}
