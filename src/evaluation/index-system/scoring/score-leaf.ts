import type { IndicatorValue } from '../../indicators/indicator.ts';
import assert from 'node:assert';
import type { Words } from '../definition/file-shape.ts';
import { bandOf, type Leaf } from '../definition/index-system.ts';
import type { LeafScore, LeafState } from './enterprise-score.ts';

const NEUTRAL_REASONS: Readonly<Record<Exclude<LeafState, 'scored'>, Words>> = {
  no_data: { zh: '暂无数据，按中性分计', en: 'No data; neutral points' },
  not_covered: { zh: '数据来源未覆盖该企业，按中性分计', en: 'The source does not cover it; neutral points' },
  stale: { zh: '数据已过期，按中性分计', en: 'The data are out of date; neutral points' },
  declined: { zh: '企业谢绝该项正面信息参评', en: 'The enterprise declined this positive information' },
};

/**
 * Points of one leaf. Nothing known gives the neutral points of the file. A declined leaf gives neutral points too,
 * but never more than the declined record would: declining is a right, not a way to gain.
 */
export function scoreLeaf(leaf: Leaf, known: IndicatorValue, isDeclined: boolean): LeafScore {
  const { indicator, name, dimension, group, fullMarks, neutral } = leaf;
  const head = { indicator, name, dimension, group, value: known.value, fullMarks };
  const missing = missingState(known);
  if (missing !== undefined || known.value === null) {
    const state = missing ?? 'no_data';
    return { ...head, state, band: null, points: neutral, reason: NEUTRAL_REASONS[state] };
  }
  assert(Number.isFinite(known.value), `value of ${indicator} is no number`);
  const band = bandOf(leaf, known.value);
  if (isDeclined) {
    const points = Math.min(neutral, band.points);
    return { ...head, state: 'declined', band: null, points, reason: NEUTRAL_REASONS.declined };
  }
  return { ...head, state: 'scored', band: band.place, points: band.points, reason: band.reason };
}

function missingState({
  value,
  status,
}: IndicatorValue): Exclude<LeafState, 'scored' | 'declined'> | undefined {
  if (status === 'not_covered' || status === 'stale') return status;
  return value === null ? 'no_data' : undefined;
}
