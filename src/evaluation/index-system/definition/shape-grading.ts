import { canonicalHash } from '#kernel';
import type { GradesFile } from './file-shape.ts';
import type { IndicatorFactsById } from './indicator-facts.ts';
import type { Ceiling, Grading } from './index-system.ts';
import { toPoints } from './points.ts';
import { findTwice } from './shape-system.ts';

/** Grading rules, and everything that is wrong with the file, each a sentence. */
export function shapeGrading(
  file: GradesFile,
  indicators: IndicatorFactsById,
): { readonly thing: Grading; readonly faults: readonly string[] } {
  const grades = file.grades.map((grade) => ({ ...grade, from: toPoints(grade.from) ?? Number.NaN }));
  const lowest = grades.at(-1)?.grade ?? '';
  const { kind: _kind, ...head } = file;
  const thing: Grading = {
    ...head,
    hash: canonicalHash(file),
    fullMarks: toPoints(file.fullMarks) ?? 0,
    grades,
    ceilings: file.ceilings.map((ceiling) => ({
      ...ceiling,
      cap: ceiling.kind === 'veto' ? lowest : (ceiling.cap ?? ''),
      atLeast: ceiling.atLeast ?? null,
      below: ceiling.below ?? null,
    })),
  };
  return { thing, faults: [...gradeFaults(thing), ...ceilingFaults(file, thing, indicators)] };
}

function gradeFaults({ grades, fullMarks, notice }: Grading): string[] {
  const faults = findTwice(grades.map(({ grade }) => grade)).map((grade) => `grade ${grade} twice`);
  const falls = grades.every(({ from }, at) => at === 0 || from < (grades[at - 1]?.from ?? 0));
  if (!falls) faults.push('grades go from the best to the worst, each from fewer points (two decimals)');
  if (grades.at(-1)?.from !== 0) faults.push('the worst grade begins at 0');
  if ((grades[0]?.from ?? 0) > fullMarks) faults.push('the best grade cannot be reached');
  if (!grades.some(({ grade }) => grade === notice.below)) faults.push(`notice: no grade ${notice.below}`);
  return faults;
}

function ceilingFaults(
  { ceilings: files }: GradesFile,
  { ceilings, grades }: Grading,
  indicators: IndicatorFactsById,
): string[] {
  return [
    ...findTwice(ceilings.map(({ id }) => id)).map((id) => `ceiling ${id} twice`),
    ...ceilings.flatMap((ceiling, at) => [
      ...conditionFaults(ceiling),
      ...((files[at]?.cap === undefined) === (ceiling.kind === 'veto')
        ? []
        : [`${ceiling.id}: a ceiling has a cap, a veto none`]),
      ...(grades.some(({ grade }) => grade === ceiling.cap)
        ? []
        : [`${ceiling.id}: no grade ${ceiling.cap}`]),
      ...(indicators.has(ceiling.indicator) ? [] : [`${ceiling.id}: no indicator ${ceiling.indicator}`]),
      // A ceiling on data that need a consent would punish giving it.
      ...(indicators.get(ceiling.indicator)?.coverage === 'followed'
        ? [`${ceiling.id}: followed data cap no grade`]
        : []),
    ]),
  ];
}

function conditionFaults({ id, atLeast, below }: Ceiling): string[] {
  return (atLeast === null) === (below === null) ? [`${id}: one of atLeast and below`] : [];
}
