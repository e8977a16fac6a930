import { assignBins } from '../binning/assign-bins.ts';
import { ZERO_CELL_ROWS } from '../binning/woe.ts';
import { applyCard } from '../model/apply-card.ts';
import type { Card } from '../model/card.ts';
import { countScores } from '../model/score-bands.ts';
import { columnOf, type Table } from '../table/columns.ts';

/** From which index on a population has moved a little, and from which the card has to be looked at. */
export type DriftBands = { readonly watch: number; readonly shifted: number };
export const DRIFT_BANDS: DriftBands = Object.freeze({ watch: 0.1, shifted: 0.25 });

export type DriftVerdict = 'stable' | 'watch' | 'shifted';
export type Stability = { readonly psi: number; readonly verdict: DriftVerdict };

export type CardStability = {
  readonly score: Stability;
  /** By bins, each special, missing and unseen a bin of its own. */
  readonly variables: readonly (Stability & { readonly variable: string })[];
  readonly bands: DriftBands;
};

/** PSI = Σ (a − e)·ln(a/e) over shares; a part that is empty in one of the two counts as half a row there. */
export function psiOf(expected: readonly number[], actual: readonly number[]): number {
  const totals = [expected, actual].map((counts) => counts.reduce((sum, count) => sum + count, 0));
  return expected.reduce((sum, count, at) => {
    const now = actual[at] ?? 0;
    if (count === 0 && now === 0) return sum;
    const e = (count || ZERO_CELL_ROWS) / (totals[0] ?? 1);
    const a = (now || ZERO_CELL_ROWS) / (totals[1] ?? 1);
    return sum + Math.max(0, (a - e) * Math.log(a / e));
  }, 0);
}

export function judgeDrift(psi: number, bands: DriftBands): Stability {
  const verdict = psi >= bands.shifted ? 'shifted' : psi >= bands.watch ? 'watch' : 'stable';
  return { psi, verdict };
}

/** How far the rows of a table are from those that the card was fitted on. */
export function stabilityOf(card: Card, table: Table, bands: DriftBands = DRIFT_BANDS): CardStability {
  const { scores } = applyCard(card, table);
  const { edges, counts } = card.scores;
  const variables = card.binnings.map((binning) => {
    const now = binning.bins.map(() => 0);
    for (const place of assignBins(binning, columnOf(table, binning.variable)))
      now[place] = (now[place] ?? 0) + 1;
    const then = binning.bins.map(({ rows }) => rows);
    return { variable: binning.variable, ...judgeDrift(psiOf(then, now), bands) };
  });
  return { score: judgeDrift(psiOf(counts, countScores(scores, edges)), bands), variables, bands };
}
