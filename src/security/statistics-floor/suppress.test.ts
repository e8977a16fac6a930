import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cell, suppress } from './suppress.ts';

const RULES = { subjectsMin: 5, largestShareMax: 0.8 };

function cell(id: string, subjects: number, over: Partial<Cell> = {}): Cell {
  const total = over.total ?? subjects;
  return {
    id,
    parent: 'city',
    breakdown: 'district',
    subjects,
    largest: total === 0 ? 0 : 1,
    total,
    ...over,
  };
}
const city = (subjects: number, over: Partial<Cell> = {}): Cell =>
  cell('city', subjects, { parent: null, breakdown: 'city', ...over });
const hiddenOf = (cells: readonly Cell[]) => Object.fromEntries(suppress(cells, RULES));

test('a cell of too few enterprises is hidden, and an empty one is no secret', () => {
  assert.deepEqual(hiddenOf([city(4)]), { city: 'small' });
  assert.deepEqual(hiddenOf([city(5), cell('a', 5), cell('b', 0)]), {});
});

test('a cell of which one enterprise makes up nearly all is hidden', () => {
  assert.deepEqual(hiddenOf([city(9, { largest: 81, total: 100 })]), { city: 'dominant' });
  assert.deepEqual(hiddenOf([city(9, { largest: 80, total: 100 })]), {});
});

test('one hidden part takes the smallest other part with it, so that the whole does not give it away', () => {
  const hidden = hiddenOf([city(37), cell('a', 3), cell('b', 20), cell('c', 8), cell('d', 6)]);
  assert.deepEqual(hidden, { a: 'small', d: 'complementary' });
});

test('two hidden parts that are too small together take a third with them', () => {
  assert.deepEqual(hiddenOf([city(30), cell('a', 1), cell('b', 2), cell('c', 12), cell('d', 15)]), {
    a: 'small',
    b: 'small',
    c: 'complementary',
  });
});

test('what is hidden is never dominated by one enterprise as a whole', () => {
  const parts = [
    cell('a', 6, { largest: 900, total: 1_000 }),
    cell('b', 6, { largest: 20, total: 100 }),
    cell('c', 9, { largest: 300, total: 1_000 }),
  ];
  const hidden = suppress([city(21, { largest: 900, total: 2_100 }), ...parts], RULES);
  const remainder = parts.filter(({ id }) => hidden.has(id));
  const total = remainder.reduce((sum, part) => sum + part.total, 0);
  assert.ok(900 <= 0.8 * total, 'the largest is at most the share of what is hidden');
  assert.equal(hidden.get('c'), 'complementary');
});

test('of a hidden whole no part is shown, and breakdowns are each protected for themselves', () => {
  const institution = { parent: 'bank', breakdown: 'institution' };
  const cells = [
    city(20),
    cell('bank', 18, { breakdown: 'type' }),
    cell('insurer', 2, { breakdown: 'type' }),
    cell('east', 10),
    cell('west', 10),
    cell('bank-a', 9, institution),
    cell('bank-b', 9, institution),
  ];
  assert.deepEqual(hiddenOf(cells), {
    insurer: 'small',
    bank: 'complementary',
    'bank-a': 'complementary',
    'bank-b': 'complementary',
  });
});

test('whatever the parts, a hidden part cannot be had by subtraction', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const parts = Array.from({ length: 6 }, (_, n) =>
      cell(`p${n}`, (seed * (n * 7 + 3) * 2_654_435_761) % 13),
    );
    const whole = parts.reduce((sum, { subjects }) => sum + subjects, 0);
    const hidden = suppress([city(whole), ...parts], RULES);
    const lost = parts.filter(({ id }) => hidden.has(id));
    if (lost.length === 0) continue;
    const remainder = lost.reduce((sum, { subjects }) => sum + subjects, 0);
    const isWhole = remainder === whole;
    assert.ok(isWhole || (lost.length > 1 && remainder >= RULES.subjectsMin), `seed ${seed}`);
  }
});
