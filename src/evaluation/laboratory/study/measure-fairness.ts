import { missingPlace, unseenPlace } from '../binning/binning.ts';
import { discriminationOf } from '../figures/discrimination.ts';
import { applyCard, type ScoredTable } from '../model/apply-card.ts';
import type { Card } from '../model/card.ts';
import { cellText, columnOf, type Table, takeTargetRows, type Target } from '../table/columns.ts';

export type FairnessRules = {
  /** Rows with this score or more are selected. */
  readonly cutoff: number;
  /** Below either a group is labelled small: its figures are chance to a large part. */
  readonly rowsMin: number;
  readonly badsMin: number;
  /** Below this ratio of selected shares a group is labelled; four fifths is the usual first look. */
  readonly ratioMin: number;
};

export const FAIRNESS_RULES: Omit<FairnessRules, 'cutoff'> = Object.freeze({
  rowsMin: 100,
  badsMin: 10,
  ratioMin: 0.8,
});

/** One group beside all rows. `null`: the group has no row that the figure is about. */
export type GroupFigures = {
  /** `null`: rows whose group is not known. */
  readonly group: string | null;
  readonly rows: number;
  readonly bads: number;
  readonly isSmall: boolean;
  readonly selectedShare: number;
  /** To the selected share of the largest group. */
  readonly selectionRatio: number | null;
  readonly isBelowRatio: boolean;
  readonly auc: number | null;
  readonly expectedRate: number;
  readonly observedRate: number;
  /** Separation: who is selected among those who came good, and among those who came bad. */
  readonly selectedOfGoods: number | null;
  readonly selectedOfBads: number | null;
  /** Share of the card's values that were missing or unseen. */
  readonly noDataShare: number;
};

export type Fairness = {
  readonly by: string;
  readonly rules: FairnessRules;
  /** The largest group, to which the others are held. */
  readonly reference: string | null;
  readonly groups: readonly GroupFigures[];
};

type Draft = Omit<GroupFigures, 'selectionRatio' | 'isBelowRatio'>;
type Measured = { readonly card: Card; readonly scored: ScoredTable; readonly target: Target };

/** Figures by the groups of a column that need not be in the card; largest group first. */
export function measureFairness(
  card: Card,
  { table, target }: { readonly table: Table; readonly target: Target },
  by: string,
  rules: FairnessRules,
): Fairness {
  const scored = applyCard(card, table);
  const drafts = [...groupRows(table, by)]
    .map(([group, rows]) => measureGroup({ card, scored, target }, { group, rows }, rules))
    .sort((a, b) => b.rows - a.rows);
  const reference = drafts.find(({ group }) => group !== null);
  return {
    by,
    rules,
    reference: reference?.group ?? null,
    groups: drafts.map((draft) => {
      const ratio =
        reference && reference.selectedShare > 0 ? draft.selectedShare / reference.selectedShare : null;
      return { ...draft, selectionRatio: ratio, isBelowRatio: ratio !== null && ratio < rules.ratioMin };
    }),
  };
}

function groupRows(table: Table, by: string): Map<string | null, number[]> {
  const column = columnOf(table, by);
  const groups = new Map<string | null, number[]>();
  for (let row = 0; row < table.rowCount; row += 1) {
    const group = cellText(column, row) ?? null;
    const rows = groups.get(group);
    if (rows === undefined) groups.set(group, [row]);
    else rows.push(row);
  }
  return groups;
}

type Group = { readonly group: string | null; readonly rows: readonly number[] };

function measureGroup(
  { card, scored, target }: Measured,
  { group, rows }: Group,
  rules: FairnessRules,
): Draft {
  const bads = rows.filter((row) => target.bad[row] === 1);
  const goods = rows.filter((row) => target.bad[row] !== 1);
  const selectedOf = (some: readonly number[]) =>
    some.length === 0
      ? null
      : some.filter((row) => (scored.scores[row] ?? 0) >= rules.cutoff).length / some.length;
  const places = Uint32Array.from(rows);
  const chances = Float64Array.from(rows, (row) => scored.chances[row] ?? 0);
  return {
    group,
    rows: rows.length,
    bads: bads.length,
    isSmall: rows.length < rules.rowsMin || bads.length < rules.badsMin,
    selectedShare: selectedOf(rows) ?? 0,
    auc:
      bads.length === 0 || goods.length === 0
        ? null
        : discriminationOf(chances, takeTargetRows(target, places)).auc,
    expectedRate: chances.reduce((sum, chance) => sum + chance, 0) / rows.length,
    observedRate: bads.length / rows.length,
    selectedOfGoods: selectedOf(goods),
    selectedOfBads: selectedOf(bads),
    noDataShare: noDataShare(card, scored, rows),
  };
}

function noDataShare({ binnings }: Card, { places }: ScoredTable, rows: readonly number[]): number {
  const without = binnings.reduce((sum, binning, at) => {
    const [missing, unseen] = [missingPlace(binning), unseenPlace(binning)];
    return sum + rows.filter((row) => places[at]?.[row] === missing || places[at]?.[row] === unseen).length;
  }, 0);
  return without / (binnings.length * rows.length);
}
