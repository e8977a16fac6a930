import type { IndexSystem } from '../definition/index-system.ts';
import { type ScoringContext, scoreEnterprise } from './score-enterprise.ts';
import type { IndicatorValues, EnterpriseScore } from './enterprise-score.ts';

const OBJECTION_LABELS = Object.freeze({
  withDisputed: { zh: '含异议中的记录', en: 'with the disputed records' },
  withoutDisputed: { zh: '不含异议中的记录', en: 'without the disputed records' },
});

type Labelled = {
  readonly label: (typeof OBJECTION_LABELS)[keyof typeof OBJECTION_LABELS];
  readonly scored: EnterpriseScore;
};

export type ObjectionScores = {
  readonly withDisputed: Labelled;
  readonly withoutDisputed: Labelled;
  /** Leaves whose points differ, and by how much the score rises without the disputed records. */
  readonly differing: readonly { readonly indicator: string; readonly pointsDifference: number }[];
  readonly scoreDifference: number;
};

/** While an objection is open: both scores with both grades, each labelled, so that nobody reads one for the other. */
export function scoreObjection(
  system: IndexSystem,
  values: { readonly withDisputed: IndicatorValues; readonly withoutDisputed: IndicatorValues },
  context: ScoringContext,
): ObjectionScores {
  const withDisputed = scoreEnterprise(system, values.withDisputed, context);
  const withoutDisputed = scoreEnterprise(system, values.withoutDisputed, context);
  const differing = withoutDisputed.leaves
    .map(({ indicator, points }, at) => ({
      indicator,
      pointsDifference: points - (withDisputed.leaves[at]?.points ?? 0),
    }))
    .filter(({ pointsDifference }) => pointsDifference !== 0);
  return {
    withDisputed: { label: OBJECTION_LABELS.withDisputed, scored: withDisputed },
    withoutDisputed: { label: OBJECTION_LABELS.withoutDisputed, scored: withoutDisputed },
    differing,
    scoreDifference: withoutDisputed.score - withDisputed.score,
  };
}
