import type { EvaluationModel } from '../models/evaluation-model.ts';
import { type Baseline, baselineOf, publishedBaseline } from '../index-system/explanation/baseline.ts';
import type { FigureLine, RunFigures, SliceFigures } from './run-tables.ts';
import { gradeWord, pointsOfBin } from './score-row.ts';

/** Sums the figures of slices; lines in the order of part and key. */
export function sumFigures(slices: readonly SliceFigures[]): RunFigures {
  const lines = new Map<string, FigureLine>();
  const samples = new Map<string, SliceFigures['samples'][number]>();
  for (const slice of slices) {
    for (const line of slice.lines) addLine(lines, line);
    for (const [leaf, bin, n] of slice.samples) {
      const key = `${leaf} ${bin}`;
      samples.set(key, [leaf, bin, n + (samples.get(key)?.[2] ?? 0)]);
    }
  }
  const ordered = [...lines.entries()].sort(([one], [other]) => (one < other ? -1 : 1));
  const counted = [...samples.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return { lines: ordered.map(([, line]) => line), samples: counted };
}

function addLine(lines: Map<string, FigureLine>, [part, key, n, graded, marks]: FigureLine): void {
  const id = `${part} ${key}`;
  const [, , n0, graded0, marks0] = lines.get(id) ?? [part, key, 0, 0, 0];
  lines.set(id, [part, key, n + n0, graded + graded0, marks + marks0]);
}

/** Medians of a run under the same system, for the reasons of the next one; before that what the file holds. */
export function baselineFrom(
  { system }: Pick<EvaluationModel, 'system'>,
  base: { readonly runId: string; readonly figures: RunFigures } | undefined,
): Baseline {
  if (base === undefined) return publishedBaseline(system);
  const counts = new Map<string, Map<number, number>>();
  for (const [place, bin, n] of base.figures.samples) {
    const leaf = system.leaves[place];
    if (leaf === undefined) throw new TypeError('samples are of the same system');
    const points = pointsOfBin(leaf, bin);
    const own = counts.get(leaf.indicator) ?? new Map<number, number>();
    counts.set(leaf.indicator, own.set(points, n + (own.get(points) ?? 0)));
  }
  return baselineOf(system, base.runId, counts);
}

/** Why enterprises are without a grade, by the number of the state. */
export const STATE_WORDS = [
  { id: 'graded', zh: '已评级', en: 'graded' },
  { id: 'insufficient_data', zh: '数据不足，有分无级', en: 'too little data for a grade' },
  { id: 'large', zh: '大型企业，不在中小微范围', en: 'a large enterprise' },
  { id: 'not_registered', zh: '尚无登记信息', en: 'not registered yet' },
] as const;

type Group = {
  readonly key: string;
  readonly enterprises: number;
  readonly graded: number;
  /** Share of the marks that rested on data, of those evaluated; 0 to 1. */
  readonly coverage: number;
};

/** A run's figures as people read them. */
export type FigureReport = {
  readonly states: Readonly<Record<string, number>>;
  readonly grades: Readonly<Record<string, number>>;
  readonly migration: readonly {
    readonly from: string | null;
    readonly to: string | null;
    readonly n: number;
  }[];
  readonly bySize: readonly Group[];
  readonly byDistrict: readonly Group[];
  readonly byIndustry: readonly Group[];
};

export function describeFigures(
  { system, grading }: Pick<EvaluationModel, 'system' | 'grading'>,
  { lines }: RunFigures,
): FigureReport {
  const of = (part: FigureLine[0]): FigureLine[] => lines.filter((line) => line[0] === part);
  const word = (rank: string): string | null => gradeWord(grading, rank === '-' ? null : Number(rank));
  const groups = (part: FigureLine[0]): Group[] =>
    of(part).map(([, key, enterprises, graded, marks]) => ({
      key,
      enterprises,
      graded,
      coverage: enterprises === 0 ? 0 : marks / enterprises / system.fullMarks,
    }));
  return {
    states: Object.fromEntries(of('state').map(([, key, n]) => [STATE_WORDS[Number(key)]?.id ?? key, n])),
    grades: Object.fromEntries(of('grade').map(([, key, n]) => [word(key) ?? 'none', n])),
    migration: of('migration').map(([, key, n]) => {
      const [from = '-', to = '-'] = key.split('>');
      return { from: word(from), to: word(to), n };
    }),
    bySize: groups('size'),
    byDistrict: groups('district'),
    byIndustry: groups('industry'),
  };
}
