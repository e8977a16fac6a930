import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal } from '#kernel';
import type { IndicatorFacts } from './indicator-facts.ts';
import { readGrading, readSystem } from './load-index-systems.ts';

const words = { zh: '词', en: 'word' };
const head = { version: '1.0.0', name: words, source: 'test', effectiveFrom: '2026-01-01', basis: ['测试'] };
const FACTS = new Map<string, IndicatorFacts>([
  ['fines', { coverage: 'replicated', direction: 'lower_better', uses: ['grade'] }],
  ['honours', { coverage: 'replicated', direction: 'higher_better', uses: ['grade'] }],
  ['tax_paid', { coverage: 'followed', direction: 'neutral', uses: ['grade'] }],
  ['employees', { coverage: 'replicated', direction: 'neutral', uses: ['portrait'] }],
]);

const fines = {
  indicator: 'fines',
  name: words,
  fullMarks: 60,
  direction: 'lower',
  neutral: { points: 30.5 },
  basis: ['测试'],
  bands: [
    { to: 1, points: 60, reason: words, improve: { to: 0, cost: 2, days: 30, ...words } },
    { from: 1, to: 3, points: 20.25, reason: words },
    { from: 3, points: 0, reason: words },
  ],
};
const honours = {
  ...fines,
  indicator: 'honours',
  fullMarks: 40,
  direction: 'higher',
  neutral: { percent: 50 },
  bands: [
    { to: 1, percent: 25, reason: words },
    { from: 1, percent: 100, reason: words },
  ],
};
const treeOf = (leaves: object[]) => [
  { id: 'law', name: words, fullMarks: 100, groups: [{ id: 'law_1', name: words, weight: 1, leaves }] },
];
const system = (over: object = {}) => ({
  kind: 'index-system',
  id: 'test',
  ...head,
  reach: 'full_coverage',
  fullMarks: 100,
  dimensions: treeOf([fines, honours]),
  ...over,
});
const withFines = (over: object) => system({ dimensions: treeOf([{ ...fines, ...over }, honours]) });

function reasonsOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.code, 'index_system.definition_not_valid');
    return String(error.params['reasons']);
  }
  return '';
}

describe('scoring rules', () => {
  it('are read with exact marks in hundredths of a point', () => {
    const { leaves, fullMarks, hash } = readSystem('test.yaml', system(), FACTS);
    assert.equal(fullMarks, 10_000);
    assert.deepEqual(
      leaves[0]?.bands.map(({ points }) => points),
      [6_000, 2_025, 0],
    );
    assert.deepEqual([leaves[0]?.neutral, leaves[1]?.neutral], [3_050, 2_000]);
    assert.equal(hash, readSystem('test.yaml', system(), FACTS).hash);
    assert.notEqual(hash, readSystem('test.yaml', system({ version: '1.0.1' }), FACTS).hash);
  });

  it('take weights in place of marks, and share the marks out without a rest', () => {
    const bands = [
      { to: 1, percent: 100, reason: words },
      { from: 1, percent: 0, reason: words },
    ];
    const leaf = { name: words, direction: 'lower', neutral: { percent: 50 }, basis: ['测试'], bands };
    const leaves = ['ia', 'ib', 'ic'].map((indicator, at) => ({
      ...leaf,
      indicator,
      weight: [0.333, 0.333, 0.334][at],
    }));
    const facts = new Map<string, IndicatorFacts>(
      ['ia', 'ib', 'ic'].map((id) => [id, { coverage: 'replicated', direction: 'neutral', uses: ['grade'] }]),
    );
    const read = readSystem(
      'test.yaml',
      system({ fullMarks: 99.99, dimensions: treeOf(leaves).map((one) => ({ ...one, fullMarks: 99.99 })) }),
      facts,
    );
    assert.deepEqual(
      read.leaves.map(({ fullMarks }) => fullMarks),
      [3_330, 3_330, 3_339],
    );
  });

  it('are refused with every reason when they do not hold', () => {
    const bands = fines.bands;
    const cases: [object, RegExp][] = [
      [system({ extra: 1 }), /additional|unevaluated|extra/],
      [system({ fullMarks: 101 }), /test: marks add up to 100, not 101/],
      [withFines({ fullMarks: 59 }), /law_1: marks add up to 99, not 100.*best band/],
      [withFines({ indicator: 'nothing' }), /no indicator nothing/],
      [withFines({ indicator: 'employees' }), /employees may not be used for grades/],
      [withFines({ indicator: 'tax_paid' }), /tax_paid rests on followed data/],
      [withFines({ indicator: 'honours' }), /honours twice/],
      [withFines({ neutral: { points: 0 } }), /neutral must be above the worst band/],
      [withFines({ neutral: { points: 61 } }), /neutral must be above the worst band and at most the best/],
      [withFines({ neutral: { points: 30, percent: 50 } }), /neutral needs points .* or percent/],
      [
        withFines({ direction: 'higher' }),
        /points do not follow the direction higher.*fines is lower_better, its bands are higher/,
      ],
      [
        withFines({ bands: [bands[0], { ...bands[1], from: 2 }, bands[2]] }),
        /band 2 must begin where the one before ends/,
      ],
      [
        withFines({ bands: [{ ...bands[0], from: 0 }, bands[1], bands[2]] }),
        /band 1 must begin without from/,
      ],
      [
        withFines({ bands: [bands[0], bands[1], { ...bands[2], to: 9 }] }),
        /band 3: only the last band has no to/,
      ],
      [
        withFines({ bands: [bands[0], { ...bands[1], points: 20.255 }, bands[2]] }),
        /band 2 needs points \(two decimals\)/,
      ],
      [
        withFines({
          bands: [{ ...bands[0], improve: { to: 1, cost: 1, days: 1, ...words } }, bands[1], bands[2]],
        }),
        /improve.to lies outside/,
      ],
      [withFines({ weight: 0.5 }), /law_1: its parts need fullMarks each, or weight each/],
      [withFines({ reason: '内部' }), /additional|unevaluated|reason/],
    ];
    for (const [file, expected] of cases)
      assert.match(
        reasonsOf(() => readSystem('test.yaml', file, FACTS)),
        expected,
      );
    assert.equal(
      reasonsOf(() =>
        readSystem(
          'test.yaml',
          withFines({ indicator: 'tax_paid' }) && {
            ...withFines({ indicator: 'tax_paid' }),
            reach: 'consented',
          },
          FACTS,
        ),
      ),
      '',
    );
  });
});

describe('grading rules', () => {
  const grades = ['A', 'B', 'C', 'D'].map((grade, at) => ({ grade, from: [85, 70, 50, 0][at], name: words }));
  const ceiling = {
    id: 'cap',
    kind: 'ceiling',
    cap: 'C',
    indicator: 'fines',
    atLeast: 3,
    clause: '测试',
    reason: words,
  };
  const grading = (over: object = {}) => ({
    kind: 'grades',
    id: 'grades-test',
    ...head,
    fullMarks: 100,
    grades,
    ceilings: [ceiling],
    coverageMin: 0.4,
    notice: { below: 'C', days: 10, clause: '测试' },
    ...over,
  });

  it('put a veto at the lowest grade', () => {
    const { cap: _cap, ...veto } = { ...ceiling, kind: 'veto' };
    assert.equal(readGrading('grades-test.yaml', grading({ ceilings: [veto] }), FACTS).ceilings[0]?.cap, 'D');
  });

  it('are refused with every reason when they do not hold', () => {
    const { atLeast: _atLeast, ...open } = ceiling;
    const cases: [object, RegExp][] = [
      [grading({ grades: grades.slice(0, 3) }), /worst grade begins at 0/],
      [grading({ grades: grades.toReversed() }), /from the best to the worst/],
      [grading({ grades: [grades[0], ...grades] }), /grade A twice/],
      [grading({ fullMarks: 80 }), /best grade cannot be reached/],
      [grading({ ceilings: [ceiling, ceiling] }), /ceiling cap twice/],
      [grading({ ceilings: [{ ...ceiling, cap: 'E' }] }), /no grade E/],
      [grading({ ceilings: [{ ...ceiling, kind: 'veto' }] }), /a ceiling has a cap, a veto none/],
      [grading({ ceilings: [{ ...ceiling, indicator: 'nothing' }] }), /no indicator nothing/],
      [grading({ ceilings: [{ ...ceiling, indicator: 'tax_paid' }] }), /followed data cap no grade/],
      [grading({ ceilings: [open] }), /one of atLeast and below/],
      [grading({ notice: { below: 'E', days: 10, clause: '测试' } }), /notice: no grade E/],
    ];
    for (const [file, expected] of cases)
      assert.match(
        reasonsOf(() => readGrading('grades-test.yaml', file, FACTS)),
        expected,
      );
  });
});
