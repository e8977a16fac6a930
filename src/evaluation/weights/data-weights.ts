import { wrongFile } from './check-shape.ts';
import { columnsOf, toUnitRange, type ValueMatrix } from './value-matrix.ts';
import { type Weights, weightsBy } from './weights.ts';
import { weightsRefusal } from './weights-refusals.ts';

export type Normalising = 'share' | 'unit-range';

export type DataWeights = {
  readonly method: 'entropy' | 'critic';
  readonly weights: Weights;
  readonly rows: number;
  readonly leftOut: number;
  /** What the weights are in proportion to: 1 − entropy, or the information of CRITIC. */
  readonly amounts: ReadonlyMap<string, number>;
  /** Criteria that do not vary and weigh nothing. */
  readonly constant: readonly string[];
};

/**
 * Entropy weights (Hwang and Yoon 1981): shares p of each column, e = −Σ p ln p / ln m, weight in proportion to
 * 1 − e. `share` takes values as they are and needs them ≥ 0; `unit-range` brings each column to 0 … 1 by its
 * direction first. Throws `weights.wrong_file`, `weights.no_spread`.
 */
export function weighByEntropy(matrix: ValueMatrix, normalising: Normalising = 'share'): DataWeights {
  const columns = columnsOf(matrix).map((values, at) => {
    const criterion = matrix.criteria[at];
    if (normalising === 'unit-range') return toUnitRange(values, criterion?.direction ?? 'higher');
    if (values.some((value) => value < 0))
      throw wrongFile(criterion?.id ?? '', 'a value below 0 has no share; take unit-range');
    return values;
  });
  return finish('entropy', matrix, columns.map(divergence));
}

/**
 * CRITIC weights (Diakoulaki, Mavrotas and Papayannakis 1995): columns brought to 0 … 1, information
 * C = σ Σ (1 − r), weight in proportion to it. A criterion that does not vary weighs nothing and is left out of the
 * sums of the others. Throws `weights.no_spread`.
 */
export function weighByCritic(matrix: ValueMatrix): DataWeights {
  const columns = columnsOf(matrix).map((values, at) =>
    standardise(toUnitRange(values, matrix.criteria[at]?.direction ?? 'higher')),
  );
  const varying = columns.filter(({ deviation }) => deviation > 0);
  const amounts = columns.map((one) =>
    one.deviation === 0
      ? 0
      : one.deviation *
        varying.reduce((sum, other) => sum + (one === other ? 0 : 1 - correlation(one, other)), 0),
  );
  return finish('critic', matrix, amounts);
}

function finish(
  method: DataWeights['method'],
  { criteria, rows, leftOut }: ValueMatrix,
  amounts: readonly number[],
): DataWeights {
  if (amounts.every((amount) => amount === 0)) throw weightsRefusal('weights.no_spread');
  const ids = criteria.map(({ id }) => id);
  return {
    method,
    weights: weightsBy(ids, amounts),
    rows: rows.length,
    leftOut,
    amounts: new Map(ids.map((id, at) => [id, amounts[at] ?? 0])),
    constant: ids.filter((_, at) => amounts[at] === 0),
  };
}

/** 1 − entropy, never below 0; a column that does not vary (all zero too) has none. */
function divergence(values: readonly number[]): number {
  const [first] = values;
  if (values.every((value) => value === first)) return 0;
  const sum = values.reduce((total, value) => total + value, 0);
  const entropy = values.reduce((total, value) => {
    const share = value / sum;
    return share > 0 ? total - share * Math.log(share) : total;
  }, 0);
  return Math.max(0, 1 - entropy / Math.log(values.length));
}

type Standard = { readonly scores: readonly number[]; readonly deviation: number };

/** Sample standard deviation, and values less their mean over it. */
function standardise(values: readonly number[]): Standard {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return { deviation, scores: deviation === 0 ? [] : values.map((value) => (value - mean) / deviation) };
}

function correlation(one: Standard, other: Standard): number {
  const sum = one.scores.reduce((total, score, at) => total + score * (other.scores[at] ?? 0), 0);
  return Math.max(-1, Math.min(1, sum / (one.scores.length - 1)));
}
