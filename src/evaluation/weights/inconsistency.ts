import type { Judgements } from './ahp-study.ts';

export type Triple = {
  readonly one: string;
  readonly two: string;
  readonly three: string;
  /** one over three as asked, and as it follows by way of two. */
  readonly direct: string;
  readonly through: string;
};

/**
 * The three criteria whose judgements contradict each other most: the largest |ln a(i,j) + ln a(j,k) − ln a(i,k)|,
 * which is the same for every order of the three. The first of equals stands.
 */
export function worstTriple(criteria: readonly string[], judgements: Judgements): Triple {
  const at = (row: number, column: number) => judgements[row]?.[column] ?? Number.NaN;
  let worst = { gap: -1, places: [0, 0, 0] as readonly [number, number, number] };
  for (let i = 0; i < criteria.length; i += 1)
    for (let j = i + 1; j < criteria.length; j += 1)
      for (let k = j + 1; k < criteria.length; k += 1) {
        const gap = Math.abs(Math.log((at(i, j) * at(j, k)) / at(i, k)));
        if (gap > worst.gap) worst = { gap, places: [i, j, k] };
      }
  const [i, j, k] = worst.places;
  return {
    one: criteria[i] ?? '',
    two: criteria[j] ?? '',
    three: criteria[k] ?? '',
    direct: at(i, k).toPrecision(3),
    through: (at(i, j) * at(j, k)).toPrecision(3),
  };
}
