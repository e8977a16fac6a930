import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, normal, pickWeighted, poisson, streamOf } from './random.ts';

const draws = (index: number, record = 0, purpose = 'x') => {
  const rng = streamOf(keyOf(1, purpose), index, record);
  return Array.from({ length: 4 }, rng);
};

test('a stream is the same every time and another for every enterprise, record and purpose', () => {
  assert.deepEqual(draws(7), draws(7));
  const firsts = [draws(7), draws(8), draws(7, 1), draws(7, 0, 'y')].map(([first]) => first);
  assert.equal(new Set(firsts).size, firsts.length);
});

test('streams of neighbours share nothing that a mean would show', () => {
  const key = keyOf(9, 'mean');
  const firsts = Array.from({ length: 20_000 }, (_, index) => streamOf(key, index)());
  const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
  assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean}`);
  const pairs = firsts.slice(1).map((value, at) => (value - 0.5) * ((firsts[at] ?? 0) - 0.5));
  const covariance = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
  assert.ok(Math.abs(covariance) < 0.003, `covariance ${covariance}`);
});

test('normal and Poisson draws have the moments they are named for', () => {
  const rng = streamOf(keyOf(2, 'moments'), 0);
  const normals = Array.from({ length: 20_000 }, () => normal(rng));
  const square = normals.reduce((sum, value) => sum + value * value, 0) / normals.length;
  assert.ok(Math.abs(square - 1) < 0.05, `variance ${square}`);
  for (const mean of [0.2, 3, 40]) {
    const counts = Array.from({ length: 20_000 }, () => poisson(rng, mean));
    const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    assert.ok(Math.abs(average / mean - 1) < 0.05, `${mean}: ${average}`);
  }
});

test('a weight of nothing is never picked', () => {
  const rng = streamOf(keyOf(3, 'weights'), 0);
  const picked = Array.from({ length: 500 }, () =>
    pickWeighted(rng, ['never', 'often'], (item) => (item === 'never' ? 0 : 2)),
  );
  assert.ok(!picked.includes('never'));
});
