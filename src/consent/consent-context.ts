import type { Clock, Database, KeyStore } from '#kernel';
import type { Catalogue } from '#lists';
import type { PolicySet } from '#security';
import type { FairUse } from './fair-use/load-fair-use.ts';

/** What consent needs to work; made once by compose and passed on. */
export type ConsentContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  /** The contracts in force; a getter, since people publish while the node runs. */
  readonly catalogue: Pick<Catalogue, 'contracts'>;
  readonly fairUse: FairUse;
  /** Where people reach the node; links to consents begin with it. */
  readonly publicUrl: string;
  /** Scans of paper consents, by digest; shared by all processes of a city's node. */
  readonly scansFolder: string;
};
