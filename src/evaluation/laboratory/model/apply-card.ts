import { assignBin, assignBins, listUnseen } from '../binning/assign-bins.ts';
import { probabilityOf } from '../statistics/logistic.ts';
import { columnOf, type Table } from '../table/columns.ts';
import type { Card } from './card.ts';

/** One enterprise's score: `bins` are places in each variable's binning, `chance` is that of bad. */
export type Scored = { readonly score: number; readonly chance: number; readonly bins: readonly number[] };

export type ScoredTable = {
  readonly scores: Int32Array;
  readonly chances: Float64Array;
  /** Per variable the bin of each row. */
  readonly places: readonly Uint16Array[];
  /** Variables in which rows hold what the card has never seen. */
  readonly unseen: readonly {
    readonly variable: string;
    readonly rows: number;
    readonly values: readonly string[];
  }[];
};

/** Scores every row. Row by row with `scoreOne` gives the same bits: both add in the card's order. */
export function applyCard(card: Card, table: Table): ScoredTable {
  const columns = card.binnings.map(({ variable }) => columnOf(table, variable));
  const places = card.binnings.map((binning, at) => {
    const column = columns[at];
    return column === undefined ? new Uint16Array() : assignBins(binning, column);
  });
  const scores = new Int32Array(table.rowCount);
  const chances = new Float64Array(table.rowCount);
  const logOdds = new Float64Array(table.rowCount).fill(card.model.intercept);
  places.forEach((bins, at) => {
    const { parts, points } = partsOf(card, at);
    for (let row = 0; row < bins.length; row += 1) {
      const bin = bins[row] ?? 0;
      logOdds[row] = (logOdds[row] ?? 0) + (parts[bin] ?? 0);
      scores[row] = (scores[row] ?? 0) + (points[bin] ?? 0);
    }
  });
  for (let row = 0; row < table.rowCount; row += 1) chances[row] = probabilityOf(logOdds[row] ?? 0);
  const unseen = card.binnings.flatMap((binning, at) => {
    const column = columns[at];
    const found = column && listUnseen(binning, column, places[at] ?? new Uint16Array());
    return found !== undefined && found.rows > 0 ? [{ variable: binning.variable, ...found }] : [];
  });
  return { scores, chances, places, unseen };
}

/** Scores one set of values; a name that is not there is missing. */
export function scoreOne(card: Card, values: Readonly<Record<string, number | string | null>>): Scored {
  let logOdds = card.model.intercept;
  let score = 0;
  const bins = card.binnings.map((binning, at) => {
    const bin = assignBin(binning, values[binning.variable] ?? null);
    const { parts, points } = partsOf(card, at);
    logOdds += parts[bin] ?? 0;
    score += points[bin] ?? 0;
    return bin;
  });
  return { score, chance: probabilityOf(logOdds), bins };
}

/** What each bin of the variable adds to the log odds, and its points. */
function partsOf(card: Card, at: number): { parts: readonly number[]; points: readonly number[] } {
  const coefficient = card.model.variables[at]?.coefficient ?? 0;
  return {
    parts: (card.binnings[at]?.bins ?? []).map(({ woe }) => coefficient * woe),
    points: card.points.points[at]?.points ?? [],
  };
}
