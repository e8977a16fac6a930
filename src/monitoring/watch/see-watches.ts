import {
  type Admission,
  askOfAdmission,
  type Caller,
  type PolicySet,
  refuseOnGround,
  requireAllowed,
} from '#security';
import { watchRefusal } from './watch-refusals.ts';

/** As policies/schema.cedarschema names it. */
const SEE = 'see_watches';

/** The node's own people, and the regulator: they see the list and its coverage of every institution. */
export function requireOverseer(policies: PolicySet, caller: Caller): void {
  requireAllowed(policies, caller, SEE);
}

/**
 * An institution sees its own list, an office its own part, a platform what comes through it; the policy judges the caller
 * and the states of admission. Throws the policy's refusal or `monitoring.watch_role_without`.
 */
export function requireWatcher(policies: PolicySet, caller: Caller, admission: Admission): void {
  const { isAllowed, ground } = askOfAdmission(policies, {
    caller,
    admission,
    act: SEE,
    purpose: 'monitoring',
  });
  if (ground !== undefined) throw refuseOnGround(policies, ground);
  if (!isAllowed) throw watchRefusal('monitoring.watch_role_without');
}
