import type { FieldCipher } from '#kernel';
import type { StatisticsFloors } from '#security';
import type { RightsContext } from '../rights-context.ts';
import type { ComplaintRules } from './definition/load-complaint-rules.ts';

/** What complaints work with: what all rights do, and the rules of models/rights/complaints.yaml. */
export type ComplaintContext = RightsContext & {
  readonly complaintRules: ComplaintRules;
  /** Seals what was written, under the enterprise's data key. */
  readonly cipher: FieldCipher;
  /** Below which no figure is shown, models/statistics-floors.yaml. */
  readonly floors: StatisticsFloors;
};
