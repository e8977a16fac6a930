import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHash, Refusal } from '#kernel';
import { makeSample, numeric } from '../laboratory.test-support.ts';
import { discriminationOf } from '../figures/discrimination.ts';
import { makeTable, type Table } from '../table/columns.ts';
import { applyCard, scoreOne } from './apply-card.ts';
import { findLeaks } from './find-leaks.ts';
import { fitCard } from './fit-card.ts';
import { binVariables } from './bin-variables.ts';
import { shapePlan } from './plan.ts';
import { readCard } from './read-card.ts';

const TARGET = { column: 'bad', bad: '1' };
const PLAN = shapePlan({
  target: TARGET,
  variableBins: {
    bent: { trend: 'valley' },
    gaps: { specials: [{ name: 'none', values: [-999] }] },
  },
});
const { table, target } = makeSample('card');
const { card, verdicts } = fitCard(table, target, PLAN);

test('a card read back from its file scores every row to the same bits, in a batch and one by one', () => {
  const again = readCard(JSON.stringify(card));
  const batch = applyCard(card, table);
  assert.deepEqual(applyCard(again, table), batch);
  for (let row = 0; row < table.rowCount; row += 1) {
    const one = scoreOne(again, valuesOf(table, row));
    assert.equal(one.score, batch.scores[row]);
    assert.equal(one.chance, batch.chances[row]);
    assert.deepEqual(
      one.bins,
      batch.places.map((places) => places[row]),
    );
  }
});

test('a score is exactly the sum of whole points and no further from its exact value than the card says', () => {
  const { scores, chances, places } = applyCard(card, table);
  const { points, factor, offset, scoreMin, scoreMax, roundingMax } = card.points;
  assert.ok(points.every((one) => one.points.every(Number.isInteger)));
  assert.ok(roundingMax <= points.length / 2);
  scores.forEach((score, row) => {
    const sum = points.reduce((all, one, at) => all + (one.points[places[at]?.[row] ?? -1] ?? Number.NaN), 0);
    assert.equal(score, sum);
    const chance = chances[row] ?? Number.NaN;
    const exact = offset - factor * Math.log(chance / (1 - chance));
    assert.ok(Math.abs(score - exact) <= roundingMax + 1e-9);
    assert.ok(score >= scoreMin && score <= scoreMax);
  });
});

test('at the points of the plan the odds are those of the plan and double with every further step', () => {
  const { factor, offset } = card.points;
  const oddsAt = (score: number) => Math.exp((score - offset) / factor);
  assert.ok(Math.abs(oddsAt(600) - 20) < 1e-9);
  assert.ok(Math.abs(oddsAt(650) - 40) < 1e-9);
});

test('min-max scaling ends within the rounding of both ends', () => {
  const scaled = fitCard(table, target, { ...PLAN, scaling: { kind: 'min-max', min: 300, max: 850 } }).card
    .points;
  assert.ok(Math.abs(scaled.scoreMin - 300) <= scaled.roundingMax + 1e-9);
  assert.ok(Math.abs(scaled.scoreMax - 850) <= scaled.roundingMax + 1e-9);
});

test('every part carries the hash of its content, and the same rows give the same card', () => {
  assert.equal(fitCard(table, target, PLAN).card.hash, card.hash);
  for (const { hash, ...content } of [card, card.model, card.points, ...card.binnings]) {
    assert.equal(canonicalHash(content), hash);
  }
});

test('a card that was changed in one point, or resealed around a foreign part, is refused', () => {
  const changed = JSON.stringify(card).replace(
    /"points":\[(-?\d+)/,
    (_, n: string) => `"points":[${Number(n) + 1}`,
  );
  assert.notEqual(changed, JSON.stringify(card));
  refused(() => readCard(changed), 'laboratory.wrong_card');
  const { hash: _, ...content } = { ...card, model: { ...card.model, intercept: 0 } };
  refused(
    () => readCard(JSON.stringify({ ...content, hash: canonicalHash(content) })),
    'laboratory.wrong_card',
  );
  const shapeless = { schema: 'xinqiao.scorecard/1', binnings: 3 };
  refused(
    () => readCard(JSON.stringify({ ...shapeless, hash: canonicalHash(shapeless) })),
    'laboratory.wrong_card',
  );
  refused(() => readCard('{'), 'laboratory.wrong_card');
});

/** The text of a card whose every hash is right again after its parts were changed by hand. */
function reseal(change: (parts: Record<string, unknown>) => void): string {
  const whole: Record<string, unknown> = structuredClone({ ...card });
  change(whole);
  const { hash: _, ...content } = whole;
  return JSON.stringify({ ...content, hash: canonicalHash(content) });
}

test('a hand-made card with right hashes is refused where a member is of another type or too many', () => {
  const wrongTypes: [string, unknown][] = [
    ['target', { column: 3, bad: 'bad' }],
    ['rows', { goods: '1', bads: 2 }],
    ['scores', { edges: [1], counts: 'many' }],
    ['binnings', card.binnings.map((binning) => ({ ...binning, bins: {} }))],
    ['points', { ...card.points, points: [] }],
    ['model', { ...card.model, intercept: '0' }],
    ['note', 'sealed, and read by nobody'],
  ];
  for (const [name, value] of wrongTypes) {
    const text = reseal((whole) => void Object.assign(whole, { [name]: value }));
    refused(() => readCard(text), 'laboratory.wrong_card');
  }
  assert.equal(readCard(reseal(() => undefined)).hash, card.hash);
});

test('what is useless or a copy stays out of the card, with the reason', () => {
  const straight = table.columns.get('straight');
  assert.ok(straight?.kind === 'numeric');
  const copy = numeric(
    'copy',
    straight.values.map((value) => value * 2),
  );
  const constant = numeric(
    'constant',
    straight.values.map((_, row) => Number(row % 50 === 0)),
  );
  const wide = makeTable([...table.columns.values(), copy, constant]);
  const why = new Map(
    fitCard(wide, target, PLAN).verdicts.map(({ variable, exclusion }) => [variable, exclusion?.why]),
  );
  assert.equal(why.get('useless'), 'iv');
  assert.equal(why.get('constant'), 'identical');
  assert.deepEqual([why.get('straight'), why.get('copy')].sort(), ['correlated', undefined]);
  assert.equal(verdicts.length, 5);
});

test('no coefficient of a constrained card is above 0 and what was held is named', () => {
  const straight = table.columns.get('straight');
  assert.ok(straight?.kind === 'numeric');
  const noisy = numeric(
    'noisy',
    straight.values.map((value, row) => value + Math.sin(row * 12.9898) * 0.8),
  );
  const wide = makeTable([...table.columns.values(), noisy]);
  const plan = { ...PLAN, selection: { ...PLAN.selection, correlationMax: 1 } };
  const fitted = fitCard(wide, target, plan);
  const free = fitCard(wide, target, { ...plan, signs: 'free' }).card.model.variables;
  assert.ok(fitted.card.model.variables.every(({ coefficient }) => coefficient <= 0));
  const held = fitted.verdicts
    .filter(({ exclusion }) => exclusion?.why === 'sign')
    .map(({ variable }) => variable);
  const wrong = free.filter(({ coefficient }) => coefficient > 0).map(({ variable }) => variable);
  if (wrong.length > 0) assert.ok(held.length > 0);
  assert.equal(held.length + fitted.card.binnings.length, free.length);
});

test('a field known after the decision is left out, one that separates the classes is named', () => {
  const outcome = numeric('outcome', Float64Array.from(target.bad));
  const decidedAt = numeric(
    'decided',
    Float64Array.from(target.bad, (_, row) => 20_000 + (row % 300)),
  );
  const writtenOffAt = numeric(
    'written_off',
    Float64Array.from(target.bad, (bad, row) => (bad === 1 ? 20_400 + row : Number.NaN)),
  );
  const amount = numeric(
    'amount',
    Float64Array.from(target.bad, (bad, row) => (bad === 1 ? row : 0)),
  );
  const leaky = makeTable([...table.columns.values(), outcome, decidedAt, writtenOffAt, amount]);
  const plan = shapePlan({
    target: TARGET,
    exclude: ['decided'],
    leakage: {
      asOf: 'decided',
      dates: ['written_off'],
      knownAt: { amount: 'written_off' },
      after: ['outcome'],
    },
  });
  const leaks = findLeaks({ table: leaky, target, plan }, binVariables(leaky, target, plan));
  const kinds = (name: string) => leaks.filter(({ variable }) => variable === name).map(({ kind }) => kind);
  assert.deepEqual(kinds('outcome'), ['implausible_iv', 'known_after']);
  assert.deepEqual(kinds('amount'), ['implausible_iv', 'known_after']);
  assert.ok(kinds('written_off').includes('known_after'));
  assert.deepEqual(kinds('straight'), []);
  const names = fitCard(leaky, target, plan).card.binnings.map(({ variable }) => variable);
  assert.ok(!names.some((name) => ['outcome', 'amount', 'written_off'].includes(name)));
});

test('a card tells bad from good better than its best variable alone', () => {
  const figures = discriminationOf(applyCard(card, table).chances, target);
  const best = Math.max(...card.binnings.map(({ figures: { gini } }) => gini));
  assert.ok(figures.gini > best && figures.gini < 1);
});

test('a plan with an unknown member, a value out of range or no target is refused', () => {
  refused(() => shapePlan({ target: TARGET, bin: {} }), 'laboratory.wrong_plan');
  refused(() => shapePlan({ target: TARGET, bins: { binsMax: 1e6 } }), 'laboratory.wrong_plan');
  refused(() => shapePlan({ target: TARGET, bins: { binsMin: 9 } }), 'laboratory.wrong_plan');
  refused(
    () => shapePlan({ target: TARGET, scaling: { kind: 'min-max', min: 5, max: 5 } }),
    'laboratory.wrong_plan',
  );
  refused(() => shapePlan({}), 'laboratory.wrong_plan');
  refused(() => shapePlan('x'), 'laboratory.wrong_plan');
  refused(() => fitCard(table, target, { ...PLAN, variables: ['none'] }), 'laboratory.no_column');
  refused(() => fitCard(table, target, { ...PLAN, variables: ['useless'] }), 'laboratory.no_variables');
});

function valuesOf({ columns }: Table, row: number): Record<string, number | string | null> {
  return Object.fromEntries(
    [...columns].map(([name, column]) => [
      name,
      column.kind === 'numeric'
        ? (column.values[row] ?? null)
        : (column.categories[column.codes[row] ?? -1] ?? null),
    ]),
  );
}

function refused(work: () => unknown, code: string): void {
  assert.throws(work, (error) => error instanceof Refusal && error.code === code);
}
