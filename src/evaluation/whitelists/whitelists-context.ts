import type { Clock, Database, EnterpriseId, KeyStore, Tx } from '#kernel';
import type { Catalogue } from '#lists';
import type { PolicySet, PopulationPermit } from '#security';
import type { IndicatorBook } from '../indicators/indicator.ts';
import type { KnownToRules } from './definition/load-whitelists.ts';
import type { WhitelistBook } from './definition/rule-set.ts';

/** Grades of these enterprises as published and known at the Permit's instant; who has none is absent. */
export type ReadGrades = (
  tx: Tx,
  permit: PopulationPermit,
  ids: readonly EnterpriseId[],
) => Promise<ReadonlyMap<EnterpriseId, string>>;

/** What whitelists need; made once by compose. */
export type WhitelistsContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  readonly catalogue: Pick<Catalogue, 'contracts'>;
  readonly book: IndicatorBook;
  readonly gradings: KnownToRules['gradings'];
  /** The files of the package and the city: what may be proposed. What is in force stands in the database. */
  readonly whitelists: WhitelistBook;
  readonly readGrades: ReadGrades;
};
