import { type Admission, askOfAdmission, type Caller, type PolicySet, refuseOnGround } from '#security';
import { listsRefusal } from '../lists-refusals.ts';

/**
 * The institution that gives back: for itself, directly, under its own admission. Throws `policy.…` or
 * `delivery.by_institutions_only`.
 */
export function requireGiver(
  policies: PolicySet,
  { caller, admission }: { readonly caller: Caller; readonly admission: Admission },
): Admission {
  const asked = { caller, admission, act: 'give_back', purpose: 'give_back' } as const;
  const { isAllowed, ground } = askOfAdmission(policies, asked);
  if (ground !== undefined) throw refuseOnGround(policies, ground);
  if (!isAllowed) throw listsRefusal('delivery.by_institutions_only');
  return admission;
}
