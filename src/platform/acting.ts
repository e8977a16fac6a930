import type { Clock, KeyStore } from '#kernel';
import type { Caller, PolicySet } from '#security';

/**
 * Who wants to act, not yet allowed: acts that may take two persons ask the policy where they know the earlier ones.
 */
export type Acting = {
  readonly caller: Caller;
  readonly policies: PolicySet;
  readonly clock: Clock;
  readonly keys: KeyStore;
};
