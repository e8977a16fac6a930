import type { Ceiling, Grade, Grading } from '../definition/index-system.ts';
import type { Points } from '../definition/points.ts';
import type { ActiveCeiling, IndicatorValues } from './enterprise-score.ts';

/** Place of a grade, 0 the best; −1 for a word that is no grade of these rules. */
export function rankOf({ grades }: Grading, grade: string): number {
  return grades.findIndex((one) => one.grade === grade);
}

/** The grade of a score before any ceiling. The worst begins at 0, so there is one. */
export function gradeOfScore({ grades }: Grading, score: Points): Grade {
  const found = grades.find(({ from }) => score >= from);
  if (found === undefined) throw new RangeError('a score below 0');
  return found;
}

/**
 * Ceilings whose condition holds. A stale value still counts here: a listing stands until the source says that it
 * ended, and a late delivery must not lift it.
 */
export function findCeilings({ ceilings }: Grading, values: IndicatorValues): readonly Ceiling[] {
  return ceilings.filter(({ indicator, atLeast, below }) => {
    const known = values.get(indicator);
    if (known === undefined || known.value === null || known.status === 'not_covered') return false;
    return atLeast === null ? known.value < (below ?? 0) : known.value >= atLeast;
  });
}

/** The worse of the score's grade and every cap; never better than the score's. */
export function capGrade(
  grading: Grading,
  gradeByScore: string,
  ceilings: readonly Ceiling[],
): { readonly grade: string; readonly ceilings: readonly ActiveCeiling[] } {
  const own = rankOf(grading, gradeByScore);
  const worst = Math.max(own, ...ceilings.map(({ cap }) => rankOf(grading, cap)));
  return {
    grade: grading.grades[worst]?.grade ?? gradeByScore,
    ceilings: ceilings.map(({ id, kind, cap, indicator, clause, reason }) => ({
      id,
      kind,
      cap,
      indicator,
      clause,
      reason,
      isBinding: rankOf(grading, cap) > own,
    })),
  };
}
