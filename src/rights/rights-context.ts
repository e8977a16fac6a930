import type { Clock, Database, KeyStore, Logger } from '#kernel';
import type { Catalogue, loadCalendar } from '#lists';
import type { HandlingTerms } from '#monitoring';
import type { PolicySet } from '#security';
import type { RecallTerms } from './recall/recall-terms.ts';
import type { TimeLimits } from './time-limits/definition/load-time-limits.ts';

/** What objections, repair, recalls and the voluntary list work with; made once by entry. */
export type RightsContext = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  /** Working days, models/calendars. */
  readonly calendar: ReturnType<typeof loadCalendar>;
  /** Within which time what must be done, models/rights/time-limits. */
  readonly timeLimits: TimeLimits;
  /** How far back disclosures are recalled and what that asks of recipients, models/rights/recall.yaml. */
  readonly recall: RecallTerms;
  /** Within which time recalled alerts are confirmed, models/monitoring/handling.yaml. */
  readonly handling: HandlingTerms;
};
