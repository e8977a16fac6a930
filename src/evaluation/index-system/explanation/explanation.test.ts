import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnv } from '#kernel';
import { seededRandom } from '../../laboratory/statistics/random.ts';
import { makeRandomRules, makeRandomValues } from '../random-system.test-support.ts';
import { rankOf } from '../scoring/grade-score.ts';
import { scoreEnterprise } from '../scoring/score-enterprise.ts';
import { baselineOf, publishedBaseline } from './baseline.ts';
import { explainScore } from './explain-score.ts';
import { applyChanges, findChanges } from './find-changes.ts';
import { type Improvement, listImprovements } from './improvements.ts';

const ROUNDS = readEnv().XINQIAO_TEST_LONG === '1' ? 3_000 : 200;

/** Every set of one to three improvements, at most one per leaf. */
function* setsOf(leaves: readonly (readonly Improvement[])[], from = 0, count = 3): Generator<Improvement[]> {
  for (let at = from; at < leaves.length; at += 1)
    for (const improvement of leaves[at] ?? []) {
      yield [improvement];
      if (count > 1) for (const rest of setsOf(leaves, at + 1, count - 1)) yield [improvement, ...rest];
    }
}

const costOf = (changes: readonly Improvement[]) => changes.reduce((sum, { cost }) => sum + cost, 0);

describe('the cheapest changes', () => {
  it('reach the next grade when applied, and no cheaper set of three does; nothing is said to reach that does not', () => {
    const random = seededRandom('changes');
    const seen = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { system, grading } = makeRandomRules(random);
      const values = makeRandomValues(random, system);
      const scored = scoreEnterprise(system, values, { grading });
      const found = findChanges(system, grading, { scored, values });
      seen.set(found.state, (seen.get(found.state) ?? 0) + 1);
      if (found.state === 'not_graded') assert.equal(scored.grade, null);
      else if (found.state === 'highest') assert.equal(scored.grade, 'A+');
      else {
        const wanted = rankOf(grading, found.target.grade);
        assert.equal(wanted, rankOf(grading, scored.grade ?? '') - 1);
        const reaches = (changes: readonly Improvement[]) => {
          const { grade } = scoreEnterprise(system, applyChanges(values, changes), { grading });
          return grade !== null && rankOf(grading, grade) <= wanted;
        };
        const reaching = [...setsOf(listImprovements(system, scored))].filter(reaches);
        if (found.state === 'out_of_reach') assert.deepEqual(reaching, []);
        else {
          assert.ok(found.changes.length <= 3 && reaches(found.changes));
          assert.equal(found.cost, Math.min(...reaching.map(costOf)));
          const after = scoreEnterprise(system, applyChanges(values, found.changes), { grading });
          assert.equal(after.score, found.scoreAfter);
          const equal = reaching.filter((changes) => costOf(changes) === found.cost);
          assert.equal(found.changes.length, Math.min(...equal.map(({ length }) => length)));
        }
      }
    }
    for (const state of ['reached', 'out_of_reach', 'highest', 'not_graded'])
      assert.ok((seen.get(state) ?? 0) > 0, `${state} never came up`);
  });

  it('name the ceiling that holds whatever is changed', () => {
    const random = seededRandom('held');
    let held = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { system, grading } = makeRandomRules(random);
      const values = new Map([
        ...makeRandomValues(random, system),
        ['listed', { value: 2, status: 'ok' as const }],
      ]);
      const scored = scoreEnterprise(system, values, { grading });
      const found = findChanges(system, grading, { scored, values });
      if (found.state !== 'out_of_reach') continue;
      assert.ok(found.heldBy.includes('veto_listed'));
      held += 1;
    }
    assert.equal(held, ROUNDS);
  });

  it('go only through bands that say how, and end in the band they name', () => {
    const random = seededRandom('ways');
    for (let round = 0; round < ROUNDS; round += 1) {
      const { system, grading } = makeRandomRules(random);
      const values = makeRandomValues(random, system);
      const scored = scoreEnterprise(system, values, { grading });
      for (const way of listImprovements(system, scored).flat()) {
        const at = system.leaves.findIndex(({ indicator }) => indicator === way.indicator);
        const after = scoreEnterprise(system, applyChanges(values, [way]), { grading }).leaves[at];
        assert.equal(scored.leaves[at]?.state, 'scored');
        assert.equal(after?.band, way.toBand);
        assert.equal((after?.points ?? 0) - (scored.leaves[at]?.points ?? 0), way.gain);
        assert.equal(way.steps.length, Math.abs(way.toBand - way.fromBand));
        assert.ok(way.gain >= 0);
      }
    }
  });
});

describe('reasons', () => {
  it('are the scored leaves on either side of the baseline, the farthest first, with their records', () => {
    const random = seededRandom('reasons');
    for (let round = 0; round < ROUNDS; round += 1) {
      const { system, grading } = makeRandomRules(random);
      const values = makeRandomValues(random, system);
      const scored = scoreEnterprise(system, values, { grading });
      const evidence = new Map([['i1', [{ delivery: 3, row: 7 }]]]);
      const explained = explainScore(system, grading, {
        scored,
        values,
        baseline: publishedBaseline(system),
        evidence,
      });
      assert.deepEqual(explained.leaves[1]?.evidence, [{ delivery: 3, row: 7 }]);
      for (const { reasonCode, difference, band, indicator } of [
        ...explained.against,
        ...explained.inFavour,
      ]) {
        assert.equal(reasonCode, `${indicator}.${(band ?? Number.NaN) + 1}`);
        assert.notEqual(difference, 0);
      }
      const losses = explained.against.map(({ difference }) => difference);
      assert.deepEqual(
        losses,
        [...losses].sort((one, other) => one - other),
      );
      assert.ok(losses.every((loss) => loss < 0));
      assert.ok(explained.inFavour.every(({ difference }) => difference > 0));
    }
  });

  it('compare with the lower median of those that data are known of', () => {
    const { system } = makeRandomRules(seededRandom('median'));
    const counts = new Map([
      [
        'i0',
        new Map([
          [0, 2],
          [4_000, 1],
          [10_000, 2],
        ]),
      ],
      [
        'i1',
        new Map([
          [500, 1],
          [700, 1],
        ]),
      ],
      ['i2', new Map([[500, 0]])],
    ]);
    const { medians, run } = baselineOf(system, 'run-1', counts);
    assert.equal(run, 'run-1');
    assert.deepEqual([medians.get('i0'), medians.get('i1')], [4_000, 500]);
    assert.equal(medians.get('i2'), system.leaves[2]?.neutral);
    assert.equal(medians.size, system.leaves.length);
  });
});
