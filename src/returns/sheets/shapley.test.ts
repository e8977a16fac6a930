import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#evaluation';
import { aucOf, shapleyDrawn, shapleyExact, shapleyOfVariance } from './shapley.ts';

/** The glove game: player 0 holds a left glove, 1 and 2 a right one; a pair is worth 1. */
const gloves = (coalition: number): number => ((coalition & 1) !== 0 && (coalition & 6) !== 0 ? 1 : 0);
const near = (one: number, other: number, by = 1e-9) =>
  assert.ok(Math.abs(one - other) <= by, `${one} is not ${other}`);

test('the exact shares of the glove game are two thirds, a sixth and a sixth', () => {
  const [left, first, second] = shapleyExact(3, gloves);
  near(left?.value ?? 0, 2 / 3);
  near(first?.value ?? 0, 1 / 6);
  near(second?.value ?? 0, 1 / 6);
});

test('drawn shares add up to the worth of all whatever is drawn, and come near the exact ones within their errors', () => {
  const drawn = shapleyDrawn(3, gloves, { permutations: 400, random: seededRandom(7) });
  near(
    drawn.reduce((sum, { value }) => sum + value, 0),
    1,
  );
  for (const [player, { value, standardError }] of drawn.entries()) {
    assert.ok(standardError > 0 && standardError < 0.05);
    near(value, [2 / 3, 1 / 6, 1 / 6][player] ?? 0, 4 * standardError);
  }
  assert.deepEqual(drawn, shapleyDrawn(3, gloves, { permutations: 400, random: seededRandom(7) }));
});

test('shares of variance in closed form are those over every coalition, a part that cancels the others included', () => {
  const random = seededRandom(3);
  const base = Float64Array.from({ length: 200 }, random);
  const parts = [base, base.map((value) => -value / 2), Float64Array.from({ length: 200 }, random)];
  const varianceOf = (coalition: number): number => {
    const chosen = parts.filter((_, player) => (coalition & (1 << player)) !== 0);
    const sums = base.map((_, row) => chosen.reduce((sum, part) => sum + (part[row] ?? 0), 0));
    const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length;
    return sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sums.length - 1);
  };
  const exact = shapleyExact(3, varianceOf);
  for (const [player, { value }] of shapleyOfVariance(parts).entries())
    near(value, exact[player]?.value ?? 0);
  assert.ok((exact[1]?.value ?? 0) < 0);
});

test('a score that tells all apart has an AUC of one, one that tells nothing a half, equals count half', () => {
  const isBad = [true, false, true, false];
  assert.equal(aucOf(Float64Array.of(1, 5, 2, 6), isBad), 1);
  assert.equal(aucOf(Float64Array.of(3, 3, 3, 3), isBad), 0.5);
  assert.equal(aucOf(Float64Array.of(1, 5, 5, 6), isBad), 0.875);
});
