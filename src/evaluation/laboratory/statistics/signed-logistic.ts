import assert from 'node:assert';
import type { Target } from '../table/columns.ts';
import { type Design, fitLogistic, gradientBy, type LogisticFit } from './logistic.ts';

/** A fit whose coefficients are none above 0; `held` are columns that the constraint keeps at 0. */
export type SignedFit = LogisticFit & { readonly held: readonly string[] };

/** Above this the likelihood would still rise by letting a column go. Per row of weight. */
const GRADIENT_MAX = 1e-9;

/**
 * Maximum likelihood under coefficient ≤ 0 for every column, by an active set as Lawson and Hanson's (1974) for least
 * squares: fit the free columns; on the way to that fit stop where a coefficient reaches 0 and hold it; when all signs
 * are right, free the held column that gains most. The likelihood rises with every round and is concave, hence the end
 * is the optimum and no set comes twice. Standard errors are those of the free columns at that end.
 */
export function fitSigned(design: Design, target: Target): SignedFit {
  const count = design.columns.length;
  let free = new Set(design.columns.keys());
  let here = new Float64Array(count);
  const roundsMax = 10 * count + 10;
  for (let round = 0; round < roundsMax; round += 1) {
    const places = [...free].sort((a, b) => a - b);
    const fit = fitLogistic(pick(design, places), target);
    const wanted = spread(fit.coefficients, places, count);
    const stop = firstStop(here, wanted, places);
    if (stop === undefined) {
      here = wanted;
      const freed = findRelease(design, target, { fit, places });
      if (freed === undefined) return finish(design, fit, places);
      free.add(freed);
    } else {
      here = here.map((value, at) => value + stop * ((wanted[at] ?? 0) - value));
      free = new Set(places.filter((at) => (here[at] ?? 0) < -1e-15 || (wanted[at] ?? 0) < 0));
    }
  }
  assert.fail('the active set has not settled, though the likelihood rises with every round');
}

function pick({ names, columns }: Design, places: readonly number[]): Design {
  return {
    names: places.map((at) => names[at] ?? ''),
    columns: places.map((at) => columns[at] ?? new Float64Array()),
  };
}

function spread(
  coefficients: Float64Array,
  places: readonly number[],
  count: number,
): Float64Array<ArrayBuffer> {
  const all = new Float64Array(count);
  places.forEach((at, n) => {
    all[at] = coefficients[n + 1] ?? 0;
  });
  return all;
}

/** Share of the way from `here` to `wanted` at which the first coefficient would pass 0; none: all the way. */
function firstStop(here: Float64Array, wanted: Float64Array, places: readonly number[]): number | undefined {
  const wrong = places.filter((at) => (wanted[at] ?? 0) > 0);
  if (wrong.length === 0) return undefined;
  return Math.min(...wrong.map((at) => (here[at] ?? 0) / ((here[at] ?? 0) - (wanted[at] ?? 0))));
}

type Reached = { readonly fit: LogisticFit; readonly places: readonly number[] };

function findRelease(design: Design, target: Target, { fit, places }: Reached): number | undefined {
  const held = [...design.columns.keys()].filter((at) => !places.includes(at));
  const fitted = pick(design, places);
  let best: { at: number; gain: number } | undefined;
  for (const at of held) {
    const column = design.columns[at];
    if (column === undefined) continue;
    const gain = -gradientBy(column, fitted, target, fit.coefficients) / target.bad.length;
    if (gain > (best?.gain ?? GRADIENT_MAX)) best = { at, gain };
  }
  return best?.at;
}

function finish(design: Design, fit: LogisticFit, places: readonly number[]): SignedFit {
  const count = design.columns.length;
  const widen = (values: Float64Array) =>
    Float64Array.from([values[0] ?? 0, ...spread(values, places, count)]);
  return {
    ...fit,
    coefficients: widen(fit.coefficients),
    standardErrors: widen(fit.standardErrors),
    held: design.names.filter((_, at) => !places.includes(at)),
  };
}
