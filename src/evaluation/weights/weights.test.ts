import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal } from '#kernel';
import { seededRandom } from '../laboratory/statistics/random.ts';
import { joinJudgements, weighByAhp } from './ahp.ts';
import { shapeAhpStudy } from './ahp-study.ts';
import { weighByCritic, weighByEntropy } from './data-weights.ts';
import { shapeValueMatrix } from './value-matrix.ts';
import { apportion, combineWeights, type Weights, weightsBy } from './weights.ts';

const rounded = (weights: Weights, digits: number) =>
  [...weights.values()].map((weight) => Number(weight.toFixed(digits)));

/** Saaty, Decision making with the analytic hierarchy process, Int. J. Services Sciences 1(1), 2008, table 2. */
const DRINKS = {
  criteria: ['coffee', 'wine', 'tea', 'beer', 'sodas', 'milk', 'water'],
  experts: [
    {
      id: 'class',
      judgements: [
        [9, 5, 2, 1, 1, '1/2'],
        ['1/3', '1/9', '1/9', '1/9', '1/9'],
        ['1/3', '1/4', '1/3', '1/9'],
        ['1/2', 1, '1/3'],
        [2, '1/2'],
        ['1/3'],
      ],
    },
  ],
};

/** Saaty, How to make a decision, European Journal of Operational Research 48, 1990, table 2: buying a house. */
const HOUSE = {
  criteria: ['size', 'transport', 'neighbourhood', 'age', 'yard', 'modern', 'condition', 'finance'],
  experts: [
    {
      id: 'family',
      judgements: [
        [5, 3, 7, 6, 6, '1/3', '1/4'],
        ['1/3', 5, 3, 3, '1/5', '1/7'],
        [6, 3, 4, 6, '1/5'],
        ['1/3', '1/4', '1/7', '1/8'],
        ['1/2', '1/5', '1/6'],
        ['1/5', '1/6'],
        ['1/2'],
      ],
    },
  ],
};

describe('weights by pairwise judgement', () => {
  it('are those Saaty printed for the drinks of the United States, ratio and all', () => {
    const { weights, consistency, table } = weighByAhp(shapeAhpStudy(DRINKS));
    assert.deepEqual(rounded(weights, 3), [0.177, 0.019, 0.042, 0.116, 0.19, 0.129, 0.327]);
    assert.equal(consistency.ratio.toFixed(3), '0.022');
    assert.equal(table, 'saaty-1980');
  });

  it('are refused for Saaty’s house, whose ratio he printed as 0.169, naming the worst three judgements', () => {
    assert.throws(
      () => weighByAhp(shapeAhpStudy(HOUSE)),
      (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.code, 'weights.inconsistent');
        assert.partialDeepStrictEqual(error.params, { whose: 'family', ratio: '0.169', table: 'saaty-1980' });
        const { one, two, three } = error.params;
        // He tells the family to think again about neighbourhood against condition.
        assert.deepEqual(
          [one, two, three].filter((name) => name === 'neighbourhood' || name === 'condition').length,
          2,
        );
        return true;
      },
    );
  });

  it('of consistent judgements are the ratios behind them, whatever the number of experts', () => {
    const random = seededRandom('ahp');
    for (let round = 0; round < 50; round += 1) {
      const order = 2 + Math.floor(random() * 6);
      const truth = Array.from({ length: order }, () => 1 + Math.floor(random() * 3));
      const judgements = truth.map((one) => truth.map((other) => one / other));
      const criteria = truth.map((_, at) => `c${at}`);
      const experts = ['a', 'b', 'c'].map((id) => ({ id, judgements }));
      const { weights, consistency } = weighByAhp(shapeAhpStudy({ criteria, experts }));
      const expected = weightsBy(criteria, truth);
      for (const [id, weight] of weights) assert.ok(Math.abs(weight - (expected.get(id) ?? 0)) < 1e-9);
      assert.ok(Math.abs(consistency.ratio) < 1e-9);
    }
  });

  it('join several experts by the geometric mean, so that opposite judgements cancel', () => {
    const study = shapeAhpStudy({
      criteria: ['a', 'b'],
      experts: [
        { id: 'one', judgements: [[4]] },
        { id: 'two', judgements: [['1/4']] },
      ],
    });
    assert.deepEqual(joinJudgements(study.experts.map(({ judgements }) => judgements)), [
      [1, 1],
      [1, 1],
    ]);
    assert.deepEqual(rounded(weighByAhp(study).weights, 6), [0.5, 0.5]);
  });

  it('are refused for a file that is not one', () => {
    const wrong = [
      { ...DRINKS, extra: 1 },
      { criteria: ['a', 'b'], experts: [{ id: 'x', judgements: [[10]] }] },
      { criteria: ['a', 'b'], experts: [{ id: 'x', judgements: [[0]] }] },
      {
        criteria: ['a', 'b'],
        experts: [
          {
            id: 'x',
            judgements: [
              [1, 2],
              [3, 1],
            ],
          },
        ],
      },
      { criteria: ['a', 'b', 'c'], experts: [{ id: 'x', judgements: [[1, 2]] }] },
      { criteria: ['a', 'b'], experts: ['x', 'x'].map((id) => ({ id, judgements: [[1]] })) },
      { criteria: ['a', 'a'], experts: [{ id: 'x', judgements: [[1]] }] },
    ];
    for (const file of wrong) assert.throws(() => shapeAhpStudy(file), { code: 'weights.wrong_file' });
  });
});

describe('weights by data', () => {
  const matrixOf = (rows: number[][], directions: ('higher' | 'lower')[] = []) =>
    shapeValueMatrix({
      criteria: rows[0]?.map((_, at) => ({ id: `c${at}`, direction: directions[at] ?? 'higher' })),
      rows,
    });

  it('by entropy are those of Xu 2004 and of Hwang and Yoon 1981', () => {
    const xu = matrixOf([
      [30, 30, 38, 29],
      [19, 54, 86, 29],
      [19, 15, 85, 28.9],
      [68, 70, 60, 29],
    ]);
    assert.deepEqual(rounded(weighByEntropy(xu).weights, 4), [0.463, 0.3992, 0.1378, 0]);
    const aircraft = matrixOf([
      [2, 1500, 20000, 5.5, 5, 9],
      [2.5, 2700, 18000, 6.5, 3, 5],
      [1.8, 2000, 21000, 4.5, 7, 7],
      [2.2, 1800, 20000, 5, 5, 5],
    ]);
    const printed = [0.0649, 0.2055, 0.0133, 0.0829, 0.357, 0.2764];
    // The book rounds entropies to four places before it divides.
    [...weighByEntropy(aircraft).weights.values()].forEach((weight, at) =>
      assert.ok(Math.abs(weight - (printed[at] ?? 0)) < 0.003, `${weight} for ${printed[at]}`),
    );
  });

  it('by CRITIC are those of Tuş and Aytaç Adalı 2019', () => {
    const software = matrixOf([
      [5000, 3, 3, 4, 3, 2],
      [680, 5, 3, 2, 2, 1],
      [2000, 3, 2, 3, 4, 3],
      [600, 4, 3, 1, 2, 2],
      [800, 2, 4, 3, 3, 4],
    ]);
    assert.deepEqual(rounded(weighByCritic(software).weights, 3), [0.157, 0.249, 0.168, 0.121, 0.154, 0.151]);
  });

  it('add up to one, do not depend on units, and give nothing to what does not vary', () => {
    const random = seededRandom('data weights');
    for (let round = 0; round < 50; round += 1) {
      const rows = Array.from({ length: 20 }, () => [random(), random() * 5, 7, random()]);
      const scaled = rows.map((row) => row.map((value, at) => value * [1, 100, 3, 0.01][at]!));
      for (const weigh of [weighByCritic, (m: ReturnType<typeof matrixOf>) => weighByEntropy(m)]) {
        const { weights, constant } = weigh(matrixOf(rows));
        assert.ok(Math.abs([...weights.values()].reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
        assert.deepEqual(constant, ['c2']);
        const again = weigh(matrixOf(scaled)).weights;
        for (const [id, weight] of weights) assert.ok(Math.abs(weight - (again.get(id) ?? 0)) < 1e-9);
      }
    }
  });

  it('turn round with the direction where correlation counts', () => {
    const rows = [
      [1, 1],
      [2, 2],
      [3, 4],
    ];
    const alike = weighByCritic(matrixOf(rows)).amounts.get('c0') ?? 0;
    const opposed = weighByCritic(matrixOf(rows, ['higher', 'lower'])).amounts.get('c0') ?? 0;
    assert.ok(opposed > alike);
  });

  it('are refused where nothing varies, a value has no share, or rows are ragged', () => {
    const flat = matrixOf([
      [1, 2],
      [1, 2],
    ]);
    assert.throws(() => weighByEntropy(flat), { code: 'weights.no_spread' });
    assert.throws(() => weighByCritic(flat), { code: 'weights.no_spread' });
    assert.throws(
      () =>
        weighByEntropy(
          matrixOf([
            [-1, 2],
            [1, 3],
          ]),
        ),
      { code: 'weights.wrong_file' },
    );
    assert.equal(
      weighByEntropy(
        matrixOf([
          [-1, 2],
          [1, 3],
        ]),
        'unit-range',
      ).rows,
      2,
    );
    assert.throws(() => matrixOf([[1, 2], [1]]), { code: 'weights.wrong_file' });
  });
});

describe('weights', () => {
  it('combine by share or by product', () => {
    const [judged, measured] = [weightsBy(['a', 'b'], [3, 1]), weightsBy(['a', 'b'], [1, 3])];
    assert.deepEqual([...combineWeights(judged, measured, { kind: 'product' }).values()], [0.5, 0.5]);
    assert.deepEqual(
      rounded(combineWeights(judged, measured, { kind: 'linear', judgedShare: 0.75 }), 6),
      [0.625, 0.375],
    );
  });

  it('become whole units that add up, the largest remainders first', () => {
    assert.deepEqual(apportion(100, [1, 1, 1]), [34, 33, 33]);
    const random = seededRandom('apportion');
    for (let round = 0; round < 200; round += 1) {
      const shares = Array.from({ length: 1 + Math.floor(random() * 12) }, () => random() + 0.001);
      const total = Math.floor(random() * 100_000);
      const units = apportion(total, shares);
      const sum = shares.reduce((all, share) => all + share, 0);
      assert.equal(
        units.reduce((all, unit) => all + unit, 0),
        total,
      );
      units.forEach((unit, at) => assert.ok(Math.abs(unit - (total * shares[at]!) / sum) < 1));
    }
  });
});
