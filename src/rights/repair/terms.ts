import type { Responsible, TermMatter } from '../time-limits/definition/term-kinds.ts';
import type { StoredRepair } from './definition/repair.ts';

export const NODE: Responsible = { kind: 'node', id: 'node' };

export function matterOf({
  enterpriseId,
  repairId,
}: Pick<StoredRepair, 'enterpriseId' | 'repairId'>): TermMatter {
  return { kind: 'repair', id: repairId, enterpriseId };
}
