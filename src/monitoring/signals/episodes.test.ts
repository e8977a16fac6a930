import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays } from '#evaluation';
import { toEnterpriseId } from '#kernel';
import { gravityOf, type SilenceRule, type ThresholdRule } from '../rules/rule.ts';
import { decideEpisode } from './episodes.ts';
import type { Episode } from './signal.ts';

const common = {
  version: '1.0.0',
  name: { zh: '规则', en: 'rule' },
  level: 'yellow',
  scope: 'public',
  reach: 'replicated',
  coolDownDays: 0,
  precisionFloor: null,
  basis: ['proposal'],
  action: { zh: '看', en: 'look' },
  start: 'active',
  cases: { fires: {}, rests: {} },
  hash: '0'.repeat(64),
  contracts: [],
  isInvisible: false,
  value: 'v',
  base: null,
  indicators: [],
} as const;
const rule: ThresholdRule = {
  ...common,
  id: 'drop',
  kind: 'threshold',
  indicator: 'v',
  direction: 'below',
  raiseAt: 0.6,
  clearAt: 0.8,
  season: 'none',
  steps: [{ at: 0.3, level: 'orange' }],
};
const enterpriseId = toEnterpriseId(7);

type Day = { value: number | null; status?: 'ok' | 'stale'; base?: number };

/** Walks through days; gives the levels that were told, and the episode at the end. */
function walk(
  days: readonly Day[],
  one: ThresholdRule = rule,
): { told: string[]; last: Episode | undefined } {
  let last: Episode | undefined;
  const told: string[] = [];
  for (const [n, { value, status = 'ok', base }] of days.entries()) {
    const asOf = addDays('2026-01-01', n);
    const reading = { enterpriseId, asOf, value: { value, status } };
    const moved = decideEpisode(one, last, {
      ...reading,
      base: base === undefined ? null : { value: base, status: 'ok' },
    });
    if (moved === undefined) continue;
    if (moved.clearedOn === null) told.push(moved.level);
    last = moved;
  }
  return { told, last };
}

/** Numbers in [0, 1) that are the same in every run of the test. */
function* drawNumbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

/** Many walks of many days, each value below `max`. */
function* drawWalks(max: number): Generator<readonly number[]> {
  const numbers = drawNumbers(20_261_031);
  for (let walks = 0; walks < 500; walks += 1) {
    const length = Math.floor(numbers.next().value * 60);
    yield Array.from({ length }, () => numbers.next().value * max);
  }
}

test('a value that never comes back to the clearing bound is told once at each level, however it swings', () => {
  for (const values of drawWalks(0.79)) {
    const { told } = walk(values.map((value) => ({ value })));
    assert.equal(
      told.length > 0,
      values.some((value) => value <= 0.6),
    );
    assert.deepEqual(told, [...new Set(told)]);
    if (values.some((value) => value <= 0.3)) assert.equal(told.at(-1), 'orange');
  }
});

test('each further telling of one episode is graver than the one before', () => {
  for (const values of drawWalks(1)) {
    let last: Episode | undefined;
    for (const [n, value] of values.entries()) {
      const asOf = addDays('2026-01-01', n);
      const moved = decideEpisode(rule, last, {
        enterpriseId,
        asOf,
        value: { value, status: 'ok' },
        base: null,
      });
      if (moved === undefined) continue;
      if (last?.clearedOn === null && moved.clearedOn === null)
        assert.ok(moved.beganOn === last.beganOn && gravityOf(moved.level) > gravityOf(last.level));
      last = moved;
    }
  }
});

test('a value that is not known, or stale, neither raises nor clears', () => {
  assert.deepEqual(walk([{ value: null }, { value: 0.1, status: 'stale' }]).told, []);
  const { told, last } = walk([
    { value: 0.5 },
    { value: null },
    { value: 0.9, status: 'stale' },
    { value: 0.5 },
  ]);
  assert.deepEqual([told, last?.clearedOn], [['yellow'], null]);
});

test('nothing begins without its minimum base', () => {
  const based = { ...rule, minimumBase: { indicator: 'b', atLeast: 100 } };
  assert.deepEqual(walk([{ value: 0.1, base: 99 }, { value: 0.1 }], based).told, []);
  assert.deepEqual(walk([{ value: 0.1, base: 100 }], based).told, ['orange']);
});

test('in the cool-down nothing begins, and what holds still begins after it', () => {
  const cooled = { ...rule, coolDownDays: 3 };
  const { told, last } = walk(
    [0.5, 0.9, 0.5, 0.5, 0.5].map((value) => ({ value })),
    cooled,
  );
  assert.deepEqual([told, last?.beganOn], [['yellow', 'yellow'], '2026-01-05']);
});

test('silence began on the day it had lasted long enough, whenever somebody looked', () => {
  const contract = {} as SilenceRule['contract']; // no part of the decision
  const silence: SilenceRule = {
    ...common,
    id: 'silent',
    kind: 'silence',
    source: { contract: 'n35_annual_report', version: '1.0.0' },
    contract,
    afterDays: 100,
    recordsMin: 2,
    sourceHeardDays: 400,
  };
  const look = (days: number, asOf: string): string | undefined =>
    decideEpisode(silence, undefined, {
      enterpriseId,
      asOf,
      value: { value: days, status: 'ok' },
      base: { value: 2, status: 'ok' },
    })?.beganOn;
  assert.equal(look(99, '2026-05-01'), undefined);
  assert.equal(look(100, '2026-05-01'), '2026-05-01');
  assert.equal(look(110, '2026-05-11'), '2026-05-01');
});
