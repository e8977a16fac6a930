import type { Clock, Database, KeyStore, Logger } from '#kernel';
import type { PolicySet } from '#security';
import type { Catalogue } from './contract/load.ts';

/** What lists needs to work; made once by compose and passed on. */
export type ListsContext = {
  readonly database: Database;
  /** The contracts in force; a getter, since people publish while the node runs. */
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: KeyStore;
  /** Root of the package: definitions under `models/`. */
  readonly packageFolder: string;
  /** Stored bytes of deliveries, by digest; shared by all processes of a city's node. */
  readonly deliveriesFolder: string;
};
