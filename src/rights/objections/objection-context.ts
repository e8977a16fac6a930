import type { FieldCipher } from '#kernel';
import type { RightsContext } from '../rights-context.ts';
import type { ObjectionRules } from './definition/load-objection-rules.ts';

/** What objections work with: what all rights do, and the rules of models/rights/objections.yaml. */
export type ObjectionContext = RightsContext & {
  readonly objectionRules: ObjectionRules;
  /** Seals values of records under the enterprise's data key. */
  readonly cipher: FieldCipher;
};
