import type { ConsentState } from '#security';

/** Where a consent stands as written down; `none` is only ever an answer about one that is not there. */
export type StoredState = Exclude<ConsentState, 'none'>;

export type StateReason =
  | 'asked'
  | 'entered'
  | 'granted'
  | 'confirmed'
  | 'refused'
  | 'lapsed'
  | 'paused'
  | 'resumed'
  | 'revoked'
  | 'ran_out'
  | 'used_up';

/** What people and time do to a consent. */
export const CONSENT_ACTS = [
  'grant',
  'confirm',
  'reject',
  'lapse',
  'pause',
  'resume',
  'revoke',
  'run_out',
  'use_up',
] as const;
export type ConsentAct = (typeof CONSENT_ACTS)[number];

type Step = { readonly from: readonly StoredState[]; readonly to: StoredState; readonly reason: StateReason };

/** The whole life of a consent. What has ended stays ended: whoever wants it again asks again. */
export const STEPS: Readonly<Record<ConsentAct, Step>> = {
  grant: { from: ['pending'], to: 'active', reason: 'granted' },
  confirm: { from: ['pending'], to: 'active', reason: 'confirmed' },
  reject: { from: ['pending'], to: 'rejected', reason: 'refused' },
  lapse: { from: ['pending'], to: 'rejected', reason: 'lapsed' },
  pause: { from: ['active'], to: 'paused', reason: 'paused' },
  resume: { from: ['paused'], to: 'active', reason: 'resumed' },
  revoke: { from: ['active', 'paused'], to: 'revoked', reason: 'revoked' },
  run_out: { from: ['active', 'paused'], to: 'expired', reason: 'ran_out' },
  use_up: { from: ['active', 'paused'], to: 'exhausted', reason: 'used_up' },
};

/** What the state written down means at an instant. */
export type StateFacts = {
  readonly stored: StoredState;
  readonly answerBy: Date;
  readonly validTo: Date;
  /** It was for one use, and that use is made. */
  readonly isUsedUp: boolean;
};

/** What time or use has done to it that nobody has written down yet; undefined: nothing. */
export function pendingSettlement(facts: StateFacts, now: Date): 'lapse' | 'use_up' | 'run_out' | undefined {
  if (facts.stored === 'pending') {
    return now > facts.answerBy || now > facts.validTo ? 'lapse' : undefined;
  }
  if (facts.stored !== 'active' && facts.stored !== 'paused') return undefined;
  if (facts.isUsedUp) return 'use_up';
  return now > facts.validTo ? 'run_out' : undefined;
}

/** Where the consent stands at an instant. */
export function stateAt(facts: StateFacts, now: Date): StoredState {
  const settlement = pendingSettlement(facts, now);
  return settlement === undefined ? facts.stored : STEPS[settlement].to;
}
