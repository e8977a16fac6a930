import assert from 'node:assert';

/** Criterion → its share; they add up to 1. In the order of the criteria as written. */
export type Weights = ReadonlyMap<string, number>;

/** Shares in proportion to these amounts, which are ≥ 0 and not all 0. */
export function weightsBy(criteria: readonly string[], amounts: readonly number[]): Weights {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  assert(
    sum > 0 && amounts.every((amount) => amount >= 0),
    'weights need amounts of zero or more, not all zero',
  );
  return new Map(criteria.map((criterion, at) => [criterion, (amounts[at] ?? 0) / sum]));
}

/**
 * Whole units that add up to `total` exactly, in proportion to the shares, by the largest remainder; the first of
 * equal remainders gets the unit.
 */
export function apportion(total: number, shares: readonly number[]): number[] {
  assert(Number.isSafeInteger(total) && total >= 0, 'whole units are apportioned');
  const sum = shares.reduce((all, share) => all + share, 0);
  const exact = shares.map((share) => (total * share) / sum);
  const units = exact.map(Math.floor);
  const left = total - units.reduce((all, unit) => all + unit, 0);
  const order = exact
    .map((value, at) => ({ at, remainder: value - Math.floor(value) }))
    .sort((one, other) => other.remainder - one.remainder || one.at - other.at);
  for (const { at } of order.slice(0, left)) units[at] = (units[at] ?? 0) + 1;
  return units;
}

/**
 * Joins weights of judgement with weights of data. `linear`: judgement's share times its weight and the rest of the
 * data's. `product`: the two multiplied and brought back to 1, which a criterion wins only if both hold it high.
 */
export function combineWeights(
  judged: Weights,
  measured: Weights,
  rule: { readonly kind: 'product' } | { readonly kind: 'linear'; readonly judgedShare: number },
): Weights {
  const criteria = [...judged.keys()];
  assert(
    criteria.length === measured.size && criteria.every((one) => measured.has(one)),
    'the same criteria',
  );
  const amounts = criteria.map((criterion) => {
    const [one, other] = [judged.get(criterion) ?? 0, measured.get(criterion) ?? 0];
    return rule.kind === 'product' ? one * other : rule.judgedShare * one + (1 - rule.judgedShare) * other;
  });
  return weightsBy(criteria, amounts);
}
