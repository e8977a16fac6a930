import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compileIndicators, computeOne } from '#evaluation';
import { fillCity } from './indicators-city.ts';
import { inSnapshot, openIndicators, ownPermit } from './indicators-setting.ts';

const ENTERPRISES = 400;
/** Below this many enterprises with another than the commonest value a correlation says nothing. */
const DIFFERENT_MIN = 8;
const CORRELATION_MAX = 0.98;

const setting = await openIndicators({ after });
/** Parts of combinations are not offered for anything by themselves. */
const ids = [...setting.book.indicators].flatMap(([id, { definition }]) =>
  definition.uses.includes('input') ? [] : [id],
);
const enterprises = await fillCity(setting, ENTERPRISES);
const compiled = compileIndicators(setting.book, ids);

/** By indicator, one value an enterprise. */
const columns = await inSnapshot(setting, async (tx) => {
  const found: (number | null)[][] = ids.map(() => []);
  for (const subject of enterprises) {
    const asked = { compiled, knownAt: new Date('2026-11-02T00:00:00Z'), subject, purpose: 'self' } as const;
    const { values } = await computeOne(tx, ownPermit(tx, setting, asked), compiled);
    for (const [at, { value }] of values.entries()) found[at]?.push(value);
  }
  return found;
});

/** Ranks with ties at their mean. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const ranks: number[] = Array.from({ length: values.length }, () => 0);
  for (let from = 0; from < order.length; ) {
    let until = from;
    while (until < order.length && order[until]?.value === order[from]?.value) until += 1;
    for (let at = from; at < until; at += 1) ranks[order[at]?.at ?? 0] = (from + until - 1) / 2;
    from = until;
  }
  return ranks;
}

function correlation(left: readonly number[], right: readonly number[]): number {
  const mean = (left.length - 1) / 2;
  const product = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, at) => sum + (value - mean) * ((b[at] ?? 0) - mean), 0);
  return product(left, right) / Math.sqrt(product(left, left) * product(right, right));
}

function differing(values: readonly number[]): number {
  const counts = Map.groupBy(values, (value) => value);
  return values.length - Math.max(0, ...[...counts.values()].map(({ length }) => length));
}

test('no two indicators rank the enterprises of a synthetic city alike', () => {
  const alike: string[] = [];
  let compared = 0;
  for (const [i, left] of columns.entries()) {
    for (const [j, right] of columns.entries()) {
      if (j <= i) continue;
      const both = left.flatMap((value, at) => {
        const other = right[at] ?? null;
        return value === null || other === null ? [] : [[value, other] as const];
      });
      const [a, b] = [both.map(([value]) => value), both.map(([, value]) => value)];
      if (differing(a) < DIFFERENT_MIN || differing(b) < DIFFERENT_MIN) continue;
      compared += 1;
      const rho = correlation(ranksOf(a), ranksOf(b));
      if (Math.abs(rho) > CORRELATION_MAX)
        alike.push(`${ids[i]} ${ids[j]} ${rho.toFixed(3)} of ${both.length}`);
    }
  }
  assert.ok(compared > 1_000, `${compared} pairs compared`);
  assert.deepEqual(alike, []);
});

test('most indicators tell enterprises of the synthetic city apart', () => {
  const still = ids.filter(
    (_, at) => differing((columns[at] ?? []).map((value) => value ?? Number.NaN)) === 0,
  );
  assert.ok(still.length <= ids.length / 5, still.join());
});
