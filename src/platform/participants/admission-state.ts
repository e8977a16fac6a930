import type { AdmissionState } from '#security';
import type { WrittenState } from './participant-tables.ts';

/** The state whose time began last, as it is written. */
export type LatestState = { readonly state: WrittenState; readonly validTo: Date | null };

/**
 * What a participant's admission is at an instant: nothing written is `none`; a time that is over is `expired`,
 * whatever stood in it. Who has withdrawn stays so.
 */
export function stateAt(latest: LatestState | undefined, at: Date): AdmissionState {
  if (latest === undefined) return 'none';
  const isOver = latest.validTo !== null && latest.validTo <= at;
  return isOver && latest.state !== 'withdrawn' ? 'expired' : latest.state;
}

/** From what opens least to what opens most. */
const RANK: readonly AdmissionState[] = ['withdrawn', 'suspended', 'expired', 'none', 'trial', 'admitted'];

/**
 * The state of an office: that of its head office, unless it or an office above it has a state of its own that opens
 * less. `lineage` begins with the head office; an office of which nothing is written adds nothing.
 */
export function stateOfOffice(lineage: readonly AdmissionState[]): AdmissionState {
  const [head = 'none', ...offices] = lineage;
  const own = offices.filter((state) => state !== 'none');
  return own.reduce((worst, state) => (RANK.indexOf(state) < RANK.indexOf(worst) ? state : worst), head);
}
