import { canonicalHash } from '#kernel';
import type { Binning } from '../binning/binning.ts';
import type { CardPoints, Model } from './card.ts';
import type { Scaling } from './plan.ts';

/**
 * Whole points for every bin: each is −(β·WOE + α/n)·factor + offset/n, rounded to the nearest integer (halves up).
 * Rounding is done once, here; scores are sums of integers, so that no order or machine changes them.
 */
export function scalePoints(model: Model, binnings: readonly Binning[], scaling: Scaling): CardPoints {
  const { factor, offset } = measure(model, binnings, scaling);
  const count = model.variables.length;
  const exact = model.variables.map(({ coefficient }, at) =>
    (binnings[at]?.bins ?? []).map(
      ({ woe }) => -(coefficient * woe + model.intercept / count) * factor + offset / count,
    ),
  );
  const points = exact.map((values) => values.map((value) => Math.round(value) + 0));
  const errors = exact.map((values, at) => values.map((value, bin) => (points[at]?.[bin] ?? 0) - value));
  const content = {
    schema: 'xinqiao.points/1' as const,
    model: model.hash,
    scaling,
    factor,
    offset,
    points: model.variables.map(({ variable }, at) => ({ variable, points: points[at] ?? [] })),
    scoreMin: sum(points.map((values) => Math.min(...values))),
    scoreMax: sum(points.map((values) => Math.max(...values))),
    roundingMax: Math.max(
      sum(errors.map((values) => Math.max(...values))),
      -sum(errors.map((values) => Math.min(...values))),
    ),
  };
  return { ...content, hash: canonicalHash(content) };
}

function measure(
  model: Model,
  binnings: readonly Binning[],
  scaling: Scaling,
): { factor: number; offset: number } {
  if (scaling.kind === 'odds') {
    const factor = scaling.pdo / Math.LN2;
    return { factor, offset: scaling.points - factor * Math.log(scaling.odds) };
  }
  const parts = model.variables.map(({ coefficient }, at) =>
    (binnings[at]?.bins ?? []).map(({ woe }) => coefficient * woe),
  );
  const lowest = model.intercept + sum(parts.map((values) => Math.min(...values)));
  const highest = model.intercept + sum(parts.map((values) => Math.max(...values)));
  const factor = (scaling.max - scaling.min) / (highest - lowest);
  return { factor, offset: scaling.max + factor * lowest };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
