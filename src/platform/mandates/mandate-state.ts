import type { Standing } from './mandate-tables.ts';

/** 待复核 pending, 未生效 not_yet, 有效 active, 已过期 expired, 已冻结 frozen, 已终止 ended. */
export type MandateState = 'pending' | 'not_yet' | 'active' | 'expired' | 'frozen' | 'ended';

export type DatedStanding = {
  readonly standing: Standing;
  readonly validFrom: Date;
  readonly validTo: Date | null;
};

/** What a mandate is at an instant. What is over in time is over whether or not anyone confirmed it. */
export function mandateStateAt({ standing, validFrom, validTo }: DatedStanding, at: Date): MandateState {
  if (standing === 'ended') return 'ended';
  if (validTo !== null && validTo <= at) return 'expired';
  if (standing === 'entered') return 'pending';
  if (standing === 'frozen') return 'frozen';
  return at < validFrom ? 'not_yet' : 'active';
}
