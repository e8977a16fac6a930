import type { GainsLine } from '../../laboratory/figures/gains.ts';
import { at, line, percent, type Point, scaleOf, stepsTo, svg, text } from './svg.ts';

const SIZE: Point = [420, 400];
const LEFT = 60;
const RIGHT = 400;
const TOP = 20;
const BOTTOM = 340;
/** Two-sided 95 %. */
const Z = 1.96;

/**
 * Calibration by tenths: what was expected of each along, what came of it upwards, with its 95 % interval (Wilson). On the
 * diagonal the card says what happens.
 */
export function drawCalibration(tenths: readonly GainsLine[]): string {
  const intervals = tenths.map(wilsonOf);
  const high = Math.max(...tenths.map(({ expectedRate }) => expectedRate), ...intervals.map(([, to]) => to));
  const steps = stepsTo(high);
  const range = [0, steps.at(-1) ?? 1] as const;
  const [x, y] = [scaleOf(range, [LEFT, RIGHT]), scaleOf(range, [BOTTOM, TOP])];
  const grid = steps.flatMap((step) => [
    line([LEFT, y(step)], [RIGHT, y(step)], 'stroke="#e5e5e5"'),
    text([LEFT - 6, y(step) + 4], percent(step), 'end'),
    text([x(step), BOTTOM + 16], percent(step)),
  ]);
  const points = tenths.flatMap(({ expectedRate, badRate }, n) => {
    const [from, to] = intervals[n] ?? [badRate, badRate];
    const across = x(expectedRate);
    return [
      line([across, y(from)], [across, y(to)], 'stroke="#7a9cc6" stroke-width="2"'),
      `<circle cx="${at(across)}" cy="${at(y(badRate))}" r="4" fill="#1f5fa8"/>`,
    ];
  });
  return svg(SIZE, '校准：预期与实际坏账率，按十等分 · calibration by tenths', [
    ...grid,
    line([x(0), y(0)], [x(range[1]), y(range[1])], 'stroke="#999" stroke-dasharray="4 3"'),
    ...points,
    text([(LEFT + RIGHT) / 2, BOTTOM + 34], '预期坏账率 expected'),
    text([LEFT, TOP - 6], '实际坏账率 observed', 'start'),
  ]);
}

/** Interval of a share of few rows that stays within 0 and 1 (Wilson 1927). */
export function wilsonOf({ rows, badRate }: Pick<GainsLine, 'rows' | 'badRate'>): readonly [number, number] {
  const denominator = 1 + Z ** 2 / rows;
  const middle = (badRate + Z ** 2 / (2 * rows)) / denominator;
  const half = (Z * Math.sqrt((badRate * (1 - badRate)) / rows + Z ** 2 / (4 * rows ** 2))) / denominator;
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
