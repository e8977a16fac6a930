import { DRIFT_BANDS, psiOf } from '../laboratory/figures/stability.ts';
import type { Leaf } from '../index-system/definition/index-system.ts';
import type { RunFigures } from '../run/run-tables.ts';
import type { EvaluationModel } from './evaluation-model.ts';

/** One condition of a model's life, with what was found and what is asked. */
export type Gate = {
  readonly id:
    | 'reach'
    | 'monotone'
    | 'grades_fit'
    | 'coverage'
    | 'graded'
    | 'grades_stable'
    | 'auc'
    | 'auc_expected'
    | 'bads'
    | 'stable'
    | 'no_leak'
    | 'grades_spread';
  readonly isPassed: boolean;
  readonly found: string;
  readonly asked: string;
};

/** Shares below which a gate stays closed; those of cards stand in `cards/card-gates.ts`. */
export const GATE_RULES = Object.freeze({
  /** Enterprises of the run that must come to a grade. */
  gradedShareMin: 0.5,
});

/** What can be said of the rules alone, before anything was computed. */
export function judgeRules({ system, grading, compiled }: EvaluationModel): Gate[] {
  const followed = compiled.sources.filter(({ coverage }) => coverage === 'followed');
  const bent = system.leaves.filter((leaf) => !isMonotone(leaf));
  return [
    {
      id: 'reach',
      isPassed: system.reach === 'full_coverage' && followed.length === 0,
      found: followed.length === 0 ? system.reach : followed.map(({ contract }) => contract.id).join(', '),
      asked: 'full_coverage, replicated data alone',
    },
    {
      id: 'monotone',
      isPassed: bent.length === 0,
      found:
        bent.length === 0 ? `${system.leaves.length}` : bent.map(({ indicator }) => indicator).join(', '),
      asked: 'points follow the direction of every leaf',
    },
    {
      id: 'grades_fit',
      isPassed: system.fullMarks === grading.fullMarks,
      found: String(grading.fullMarks),
      asked: String(system.fullMarks),
    },
  ];
}

/** What a shadow run over everybody says: how much rests on data, who comes to a grade, how far grades move. */
export function judgeRun(
  { system, grading }: Pick<EvaluationModel, 'system' | 'grading'>,
  figures: RunFigures,
  champion: RunFigures | undefined,
): Gate[] {
  const evaluated = figures.lines.filter(([part, key]) => part === 'state' && Number(key) < 2);
  const [n, graded, marks] = [2, 3, 4].map((at) =>
    evaluated.reduce((sum, line) => sum + Number(line[at]), 0),
  ) as [number, number, number];
  const coverage = n === 0 ? 0 : marks / n / system.fullMarks;
  const share = n === 0 ? 0 : graded / n;
  const gates: Gate[] = [
    {
      id: 'coverage',
      isPassed: coverage >= grading.coverageMin,
      found: coverage.toFixed(4),
      asked: `>= ${grading.coverageMin}`,
    },
    {
      id: 'graded',
      isPassed: share >= GATE_RULES.gradedShareMin,
      found: share.toFixed(4),
      asked: `>= ${GATE_RULES.gradedShareMin}`,
    },
  ];
  if (champion === undefined) return gates;
  const psi = psiOf(
    gradeCounts(grading.grades.length, champion),
    gradeCounts(grading.grades.length, figures),
  );
  return [
    ...gates,
    {
      id: 'grades_stable',
      isPassed: psi < DRIFT_BANDS.shifted,
      found: psi.toFixed(4),
      asked: `PSI < ${DRIFT_BANDS.shifted}`,
    },
  ];
}

function gradeCounts(grades: number, { lines }: RunFigures): number[] {
  const counts = new Map(lines.flatMap(([part, key, n]) => (part === 'grade' ? [[key, n] as const] : [])));
  return Array.from({ length: grades }, (_, rank) => counts.get(String(rank)) ?? 0);
}

/** Points rise or fall with the direction; of `middle` they rise to one peak and fall after it. */
function isMonotone({ direction, bands }: Leaf): boolean {
  const points = bands.map((band) => band.points);
  const peak =
    direction === 'higher'
      ? points.length - 1
      : direction === 'lower'
        ? 0
        : points.indexOf(Math.max(...points));
  return points.every((own, at) => {
    const next = points[at + 1];
    if (next === undefined) return true;
    return at < peak ? own <= next : own >= next;
  });
}
