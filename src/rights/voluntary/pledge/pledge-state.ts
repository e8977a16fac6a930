/** What is written. */
export type PledgeStanding = 'signed' | 'withdrawn' | 'breached';
/** 有效, 到期, 违诺（经认定）, 已撤回. */
export type PledgeState = 'in_force' | 'expired' | 'breached' | 'withdrawn';

/** Pure; `today` is a Beijing date, `validTo` the last day. */
export function pledgeStateOn(
  { standing, validTo }: { standing: PledgeStanding; validTo: string },
  today: string,
): PledgeState {
  if (standing !== 'signed') return standing;
  return today > validTo ? 'expired' : 'in_force';
}
