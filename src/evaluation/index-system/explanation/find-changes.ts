import type { IndicatorValue } from '../../indicators/indicator.ts';
import type { Grade, Grading, IndexSystem } from '../definition/index-system.ts';
import { INDEX_SYSTEM_LIMITS } from '../definition/index-system-limits.ts';
import type { Points } from '../definition/points.ts';
import { capGrade, findCeilings, rankOf } from '../scoring/grade-score.ts';
import type { IndicatorValues, EnterpriseScore } from '../scoring/enterprise-score.ts';
import { type Improvement, listImprovements } from './improvements.ts';
import { searchCheapest } from './search-cheapest.ts';

type Target = { readonly target: Grade; readonly pointsMissing: Points };

/** What would bring the next grade, or why nothing does. */
export type Changes =
  | { readonly state: 'highest' }
  | { readonly state: 'not_graded' }
  | (Target & {
      readonly state: 'reached';
      readonly changes: readonly Improvement[];
      readonly cost: number;
      /** Leaves are worked on side by side. */
      readonly days: number;
      readonly scoreAfter: Points;
    })
  | (Target & {
      readonly state: 'out_of_reach';
      /** The most that so many changes could add. */
      readonly gainMax: Points;
      /** Ceilings that would hold the grade below the target whatever is changed. */
      readonly heldBy: readonly string[];
    });

/**
 * The cheapest set of at most three changes after which the grade, ceilings included, is the next better one. Exact:
 * no set of that size is cheaper; among equally cheap ones the fewest changes, then the fewest days, stand.
 */
export function findChanges(
  system: IndexSystem,
  grading: Grading,
  { scored, values }: { readonly scored: EnterpriseScore; readonly values: IndicatorValues },
): Changes {
  if (scored.grade === null) return { state: 'not_graded' };
  const target = grading.grades[rankOf(grading, scored.grade) - 1];
  if (target === undefined) return { state: 'highest' };
  const pointsMissing = Math.max(0, target.from - scored.score);
  const improvements = listImprovements(system, scored);
  const isAllowed = (chosen: readonly Improvement[]) =>
    isUncapped(grading, target.grade, applyChanges(values, chosen));
  const { best, gainMax } = searchCheapest(improvements, {
    gainNeeded: pointsMissing,
    countMax: INDEX_SYSTEM_LIMITS.changesMax,
    isAllowed,
  });
  if (best === null) {
    const heldBy = findHolding(grading, target.grade, { values, improvements });
    return { state: 'out_of_reach', target, pointsMissing, gainMax, heldBy };
  }
  return {
    state: 'reached',
    target,
    pointsMissing,
    changes: best,
    cost: best.reduce((sum, { cost }) => sum + cost, 0),
    days: Math.max(...best.map(({ days }) => days)),
    scoreAfter: best.reduce((sum, { gain }) => sum + gain, scored.score),
  };
}

/** The values as they are after the changes. */
export function applyChanges(
  values: IndicatorValues,
  changes: readonly Pick<Improvement, 'indicator' | 'value'>[],
): IndicatorValues {
  const changed = changes.map(({ indicator, value }): [string, IndicatorValue] => [
    indicator,
    { value, status: 'ok' },
  ]);
  return new Map([...values, ...changed]);
}

function isUncapped(grading: Grading, target: string, values: IndicatorValues): boolean {
  return capGrade(grading, target, findCeilings(grading, values)).grade === target;
}

/** Ceilings below the target that stay whichever single leaf is changed. */
function findHolding(
  grading: Grading,
  target: string,
  at: { readonly values: IndicatorValues; readonly improvements: readonly (readonly Improvement[])[] },
): string[] {
  const holds = (values: IndicatorValues) =>
    findCeilings(grading, values).filter(({ cap }) => rankOf(grading, cap) > rankOf(grading, target));
  return holds(at.values)
    .filter((ceiling) =>
      at.improvements
        .flat()
        .filter(({ indicator }) => indicator === ceiling.indicator)
        .every((one) => holds(applyChanges(at.values, [one])).includes(ceiling)),
    )
    .map(({ id }) => id);
}
