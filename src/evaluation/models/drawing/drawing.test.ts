import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MonthFigures } from '../cards/card-months.ts';
import { drawCalibration, wilsonOf } from './draw-calibration.ts';
import { drawMonths } from './draw-months.ts';
import { escapeXml, scaleOf, stepsTo } from './svg.ts';

const TENTHS = Array.from({ length: 10 }, (_, n) => ({
  rows: 50,
  bads: 20 - 2 * n,
  badRate: (20 - 2 * n) / 50,
  expectedRate: 0.38 - 0.04 * n,
  cumulatedBadShare: 0,
  cumulatedGoodShare: 0,
  lift: 1,
}));

const MONTHS: MonthFigures[] = Array.from({ length: 8 }, (_, n) => ({
  month: `2025-0${n + 1}`,
  rows: 100,
  bads: 10 + n,
  badRate: (10 + n) / 100,
  expectedRate: 0.12,
  psi: 0.02 * n,
  psiByChance: 0.1,
  isHeldOut: n > 4,
}));

test('each tenth is a point with its interval, higher where more went bad', () => {
  const drawn = drawCalibration(TENTHS);
  const heights = [...drawn.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.equal(heights.length, 10);
  assert.deepEqual(
    heights,
    heights.toSorted((a, b) => a - b),
  );
});

test('a tenth that came as expected lies on the diagonal', () => {
  const [line] = TENTHS;
  assert.ok(line !== undefined);
  const drawn = drawCalibration([{ ...line, badRate: 0.2, expectedRate: 0.2 }]);
  const [, x, y] = /<circle cx="([\d.]+)" cy="([\d.]+)"/.exec(drawn) ?? [];
  const [, , x2, y2] =
    /x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)" y2="([\d.]+)" stroke="#999"/.exec(drawn) ?? [];
  const slope = (340 - Number(y)) / (Number(x) - 60);
  assert.ok(Math.abs(slope - (340 - Number(y2)) / (Number(x2) - 60)) < 0.01);
});

test('the interval of a share of few rows stays between 0 and 1 and holds the share', () => {
  for (const badRate of [0, 0.05, 0.5, 1]) {
    const [from, to] = wilsonOf({ rows: 20, badRate });
    assert.ok(from >= 0 && to <= 1 && from <= badRate + 1e-12 && to >= badRate - 1e-12);
  }
  const [from, to] = wilsonOf({ rows: 100, badRate: 0.1 });
  assert.deepEqual([from.toFixed(4), to.toFixed(4)], ['0.0552', '0.1744']);
});

test('every month has a bar of its rate and one of its drift, held-out months in another colour', () => {
  const drawn = drawMonths(MONTHS);
  const bars = [...drawn.matchAll(/<rect [^>]*height="(?!10")[^>]*fill="(#\w+)"/g)].map(([, fill]) => fill);
  assert.equal(bars.length, 16);
  assert.equal(bars.filter((fill) => fill === '#c7782a').length, 6);
  for (const { month } of MONTHS) assert.ok(drawn.includes(month));
});

test('words of a drawing cannot leave it', () => {
  assert.equal(escapeXml(`<a b="&'">`), '&#60;a b=&#34;&#38;&#39;&#34;&#62;');
});

test('an axis ends at or above the highest value, and what lies outside stays on its edge', () => {
  for (const high of [0.013, 0.25, 0.9, 1, 7]) {
    const steps = stepsTo(high);
    assert.ok((steps.at(-1) ?? 0) >= high - 1e-9 && steps.length <= 7, `${high}: ${steps.join()}`);
  }
  assert.equal(scaleOf([0, 1], [100, 0])(2), 0);
});
