import type { Target } from '../table/columns.ts';

/** How well chances of bad tell bad from good. */
export type Discrimination = {
  readonly auc: number;
  readonly gini: number;
  readonly ks: number;
  readonly brier: number;
};

/** Equal chances count half in the AUC. NaN where one class is missing: then there is nothing to tell apart. */
export function discriminationOf(chances: Float64Array, { bad, weights }: Target): Discrimination {
  const rows = orderByRisk(chances);
  let [good, bads, below, ks, error] = [0, 0, 0, 0, 0];
  const gaps: number[] = [];
  for (let n = 0; n < rows.length; ) {
    const chance = chances[rows[n] ?? 0] ?? 0;
    let [tiedGood, tiedBad] = [0, 0];
    for (; n < rows.length && chances[rows[n] ?? 0] === chance; n += 1) {
      const row = rows[n] ?? 0;
      const weight = weights === undefined ? 1 : (weights[row] ?? 0);
      if (bad[row] === 1) tiedBad += weight;
      else tiedGood += weight;
      error += weight * (chance - (bad[row] ?? 0)) ** 2;
    }
    below += tiedGood * (bads + tiedBad / 2);
    good += tiedGood;
    bads += tiedBad;
    gaps.push(good, bads);
  }
  for (let n = 0; n < gaps.length; n += 2)
    ks = Math.max(ks, (gaps[n + 1] ?? 0) / bads - (gaps[n] ?? 0) / good);
  const auc = good > 0 && bads > 0 ? below / (good * bads) : Number.NaN;
  return { auc, gini: 2 * auc - 1, ks, brier: error / (good + bads) };
}

/** Rows from the highest chance to the lowest. */
export function orderByRisk(chances: Float64Array): Uint32Array {
  return Uint32Array.from(chances.keys()).sort((a, b) => (chances[b] ?? 0) - (chances[a] ?? 0) || a - b);
}
