import { assertProof } from '#kernel';
import type { Caller } from './caller.ts';
import { type Act, type Answer, knownRoles, type PolicySet } from './decision/policy-set.ts';
import type { Admission } from './financing.ts';
import type { ConsentPurpose, Purpose } from './purposes.ts';

/** In whose name an act is done that rests on an admission and on no consent yet. */
export type ActOfInstitution = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly act: Act;
  readonly purpose: Purpose | ConsentPurpose;
};

/**
 * Puts an institution's act to the policy with the states of its admission, its platform and their agreement. Whether they
 * suffice is the policy's to say; which refusal follows, the caller's.
 */
export function askOfAdmission(
  policies: PolicySet,
  { caller, admission, act, purpose }: ActOfInstitution,
): Answer {
  assertProof(caller, 'Caller');
  assertProof(admission, 'Admission');
  return policies.ask({
    kind: caller.kind,
    roles: knownRoles(caller.roles),
    action: act,
    resource: { type: 'Matter' },
    context: {
      purpose,
      ownRecord: false,
      ownContract: false,
      population: false,
      financing: {
        institutionType: admission.institutionType,
        institution: admission.institutionState,
        viaPlatform: admission.platformId !== null,
        platform: admission.platformState,
        agreement: admission.hasAgreement,
        ...NO_CONSENT,
      },
    },
  });
}

const NO_CONSENT = {
  consent: 'none',
  consentParty: false,
  consentPurpose: false,
  consentRoute: false,
  inScope: false,
} as const;
