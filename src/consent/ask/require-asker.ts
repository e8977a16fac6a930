import { assertProof } from '#kernel';
import {
  type Admission,
  type Caller,
  type FinancingPurpose,
  knownRoles,
  type PolicySet,
  refuseOnGround,
} from '#security';
import { consentRefusal } from '../consent-refusals.ts';

/** In whose name an enterprise is to be asked, and for what. */
export type Asker = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly purpose: FinancingPurpose;
};

/**
 * Nobody is asked for a consent that could not be used: the policy judges the states of admission and agreement.
 * Which caller may ask is the same act's first question (`requireAllowed`). Throws `consent.asker_not_admitted`, or the
 * ground that stands before it.
 */
export function requireAskerAdmitted(policies: PolicySet, { caller, admission, purpose }: Asker): void {
  assertProof(caller, 'Caller');
  assertProof(admission, 'Admission');
  const { ground } = policies.ask({
    kind: caller.kind,
    roles: knownRoles(caller.roles),
    action: 'request_consent',
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
        ...NOBODY_HAS_AGREED,
      },
    },
  });
  if (ground === 'asker_not_admitted') throw consentRefusal('consent.asker_not_admitted');
  if (ground !== undefined) throw refuseOnGround(policies, ground);
}

const NOBODY_HAS_AGREED = {
  consent: 'none',
  consentParty: false,
  consentPurpose: false,
  consentRoute: false,
  inScope: false,
} as const;
