import type { BinRules, Prebins, Totals, Trend } from './bin-rules.ts';
import { allowNeighbours, FALLS, makeSegments, RISES, type Segments } from './segments.ts';

/** Where bins begin, as places of pre-bins, 0 first; and the information value they reach together. */
export type Choice = { readonly starts: readonly number[]; readonly iv: number; readonly trend: Trend };

/** What may follow in each phase. A peak rises, then falls; it may turn at either end. */
const PHASES: Readonly<Record<Exclude<Trend, 'monotone'>, readonly number[]>> = {
  none: [RISES | FALLS],
  ascending: [RISES],
  descending: [FALLS],
  peak: [RISES, FALLS],
  valley: [FALLS, RISES],
};

/** More bins must be worth more than rounding. */
const GAIN_MIN = 1e-12;

/**
 * The binning with the highest information value among **all** that keep the rules, by dynamic programming over
 * (number of bins, phase of the trend, last bin): the value of bins is a sum and the rules look at one bin or at two
 * neighbours, so that the last bin is all that has to be remembered. Of equals the one with fewer bins.
 * `undefined`: no binning keeps the rules.
 */
export function searchBins(prebins: Prebins, rules: BinRules, totals: Totals): Choice | undefined {
  if (prebins.goods.length === 0) return undefined;
  const segments = makeSegments(prebins, rules, totals);
  const allowed = allowNeighbours(segments, rules);
  const trends = rules.trend === 'monotone' ? (['ascending', 'descending'] as const) : [rules.trend];
  return trends
    .map((trend) => searchTrend({ segments, allowed, phases: PHASES[trend], rules }, trend))
    .reduce((best, next) => (best === undefined || (next !== undefined && next.iv > best.iv) ? next : best));
}

type Search = {
  readonly segments: Segments;
  readonly allowed: Uint8Array;
  readonly phases: readonly number[];
  readonly rules: BinRules;
};

/** Best sums by last bin for one number of bins and one phase, and where each came from. */
type Layer = { readonly sums: Float64Array; readonly from: Int32Array; readonly fromPhase: Uint8Array };

function searchTrend(search: Search, trend: Trend): Choice | undefined {
  const { segments, rules } = search;
  const layers: Layer[][] = [search.phases.map((_, phase) => firstLayer(segments, phase))];
  let best: { end: Place; sum: number } | undefined;
  for (let bins = 1; bins <= Math.min(rules.binsMax, segments.count); bins += 1) {
    if (bins > 1)
      layers.push(search.phases.map((_, phase) => nextLayer(search, layers[bins - 2] ?? [], phase)));
    if (bins < rules.binsMin) continue;
    const end = bestEnd(segments, layers[bins - 1] ?? []);
    if (end !== undefined && (best === undefined || end.sum > best.sum + GAIN_MIN)) {
      best = { end: { ...end, bins }, sum: end.sum };
    }
  }
  return best && { starts: walkBack(segments, layers, best.end), iv: best.sum, trend };
}

type Place = { readonly bins: number; readonly phase: number; readonly start: number };

function emptyLayer({ side }: Segments): Layer {
  return {
    sums: new Float64Array(side * side).fill(-1),
    from: new Int32Array(side * side).fill(-1),
    fromPhase: new Uint8Array(side * side),
  };
}

/** One bin from the beginning; only the first phase can begin. */
function firstLayer(segments: Segments, phase: number): Layer {
  const layer = emptyLayer(segments);
  for (let to = 1; phase === 0 && to <= segments.count; to += 1) {
    const worth = segments.worth[to] ?? Number.NaN;
    if (!Number.isNaN(worth)) layer.sums[to] = worth;
  }
  return layer;
}

/** A bin more: from the same phase, or from the one before. */
function nextLayer(search: Search, before: readonly Layer[], phase: number): Layer {
  const layer = emptyLayer(search.segments);
  const direction = search.phases[phase] ?? 0;
  for (let from = Math.max(0, phase - 1); from <= phase; from += 1) {
    const source = before[from];
    if (source !== undefined) extend(search, { source, layer, direction, from });
  }
  return layer;
}

type Step = {
  readonly source: Layer;
  readonly layer: Layer;
  readonly direction: number;
  readonly from: number;
};

function extend({ segments, allowed }: Search, { source, layer, direction, from }: Step): void {
  const { side, count, worth } = segments;
  for (let first = 0; first < count; first += 1) {
    for (let middle = first + 1; middle < count; middle += 1) {
      const held = source.sums[first * side + middle] ?? -1;
      if (held < 0) continue;
      for (let to = middle + 1; to <= count; to += 1) {
        if (((allowed[(first * side + middle) * side + to] ?? 0) & direction) === 0) continue;
        const place = middle * side + to;
        const sum = held + (worth[place] ?? 0);
        if (sum <= (layer.sums[place] ?? 0)) continue;
        layer.sums[place] = sum;
        layer.from[place] = first;
        layer.fromPhase[place] = from;
      }
    }
  }
}

function bestEnd(
  { side, count }: Segments,
  layers: readonly Layer[],
): { phase: number; start: number; sum: number } | undefined {
  let best: { phase: number; start: number; sum: number } | undefined;
  layers.forEach(({ sums }, phase) => {
    for (let start = 0; start < count; start += 1) {
      const sum = sums[start * side + count] ?? -1;
      if (sum >= 0 && (best === undefined || sum > best.sum)) best = { phase, start, sum };
    }
  });
  return best;
}

function walkBack({ side, count }: Segments, layers: readonly Layer[][], end: Place): number[] {
  const starts: number[] = [];
  let [start, to, phase] = [end.start, count, end.phase];
  for (let bins = end.bins; bins >= 1; bins -= 1) {
    starts.unshift(start);
    const layer = layers[bins - 1]?.[phase];
    const place = start * side + to;
    to = start;
    start = layer?.from[place] ?? 0;
    phase = layer?.fromPhase[place] ?? 0;
  }
  return starts;
}
