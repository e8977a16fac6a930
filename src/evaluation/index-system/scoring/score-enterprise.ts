import assert from 'node:assert';
import type { Grading, IndexSystem } from '../definition/index-system.ts';
import { type Points, showPoints } from '../definition/points.ts';
import { indexSystemRefusal } from '../index-system-refusals.ts';
import { capGrade, findCeilings, gradeOfScore } from './grade-score.ts';
import { scoreLeaf } from './score-leaf.ts';
import type {
  DimensionTotal,
  Edition,
  IndicatorValues,
  LeafScore,
  EnterpriseScore,
} from './enterprise-score.ts';

export type ScoringContext = {
  readonly grading: Grading;
  /** Indicators of positive information that the enterprise declined. */
  readonly declined?: ReadonlySet<string>;
};

const BASIS_POINTS = 10_000;

/** Every indicator that scoring needs a value of. */
export function indicatorsOf(system: IndexSystem, grading: Grading): ReadonlySet<string> {
  return new Set([...system.leaves, ...grading.ceilings].map(({ indicator }) => indicator));
}

/**
 * Score and grade of one enterprise: leaf points by band or neutral, exact sums, the grade by the score, then the
 * ceilings. `values` hold every indicator of `indicatorsOf`. Throws `index_system.grades_do_not_fit` and
 * `index_system.not_declinable`.
 */
export function scoreEnterprise(
  system: IndexSystem,
  values: IndicatorValues,
  { grading, declined = new Set() }: ScoringContext,
): EnterpriseScore {
  requireFit(system, grading);
  requireDeclinable(system, declined);
  const leaves = system.leaves.map((leaf) => {
    const known = values.get(leaf.indicator);
    assert(known !== undefined, `no value was computed for ${leaf.indicator}`);
    return scoreLeaf(leaf, known, declined.has(leaf.indicator));
  });
  const score = sumOf(leaves);
  const active = findCeilings(grading, values);
  const gradeByScore = gradeOfScore(grading, score).grade;
  const { grade, ceilings } = capGrade(grading, gradeByScore, active);
  const coverage = coverageOf(leaves, system.fullMarks);
  // Where a ceiling is known, little data is no way round it.
  const isEnough = active.length > 0 || coverage.marks >= grading.coverageMin * system.fullMarks;
  return {
    system: editionOf(system),
    grading: editionOf(grading),
    leaves,
    dimensions: totalsOf(system, leaves),
    score,
    fullMarks: system.fullMarks,
    coverage,
    state: isEnough ? 'graded' : 'insufficient_data',
    gradeByScore,
    grade: isEnough ? grade : null,
    ceilings,
  };
}

/** What was declined was known, so it counts as covered: declining must not make a score ungraded. */
function coverageOf(leaves: readonly LeafScore[], fullMarks: Points): EnterpriseScore['coverage'] {
  const covered = leaves.filter(({ state }) => state === 'scored' || state === 'declined');
  const marks = covered.reduce((sum, leaf) => sum + leaf.fullMarks, 0);
  return { marks, shareBasisPoints: Math.floor((marks * BASIS_POINTS) / fullMarks) };
}

function totalsOf({ dimensions }: IndexSystem, leaves: readonly LeafScore[]): DimensionTotal[] {
  return dimensions.map(({ id, fullMarks, groups }) => ({
    id,
    fullMarks,
    points: sumOf(leaves.filter(({ dimension }) => dimension === id)),
    groups: groups.map((group) => ({
      id: group.id,
      fullMarks: group.fullMarks,
      points: sumOf(leaves.filter((leaf) => leaf.group === group.id)),
    })),
  }));
}

function sumOf(leaves: readonly LeafScore[]): Points {
  return leaves.reduce((sum, { points }) => sum + points, 0);
}

function editionOf({ id, version, hash }: Edition): Edition {
  return { id, version, hash };
}

function requireFit(system: IndexSystem, grading: Grading): void {
  if (system.fullMarks === grading.fullMarks) return;
  throw indexSystemRefusal('index_system.grades_do_not_fit', {
    grades: grading.id,
    gradesMarks: showPoints(grading.fullMarks),
    system: system.id,
    systemMarks: showPoints(system.fullMarks),
  });
}

function requireDeclinable({ leaves }: IndexSystem, declined: ReadonlySet<string>): void {
  for (const indicator of declined) {
    const leaf = leaves.find((one) => one.indicator === indicator);
    if (leaf?.positive !== true) throw indexSystemRefusal('index_system.not_declinable', { indicator });
  }
}
