import { DRIFT_BANDS, type DriftVerdict, judgeDrift, psiOf } from '../../laboratory/figures/stability.ts';
import { applyCard } from '../../laboratory/model/apply-card.ts';
import type { Card } from '../../laboratory/model/card.ts';
import { countScores } from '../../laboratory/model/score-bands.ts';
import type { Table, Target } from '../../laboratory/table/columns.ts';

/** Loans of one part of a study, with the months they were decided in. */
export type Part = { readonly table: Table; readonly target: Target; readonly months: readonly string[] };

/** A month of decisions under the card: what was expected, what came of it, how far its scores are from the fitted ones. */
export type MonthFigures = {
  readonly month: string;
  readonly rows: number;
  readonly bads: number;
  readonly badRate: number;
  readonly expectedRate: number;
  readonly psi: number;
  /** What the PSI of so few rows would be by chance alone, were nothing shifted. */
  readonly psiByChance: number;
  readonly isHeldOut: boolean;
};

/** The last months together, as many as make `LATEST_ROWS_MIN` loans. */
export type Latest = {
  readonly from: string;
  readonly rows: number;
  readonly psi: number;
  readonly verdict: DriftVerdict;
};

/** Below so many rows the PSI over ten bands is mostly chance: 9/200 is half of what is called a watch. */
const LATEST_ROWS_MIN = 200;

type ScoredLoan = {
  readonly month: string;
  readonly score: number;
  readonly chance: number;
  readonly bad: number;
  readonly isHeldOut: boolean;
};

/** Figures by month, in order; loans of the second part are those held out. */
export function monthsOf(card: Card, parts: readonly [Part, Part]): MonthFigures[] {
  const byMonth = Map.groupBy(scoreParts(card, parts), ({ month }) => month);
  return [...byMonth.keys()].toSorted().map((month) => describeMonth(card, month, byMonth.get(month) ?? []));
}

function describeMonth(card: Card, month: string, loans: readonly ScoredLoan[]): MonthFigures {
  const rows = loans.length;
  const bads = loans.reduce((sum, { bad }) => sum + bad, 0);
  const { counts } = card.scores;
  const fitted = counts.reduce((sum, count) => sum + count, 0);
  return {
    month,
    rows,
    bads,
    badRate: bads / rows,
    expectedRate: loans.reduce((sum, { chance }) => sum + chance, 0) / rows,
    psi: psiFromFit(card, loans),
    psiByChance: (counts.length - 1) * (1 / rows + 1 / fitted),
    isHeldOut: loans.some(({ isHeldOut }) => isHeldOut),
  };
}

/** Distance of the latest loans from those that the card was fitted on; whole months, at least `LATEST_ROWS_MIN` loans. */
export function latestOf(card: Card, parts: readonly [Part, Part]): Latest {
  const loans = scoreParts(card, parts);
  const months = [...new Set(loans.map(({ month }) => month))].toSorted().toReversed();
  const since = (from: string): ScoredLoan[] => loans.filter(({ month }) => month >= from);
  const from = months.find((month) => since(month).length >= LATEST_ROWS_MIN) ?? months.at(-1) ?? '';
  const latest = since(from);
  return { from, rows: latest.length, ...judgeDrift(psiFromFit(card, latest), DRIFT_BANDS) };
}

function psiFromFit({ scores: { edges, counts } }: Card, loans: readonly ScoredLoan[]): number {
  const now = Int32Array.from(loans, ({ score }) => score);
  return psiOf(counts, countScores(now, edges));
}

function scoreParts(card: Card, parts: readonly [Part, Part]): ScoredLoan[] {
  return parts.flatMap(({ table, target, months }, part) => {
    const { scores, chances } = applyCard(card, table);
    return months.map((month, row) => ({
      month,
      score: scores[row] ?? 0,
      chance: chances[row] ?? 0,
      bad: target.bad[row] ?? 0,
      isHeldOut: part === 1,
    }));
  });
}
