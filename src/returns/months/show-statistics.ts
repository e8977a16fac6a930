import type { Tx } from '#kernel';
import type { Figure } from '../statistics/compute-statistics.ts';
import type { Reconciliation } from '../statistics/reconcile.ts';
import { type MonthStatistics, STATISTICS } from './seal-month.ts';
import { requireVersion, type Version } from './versions.ts';

/** A figure as others see it: what must not be shown is null. */
export type ShownFigure = Omit<Figure, 'subjects' | 'numerator'> & {
  readonly subjects: number | null;
  readonly numerator: string | null;
};

export type Viewer =
  | { readonly sees: 'all' }
  | { readonly sees: 'published' }
  /** Its own figures whole, no other institution's. */
  | { readonly sees: 'own'; readonly institution: string };

export type ShownMonth = Omit<Version<MonthStatistics>, 'content'> & {
  readonly formulas: string;
  readonly figures: readonly ShownFigure[];
  /** Everybody's for the node's people, an institution's own, else none. */
  readonly reconciliation: readonly Reconciliation[];
};

/** A sealed month for one viewer. Throws `returns.month_not_sealed`, `returns.version_unknown`. */
export async function readMonth(
  tx: Tx,
  { month, version, viewer }: { month: string; version?: number | undefined; viewer: Viewer },
): Promise<ShownMonth> {
  const found = await requireVersion<MonthStatistics>(tx, { subject: STATISTICS, month, version });
  const { content, ...head } = found;
  return {
    ...head,
    formulas: content.formulas,
    figures: showFigures(content.figures, viewer),
    reconciliation: content.reconciliation.filter(
      ({ institution }) =>
        viewer.sees === 'all' || (viewer.sees === 'own' && institution === viewer.institution),
    ),
  };
}

/** Pure: what of the figures a viewer sees. */
function showFigures(figures: readonly Figure[], viewer: Viewer): ShownFigure[] {
  if (viewer.sees === 'all') return [...figures];
  const isOwn = ({ scope, key }: Figure): boolean =>
    viewer.sees === 'own' && scope === 'institution' && key === viewer.institution;
  return figures
    .filter((figure) => viewer.sees === 'published' || figure.scope !== 'institution' || isOwn(figure))
    .map((figure) =>
      figure.hiddenBecause === null || isOwn(figure)
        ? figure
        : { ...figure, subjects: null, numerator: null, denominator: null, value: null },
    );
}
