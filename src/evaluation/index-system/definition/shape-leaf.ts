import type { BandFile, LeafFile } from './file-shape.ts';
import type { Band, Leaf } from './index-system.ts';
import { type Points, percentOf, toPoints } from './points.ts';

type Written = { readonly points?: number; readonly percent?: number };
type Place = Pick<Leaf, 'dimension' | 'group' | 'fullMarks'>;

/** A leaf of exact points, and what is wrong with it, each a sentence. A leaf with faults is not used. */
export function shapeLeaf(file: LeafFile, place: Place): { readonly leaf: Leaf; readonly faults: string[] } {
  const faults: string[] = [];
  const pointsOf = (written: Written, where: string): Points => {
    const points = pointsWritten(written, place.fullMarks);
    if (points === undefined)
      faults.push(`${file.indicator}: ${where} needs points (two decimals) or percent`);
    return points ?? 0;
  };
  const bands = file.bands.map((band, at) => shapeBand(band, at, pointsOf(band, `band ${at + 1}`)));
  const leaf: Leaf = {
    ...place,
    indicator: file.indicator,
    name: file.name,
    direction: file.direction,
    positive: file.positive ?? false,
    neutral: pointsOf(file.neutral, 'neutral'),
    basis: file.basis,
    bands,
  };
  faults.push(
    ...[...intervalFaults(file.bands), ...pointsFaults(leaf)].map((one) => `${file.indicator}: ${one}`),
  );
  return { leaf, faults };
}

function shapeBand(file: BandFile, place: number, points: Points): Band {
  return {
    place,
    from: file.from ?? Number.NEGATIVE_INFINITY,
    to: file.to ?? Number.POSITIVE_INFINITY,
    points,
    reason: file.reason,
    improve: file.improve ?? null,
  };
}

function pointsWritten({ points, percent }: Written, fullMarks: Points): Points | undefined {
  if (points !== undefined && percent === undefined) return toPoints(points);
  if (percent !== undefined && points === undefined) return percentOf(fullMarks, percent);
  return undefined;
}

/** From below all numbers to above all, each band beginning where the one before ends. */
function intervalFaults(bands: readonly BandFile[]): string[] {
  const faults: string[] = [];
  bands.forEach(({ from, to, improve }, at) => {
    const before = bands[at - 1];
    if (at === 0 ? from !== undefined : from === undefined || from !== before?.to)
      faults.push(`band ${at + 1} must begin ${at === 0 ? 'without from' : 'where the one before ends'}`);
    if ((to === undefined) !== (at === bands.length - 1))
      faults.push(`band ${at + 1}: only the last band has no to`);
    if (from !== undefined && to !== undefined && from >= to) faults.push(`band ${at + 1} is empty`);
    if (improve !== undefined && !(improve.to >= (from ?? -Infinity) && improve.to < (to ?? Infinity)))
      faults.push(`band ${at + 1}: improve.to lies outside the band`);
  });
  return faults;
}

function pointsFaults({ bands, fullMarks, neutral, direction }: Leaf): string[] {
  const points = bands.map((band) => band.points);
  const [worst, best] = [Math.min(...points), Math.max(...points)];
  const faults: string[] = [];
  if (best !== fullMarks) faults.push('the best band must give the full marks');
  // No data is never as low as the worst record, and never above what the best record earns.
  if (neutral <= worst || neutral > best)
    faults.push('neutral must be above the worst band and at most the best');
  if (!isOrdered(points, direction)) faults.push(`points do not follow the direction ${direction}`);
  return faults;
}

function isOrdered(points: readonly Points[], direction: Leaf['direction']): boolean {
  const steps = points.slice(1).map((value, at) => Math.sign(value - (points[at] ?? 0)));
  if (direction === 'higher') return steps.every((step) => step >= 0);
  if (direction === 'lower') return steps.every((step) => step <= 0);
  const down = steps.findIndex((step) => step < 0);
  return down < 0 || steps.slice(down).every((step) => step <= 0);
}
