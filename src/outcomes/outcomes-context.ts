import type { Clock, KeyStore } from '#kernel';
import type { PolicySet } from '#security';
import type { ReasonTable } from './reasons.ts';

/** What outcomes needs to work; made once and passed on. */
export type OutcomesContext = {
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  readonly reasons: ReasonTable;
};
