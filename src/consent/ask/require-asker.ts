import {
  type Admission,
  askOfAdmission,
  type Caller,
  type ConsentPurpose,
  type PolicySet,
  refuseOnGround,
} from '#security';
import { consentRefusal } from '../consent-refusals.ts';

/** In whose name an enterprise is to be asked, and for what. */
export type Asker = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly purpose: ConsentPurpose;
};

/**
 * Nobody is asked for a consent that could not be used: the policy judges the states of admission and agreement.
 * Which caller may ask is the same act's first question (`requireAllowed`). Throws `consent.asker_not_admitted`, or the
 * ground that stands before it.
 */
export function requireAskerAdmitted(policies: PolicySet, asker: Asker): void {
  const { ground } = askOfAdmission(policies, { ...asker, act: 'request_consent' });
  if (ground === 'asker_not_admitted') throw consentRefusal('consent.asker_not_admitted');
  if (ground !== undefined) throw refuseOnGround(policies, ground);
}
