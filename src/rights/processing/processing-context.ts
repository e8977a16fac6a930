import type { FieldCipher } from '#kernel';
import type { StatisticsFloors } from '#security';
import type { RightsContext } from '../rights-context.ts';
import type { AssessmentTemplate, ProcessingDefinition } from './definition/load-processing.ts';

/** What the node's own duties work with; made once by entry. */
export type ProcessingContext = RightsContext & {
  /** models/rights/processing.yaml */
  readonly processing: ProcessingDefinition;
  /** models/rights/impact-assessment.yaml */
  readonly assessment: AssessmentTemplate;
  /** Seals answers, reasons and what is written of incidents. */
  readonly cipher: FieldCipher;
  /** Below which no figure is published, models/statistics-floors.yaml. */
  readonly floors: StatisticsFloors;
};
