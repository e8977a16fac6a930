import type { RightsContext } from '../rights-context.ts';
import type { RetentionRules } from './retention-rules.ts';

/** What retention works with beside the rest of rights. */
export type RetentionContext = RightsContext & {
  /** models/rights/retention.yaml, or the city's. */
  readonly retention: RetentionRules;
  /** Stored bytes of deliveries, by digest. */
  readonly deliveriesFolder: string;
};
