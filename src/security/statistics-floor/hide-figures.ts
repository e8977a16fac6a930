import type { StatisticsFloor } from './load-statistics-floors.ts';
import { type HiddenBecause, unsafeBecause } from './suppress.ts';

/** What a line of figures rests on, as `Cell` says it. */
export type FigureBase = { readonly subjects: number; readonly largest: number; readonly total: number };

/** A line with its figures, or with none and why. */
export type ShownFigures<Line extends object, Name extends keyof Line> = Omit<Line, Name> & {
  readonly [Figure in Name]: Line[Figure] | null;
} & { readonly hiddenBecause: HiddenBecause | null };

/**
 * Lines of which no total is given anywhere, so that each stands for itself; where there is one, `suppress` hides the parts that
 * would give a hidden one away.
 */
export function hideFigures<Line extends object, Name extends keyof Line & string>(
  lines: readonly Line[],
  names: readonly Name[],
  { floor, baseOf }: { readonly floor: StatisticsFloor; readonly baseOf: (line: Line) => FigureBase },
): ShownFigures<Line, Name>[] {
  return lines.map((line) => {
    const hiddenBecause = unsafeBecause(baseOf(line), floor) ?? null;
    const hidden = Object.fromEntries(names.map((name) => [name, null]));
    return { ...line, ...(hiddenBecause !== null && hidden), hiddenBecause };
  });
}
