import { assertProof, type EnterpriseId, type Proof, proofMaker } from '#kernel';
import type { Caller } from '../caller.ts';
import { securityRefusal } from '../security-refusals.ts';
import { type Act, knownRoles, type PolicySet, refuseOnGround } from './policy-set.ts';

/** What an act is done to. */
export type Matter = {
  /** The department it belongs to, spelt as `Caller.organisation`. */
  readonly provider?: string;
  readonly contract?: string;
  /** The institution or platform it belongs to, as `Caller.participantId`. */
  readonly participant?: string;
  readonly enterprise?: EnterpriseId;
  /** Ids of the callers who took earlier steps, where the act takes two persons. */
  readonly earlierPersons?: readonly string[];
};

type GrantFacts = {
  readonly act: Act;
  readonly caller: Caller;
  readonly matter: Matter;
  readonly policyHash: string;
};

/** Proof that the policy in force allows this caller this act. */
export type Grant = Proof<'Grant', GrantFacts>;

const proveGrant = proofMaker<'Grant', GrantFacts>('Grant');

/** Throws the refusal of the ground that forbids it, `policy.<id>`, or `security.not_permitted`. */
export function requireAllowed(policies: PolicySet, caller: Caller, act: Act, matter: Matter = {}): Grant {
  assertProof(caller, 'Caller');
  const answer = policies.ask({
    kind: caller.kind,
    roles: knownRoles(caller.roles),
    action: act,
    resource: { type: 'Matter' },
    context: {
      ownProvider: caller.organisation !== null && caller.organisation === matter.provider,
      samePerson: matter.earlierPersons?.includes(caller.id) ?? false,
      ownParticipant: caller.participantId !== null && caller.participantId === matter.participant,
      ownEnterprise: caller.enterpriseId !== null && caller.enterpriseId === matter.enterprise,
    },
  });
  if (answer.isAllowed) return proveGrant({ act, caller, matter, policyHash: policies.hash });
  if (answer.ground === undefined) throw securityRefusal('security.not_permitted', { action: act });
  throw refuseOnGround(policies, answer.ground);
}
