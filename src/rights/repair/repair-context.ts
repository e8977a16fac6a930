import type { FieldCipher } from '#kernel';
import type { RightsContext } from '../rights-context.ts';
import type { RepairRules } from './definition/load-repair-rules.ts';

/** What repair works with: what all rights do, its rules, and the cipher under which people's words lie. */
export type RepairContext = RightsContext & {
  readonly repairRules: RepairRules;
  readonly cipher: FieldCipher;
};
