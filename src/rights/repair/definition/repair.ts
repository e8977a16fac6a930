import type { EnterpriseId } from '#kernel';
import type { Severity } from './load-repair-rules.ts';

type Words = { readonly zh: string; readonly en: string };

/** The course of an application; closed, as in the table's check. */
export const REPAIR_STATES = ['submitted', 'accepted', 'refused', 'granted', 'denied', 'withdrawn'] as const;
export type RepairState = (typeof REPAIR_STATES)[number];

export const REPAIR_WORDS: Readonly<Record<RepairState, Words>> = {
  submitted: { zh: '待受理', en: 'submitted' },
  accepted: { zh: '认定单位审核中', en: 'with the body that decides' },
  refused: { zh: '不予受理', en: 'not accepted' },
  granted: { zh: '准予修复', en: 'granted' },
  denied: { zh: '不予修复', en: 'denied' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
};

/** A proof that obligations are met; the bytes lie with the attachments of the voluntary list, or with the applicant. */
export type Proof = { readonly name: string; readonly sha256: string; readonly bytes: number };

/** What the applicant says; sealed where it lies. */
export type RepairContent = {
  readonly performedOn: string;
  readonly words: string;
  readonly proofs: readonly Proof[];
};

export type Entrance = 'node' | 'portal';

export type StoredRepair = {
  readonly enterpriseId: EnterpriseId;
  readonly repairId: string;
  readonly contractId: string;
  readonly recordId: string;
  readonly provider: string;
  readonly body: string;
  readonly entrance: Entrance;
  readonly appliedBy: string;
  readonly regime: string;
  readonly severity: Severity;
  readonly earliestOn: string;
  readonly contentSealed: string;
  readonly state: RepairState;
  readonly appliedAt: Date;
  readonly decidedAt: Date | null;
  /** When every recipient had confirmed. */
  readonly syncedAt: Date | null;
};
