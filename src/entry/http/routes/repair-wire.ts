import {
  OBSTACLE_WORDS,
  REPAIR_WORDS,
  type RepairHead,
  type RepairNotice,
  type RepairView,
  TERM_WORDS,
  UNCLEAR_WORDS,
} from '#rights';
import { toWire } from '../schemas.ts';

export function repairHeadOf(head: RepairHead) {
  return toWire({ ...head, stateWords: REPAIR_WORDS[head.state] });
}

export function repairViewOf({ terms, ...view }: RepairView) {
  const shown = terms.map((one) => ({ ...one, words: TERM_WORDS[one.term] }));
  return toWire({ ...view, stateWords: REPAIR_WORDS[view.state], terms: shown });
}

/** Each obstacle and each unclear field with its sentence. */
export function repairNoticeOf({ check, ...notice }: RepairNotice) {
  const obstacles = check.obstacles.map((code) => ({ code, words: OBSTACLE_WORDS[code] }));
  const unclear = check.unclear.map((code) => ({ code, words: UNCLEAR_WORDS[code] }));
  return toWire({ ...notice, check: { ...check, obstacles, unclear } });
}
