import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSample } from '../../laboratory/laboratory.test-support.ts';
import { scoreOne } from '../../laboratory/model/apply-card.ts';
import type { Card } from '../../laboratory/model/card.ts';
import { fitCard } from '../../laboratory/model/fit-card.ts';
import { shapePlan } from '../../laboratory/model/plan.ts';
import { seededRandom } from '../../laboratory/statistics/random.ts';
import { evaluateScorecard } from './evaluate-scorecard.ts';
import { readScorecard } from './read-scorecard.ts';
import { writeCard } from './write-card.ts';

function fit(seed: number): Card {
  const { table, target } = makeSample(seed);
  const specials = [{ name: 'not asked', values: [-999, -998] }];
  const plan = shapePlan({
    target: { column: 'bad', bad: '1' },
    bins: { specials, trend: 'none' },
    selection: { ivMin: 0, correlationMax: 1 },
    variableBins: { kind: { specials: [{ name: 'code', values: ['e'] }] } },
  });
  return fitCard(table, target, plan).card;
}

/** Any value a row may hold: on a cut, next to one, a special, missing, a category, one never seen. */
function drawValue(random: () => number, card: Card, at: number): number | string | null {
  const binning = card.binnings[at];
  const choice = Math.floor(random() * 6);
  if (choice === 0) return null;
  if (binning?.kind === 'categorical') {
    const known = [...binning.groups.flat(), 'e', 'never seen', 'a"&<\\', ''];
    return known[Math.floor(random() * known.length)] ?? null;
  }
  if (choice === 1) return random() < 0.5 ? -999 : -998;
  const cut = binning?.cuts[Math.floor(random() * binning.cuts.length)] ?? 0;
  if (choice === 2) return cut;
  return choice === 3 ? cut - Number.EPSILON * Math.max(1, Math.abs(cut)) : (random() - 0.5) * 20;
}

test('a card written as PMML and read back gives every row the same score', () => {
  for (const seed of [1, 2, 3]) {
    const card = fit(seed);
    const kinds = new Set(card.binnings.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ['categorical', 'numeric'], 'the sample tries both kinds');
    const read = readScorecard(Buffer.from(writeCard(card)));
    const random = seededRandom(seed);
    const places = card.binnings.map(() => new Set<number>());
    for (let row = 0; row < 3_000; row += 1) {
      const values = Object.fromEntries(
        card.binnings.map(({ variable }, at) => [variable, drawValue(random, card, at)]),
      );
      const own = scoreOne(card, values);
      own.bins.forEach((bin, at) => places[at]?.add(bin));
      assert.equal(evaluateScorecard(read, values).score, own.score, JSON.stringify(values));
    }
    card.binnings.forEach(({ bins, kind }, at) => {
      const reachable = kind === 'numeric' ? bins.length - 1 : bins.length;
      assert.equal(places[at]?.size, reachable, 'the rows fall into every bin that a value can reach');
    });
  }
});

test('reasons of an exported card are the variables below the median of the fitted rows', () => {
  const card = fit(4);
  const read = readScorecard(Buffer.from(writeCard(card)));
  const values = Object.fromEntries(card.binnings.map(({ variable }) => [variable, null]));
  const { reasons } = evaluateScorecard(read, values);
  const { bins } = scoreOne(card, values);
  assert.equal(reasons.length, card.binnings.length);
  for (const { code, points } of reasons) {
    const at = card.binnings.findIndex(({ variable }) => variable === code);
    const characteristic = read.characteristics[at];
    const own = card.points.points[at]?.points[bins[at] ?? -1] ?? Number.NaN;
    assert.equal(points, (characteristic?.baselineScore ?? Number.NaN) - own);
  }
});

test('a name that XML cannot hold is refused', () => {
  const card = fit(5);
  const [first, ...others] = card.binnings;
  assert(first !== undefined);
  const renamed = { ...card, binnings: [{ ...first, variable: 'a\u0000b' }, ...others] };
  assert.throws(() => writeCard(renamed), { code: 'hosted.card_not_exportable' });
});
