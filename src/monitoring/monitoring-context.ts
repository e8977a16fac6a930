import type { IndicatorBook } from '#evaluation';
import type { Clock, Database, KeyStore, Logger } from '#kernel';
import type { Catalogue } from '#lists';
import type { PolicySet } from '#security';
import type { HandlingTerms } from './handling/terms.ts';

/** What watching, rules, alerts and their sending work with; made once by entry. */
export type MonitoringContext = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  /** Indicators that threshold rules rest on. */
  readonly book: IndicatorBook;
  /** Within which time alerts are handled, models/monitoring/handling.yaml. */
  readonly handling: HandlingTerms;
};
