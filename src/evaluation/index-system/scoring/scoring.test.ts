import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnv } from '#kernel';
import { type Random, seededRandom } from '../../laboratory/statistics/random.ts';
import { bandOf, type Leaf } from '../definition/index-system.ts';
import { makeRandomRules, makeRandomValues } from '../random-system.test-support.ts';
import { decideNotice } from './decide-notice.ts';
import { gradeOfScore, rankOf } from './grade-score.ts';
import { scoreEnterprise } from './score-enterprise.ts';
import { scoreLeaf } from './score-leaf.ts';
import { scoreObjection } from './score-objection.ts';
import type { IndicatorValue } from '../../indicators/indicator.ts';

const ROUNDS = readEnv().XINQIAO_TEST_LONG === '1' ? 2_000 : 100;
const ok = (value: number): IndicatorValue => ({ value, status: 'ok' });
const NOTHING: IndicatorValue = { value: null, status: 'not_covered' };

function forRandom(seed: string, check: (drawn: ReturnType<typeof draw>) => void): void {
  const random = seededRandom(seed);
  for (let round = 0; round < ROUNDS; round += 1) check(draw(random));
}

function draw(random: Random) {
  const { system, grading } = makeRandomRules(random);
  const values = makeRandomValues(random, system);
  const positive = system.leaves.filter((leaf) => leaf.positive).map(({ indicator }) => indicator);
  const declined = new Set(positive.filter(() => random() < 0.3));
  return { random, system, grading, values, declined };
}

const pointsRange = ({ bands }: Leaf) => {
  const points = bands.map((band) => band.points);
  return [Math.min(...points), Math.max(...points)] as const;
};

describe('a score', () => {
  it('is the exact sum of its leaves, groups and dimensions', () => {
    forRandom('sums', ({ system, grading, values, declined }) => {
      const { leaves, dimensions, score } = scoreEnterprise(system, values, { grading, declined });
      const add = (points: readonly { points: number }[]) => points.reduce((sum, one) => sum + one.points, 0);
      assert.ok(Number.isSafeInteger(score) && score >= 0 && score <= system.fullMarks);
      assert.equal(add(leaves), score);
      assert.equal(add(dimensions), score);
      for (const dimension of dimensions) assert.equal(add(dimension.groups), dimension.points);
    });
  });

  it('puts a value exactly on a cut into the band that begins there', () => {
    forRandom('cuts', ({ system }) => {
      for (const leaf of system.leaves)
        for (const band of leaf.bands.slice(1)) {
          assert.equal(bandOf(leaf, band.from), band);
          assert.equal(bandOf(leaf, band.from - 1e-9), leaf.bands[band.place - 1]);
        }
    });
  });

  it('moves with a value the way its direction says', () => {
    forRandom('direction', ({ random, system }) => {
      const [one = 0, other = 0] = [random() * 14 - 1, random() * 14 - 1].sort((a, b) => a - b);
      for (const leaf of system.leaves) {
        const difference = scoreLeaf(leaf, ok(other), false).points - scoreLeaf(leaf, ok(one), false).points;
        if (leaf.direction === 'higher') assert.ok(difference >= 0);
        if (leaf.direction === 'lower') assert.ok(difference <= 0);
      }
    });
  });

  it('without data is neutral: above the worst record, at most the best, and labelled', () => {
    forRandom('neutral', ({ system, grading, values }) => {
      const whole = scoreEnterprise(system, values, { grading });
      for (const [at, leaf] of system.leaves.entries()) {
        const { leaves, score } = scoreEnterprise(system, new Map([...values, [leaf.indicator, NOTHING]]), {
          grading,
        });
        const [worst, best] = pointsRange(leaf);
        const without = leaves[at];
        assert.equal(without?.state, 'not_covered');
        assert.equal(without?.points, leaf.neutral);
        assert.ok(leaf.neutral > worst && leaf.neutral <= best);
        assert.equal(score - whole.score, leaf.neutral - (whole.leaves[at]?.points ?? 0));
      }
    });
  });

  it('never rises because positive information was declined', () => {
    forRandom('declined', ({ system, grading, values, declined }) => {
      const plain = scoreEnterprise(system, values, { grading });
      const without = scoreEnterprise(system, values, { grading, declined });
      assert.ok(without.score <= plain.score);
      assert.equal(without.coverage.marks, plain.coverage.marks);
      const labelled = without.leaves
        .filter(({ state }) => state === 'declined')
        .map(({ indicator }) => indicator);
      const known = plain.leaves.filter(({ state }) => state === 'scored').map(({ indicator }) => indicator);
      assert.deepEqual(
        labelled,
        known.filter((indicator) => declined.has(indicator)),
      );
    });
  });

  it('cannot be computed when adverse information is declined, or with grades for other marks', () => {
    forRandom('refused', ({ system, grading, values }) => {
      const adverse = system.leaves.find(({ positive }) => !positive);
      if (adverse !== undefined)
        assert.throws(
          () => scoreEnterprise(system, values, { grading, declined: new Set([adverse.indicator]) }),
          { code: 'index_system.not_declinable' },
        );
      const other = { ...grading, fullMarks: grading.fullMarks + 100 };
      assert.throws(() => scoreEnterprise(system, values, { grading: other }), {
        code: 'index_system.grades_do_not_fit',
      });
    });
  });
});

describe('a grade', () => {
  it('is never raised by a ceiling, and a veto gives the lowest', () => {
    forRandom('ceilings', ({ system, grading, values }) => {
      const free = { ...grading, ceilings: [] };
      const without = scoreEnterprise(system, values, { grading: free });
      const { gradeByScore, grade, ceilings } = scoreEnterprise(system, values, { grading });
      assert.equal(gradeByScore, without.gradeByScore);
      if (grade !== null) assert.ok(rankOf(grading, grade) >= rankOf(grading, gradeByScore));
      if (ceilings.some(({ kind }) => kind === 'veto')) assert.equal(grade, 'D');
      if (ceilings.length === 0) assert.equal(grade, without.grade);
      else
        for (const { isBinding, cap } of ceilings)
          assert.equal(isBinding, rankOf(grading, cap) > rankOf(grading, gradeByScore));
    });
  });

  it('goes by the score alone where no ceiling applies, cuts included', () => {
    forRandom('cuts of grades', ({ grading }) => {
      for (const { grade, from } of grading.grades) {
        assert.equal(gradeOfScore(grading, from).grade, grade);
        if (from > 0) assert.notEqual(gradeOfScore(grading, from - 1).grade, grade);
      }
    });
  });

  it('is withheld for want of data, but not from one that a ceiling concerns', () => {
    forRandom('coverage', ({ system, grading, values }) => {
      const nothing = new Map([...values].map(([id]) => [id, NOTHING]));
      assert.equal(scoreEnterprise(system, nothing, { grading }).grade, null);
      assert.equal(scoreEnterprise(system, nothing, { grading }).state, 'insufficient_data');
      const listed = scoreEnterprise(system, new Map([...nothing, ['listed', ok(2)]]), { grading });
      assert.equal(listed.grade, 'D');
    });
  });

  it('stays capped while a listing is only known by a delivery that is out of date', () => {
    forRandom('stale', ({ system, grading, values }) => {
      const stale = new Map([...values, ['listed', { value: 2, status: 'stale' as const }]]);
      assert.equal(scoreEnterprise(system, stale, { grading }).grade, 'D');
    });
  });
});

describe('an open objection', () => {
  it('gives both scores with both grades, labelled, and names the leaves that differ', () => {
    forRandom('objection', ({ random, system, grading, values }) => {
      const leaf = system.leaves[Math.floor(random() * system.leaves.length)];
      assert.ok(leaf !== undefined);
      const withoutDisputed = new Map([...values, [leaf.indicator, ok(0)]]);
      const both = scoreObjection(system, { withDisputed: values, withoutDisputed }, { grading });
      assert.deepEqual(both.withDisputed.scored, scoreEnterprise(system, values, { grading }));
      assert.deepEqual(both.withoutDisputed.scored, scoreEnterprise(system, withoutDisputed, { grading }));
      assert.notDeepEqual(both.withDisputed.label, both.withoutDisputed.label);
      const total = both.differing.reduce((sum, { pointsDifference }) => sum + pointsDifference, 0);
      assert.equal(total, both.scoreDifference);
      assert.ok(both.differing.every(({ indicator }) => indicator === leaf.indicator));
    });
  });
});

describe('a grade that falls below the notice grade', () => {
  const { grading } = makeRandomRules(seededRandom('notice'));
  const decide = (
    grade: string | null,
    shownGrade: string | null,
    noticedUntil: string | null,
    today = '2026-02-25',
  ) => decideNotice(grading, grade, { shownGrade, noticedUntil }, today);

  it('is shown to the enterprise first, others read the old one until the day has come', () => {
    assert.deepEqual(decide('D', 'B', null), {
      state: 'noticed',
      shownGrade: 'B',
      noticedUntil: '2026-03-07',
    });
    assert.deepEqual(decide('D', null, null), {
      state: 'noticed',
      shownGrade: null,
      noticedUntil: '2026-03-07',
    });
    assert.equal(decide('D', 'B', '2026-03-07', '2026-03-06').state, 'noticed');
    assert.deepEqual(decide('D', 'B', '2026-03-07', '2026-03-07'), { state: 'published', shownGrade: 'D' });
  });

  it('keeps the first day when the run is repeated, and ends the notice when it recovers', () => {
    assert.deepEqual(decide('D', 'B', '2026-03-01'), {
      state: 'noticed',
      shownGrade: 'B',
      noticedUntil: '2026-03-01',
    });
    assert.deepEqual(decide('C', 'B', '2026-03-01'), { state: 'published', shownGrade: 'C' });
  });

  it('is published at once when it is no fall', () => {
    assert.deepEqual(decide('D', 'D', null), { state: 'published', shownGrade: 'D' });
    assert.deepEqual(decide('C', 'A', null), { state: 'published', shownGrade: 'C' });
    assert.deepEqual(decide(null, 'A', null), { state: 'published', shownGrade: null });
  });
});
