import { type Admission, askOfAdmission, type Caller, refuseOnGround } from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import { alertRefusal } from './alert-refusals.ts';

export type AlertRight = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly act: 'receive_alert' | 'handle_alert';
};

/** The policy judges the caller and the states of admission; whose alert it is, the caller of this looks up. */
export function requireAlertRight(
  { policies }: Pick<MonitoringContext, 'policies'>,
  right: AlertRight,
): void {
  const { isAllowed, ground } = askOfAdmission(policies, { ...right, purpose: 'monitoring' });
  if (ground !== undefined) throw refuseOnGround(policies, ground);
  if (!isAllowed) throw alertRefusal('alerts.role_without');
}
