import { DRIFT_BANDS } from '../../laboratory/figures/stability.ts';
import type { MonthFigures } from '../cards/card-months.ts';
import { at, line, percent, type Point, type Scale, scaleOf, stepsTo, svg, text } from './svg.ts';

const SIZE: Point = [720, 440];
const LEFT = 60;
const RIGHT = 700;
/** Upper and lower panel, top and bottom. */
const RATES = [30, 210] as const;
const DRIFT = [260, 390] as const;
const HELD_OUT = '#c7782a';
const FITTED = '#1f5fa8';

/**
 * Stability over months: above, the bad rate that came (bars) and the one that the card expected (line); below, PSI of the
 * scores against the loans it was fitted on, with the bounds of drift and what so few loans give by chance (grey).
 */
export function drawMonths(months: readonly MonthFigures[]): string {
  const width = (RIGHT - LEFT) / Math.max(1, months.length);
  const middleOf = (n: number): number => LEFT + (n + 0.5) * width;
  return svg(SIZE, '各月坏账率与稳定性 · bad rate and PSI by month', [
    ...drawRates(months, { width, middleOf }),
    ...drawDrift(months, { width, middleOf }),
    ...months.map(({ month, rows }, n) =>
      n % Math.ceil(months.length / 12) === 0 ? text([middleOf(n), DRIFT[1] + 16], `${month} (${rows})`) : '',
    ),
    `<rect x="${LEFT}" y="${SIZE[1] - 18}" width="10" height="10" fill="${FITTED}"/>`,
    text([LEFT + 16, SIZE[1] - 9], '建卡月份 fitted', 'start'),
    `<rect x="${LEFT + 130}" y="${SIZE[1] - 18}" width="10" height="10" fill="${HELD_OUT}"/>`,
    text([LEFT + 146, SIZE[1] - 9], '留出月份 held out', 'start'),
  ]);
}

type Across = { readonly width: number; readonly middleOf: (n: number) => number };

function drawRates(months: readonly MonthFigures[], { width, middleOf }: Across): string[] {
  const steps = stepsTo(Math.max(...months.flatMap(({ badRate, expectedRate }) => [badRate, expectedRate])));
  const y = scaleOf([0, steps.at(-1) ?? 1], [RATES[1], RATES[0]]);
  const trace = months.map(({ expectedRate }, n) => `${at(middleOf(n))},${at(y(expectedRate))}`).join(' ');
  return [
    ...drawAxis(steps, y, percent),
    ...months.map(({ badRate, isHeldOut }, n) => bar({ n, width, middleOf, y }, badRate, isHeldOut)),
    `<polyline points="${trace}" fill="none" stroke="#333" stroke-width="2"/>`,
    text([LEFT, RATES[0] - 12], '坏账率（柱）与预期（线） bad rate, expected', 'start'),
  ];
}

function drawDrift(months: readonly MonthFigures[], { width, middleOf }: Across): string[] {
  const steps = stepsTo(
    Math.max(DRIFT_BANDS.shifted, ...months.flatMap(({ psi, psiByChance }) => [psi, psiByChance])),
  );
  const y = scaleOf([0, steps.at(-1) ?? 1], [DRIFT[1], DRIFT[0]]);
  const chance = months.map(({ psiByChance }, n) => `${at(middleOf(n))},${at(y(psiByChance))}`).join(' ');
  return [
    ...drawAxis(steps, y, (step) => step.toFixed(2)),
    ...months.map(({ psi, isHeldOut }, n) => bar({ n, width, middleOf, y }, psi, isHeldOut)),
    `<polyline points="${chance}" fill="none" stroke="#999" stroke-width="1.5"/>`,
    ...[DRIFT_BANDS.watch, DRIFT_BANDS.shifted].map((bound) =>
      line([LEFT, y(bound)], [RIGHT, y(bound)], 'stroke="#b3261e" stroke-dasharray="4 3"'),
    ),
    text([LEFT, DRIFT[0] - 10], `PSI；虚线 ${DRIFT_BANDS.watch}、${DRIFT_BANDS.shifted}`, 'start'),
  ];
}

function drawAxis(steps: readonly number[], y: Scale, show: (step: number) => string): string[] {
  return steps.flatMap((step) => [
    line([LEFT, y(step)], [RIGHT, y(step)], 'stroke="#e5e5e5"'),
    text([LEFT - 6, y(step) + 4], show(step), 'end'),
  ]);
}

type Bar = Across & { readonly n: number; readonly y: Scale };

function bar({ n, width, middleOf, y }: Bar, value: number, isHeldOut: boolean): string {
  const [top, bottom] = [y(value), y(0)];
  return `<rect x="${at(middleOf(n) - 0.35 * width)}" y="${at(top)}" width="${at(0.7 * width)}" height="${at(bottom - top)}" fill="${isHeldOut ? HELD_OUT : FITTED}"/>`;
}
