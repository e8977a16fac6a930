import { beijingDate, type EnterpriseId } from '#kernel';
import type { ExpiredRecord } from '#lists';

/** What a hold is about: an enterprise, a dataset, an enterprise's records of a dataset, or one record. */
export type HoldScope = {
  readonly enterpriseId: EnterpriseId | null;
  readonly contract: string | null;
  /** `<delivery>:<row>` of any version. */
  readonly recordId: string | null;
};

export type HoldState = 'proposed' | 'in_force' | 'lift_proposed' | 'lifted' | 'lapsed' | 'past';

/** 留存: what keeps records from removal, on whose word, until when. */
export type Hold = HoldScope & {
  readonly holdId: string;
  readonly reason: string;
  readonly until: string | null;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly lapsesAt: Date;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly liftReason: string | null;
  readonly liftProposedBy: string | null;
  readonly liftProposedAt: Date | null;
  readonly liftedBy: string | null;
  readonly liftedAt: Date | null;
  readonly receiptId: string;
};

export const HOLD_WORDS: Readonly<Record<HoldState, { readonly zh: string; readonly en: string }>> = {
  proposed: { zh: '待另一人确认', en: 'waiting for another person' },
  in_force: { zh: '有效', en: 'in force' },
  lift_proposed: { zh: '待另一人确认解除', en: 'waiting for another person to lift it' },
  lifted: { zh: '已解除', en: 'lifted' },
  lapsed: { zh: '逾期未确认，已失效', en: 'lapsed without confirmation' },
  past: { zh: '已到截止日期', en: 'past its last day' },
};

export function stateOfHold(hold: Hold, now: Date): HoldState {
  if (hold.liftedAt !== null) return 'lifted';
  if (hold.until !== null && hold.until < beijingDate(now)) return 'past';
  if (hold.approvedAt === null) return now < hold.lapsesAt ? 'proposed' : 'lapsed';
  return hold.liftProposedAt === null ? 'in_force' : 'lift_proposed';
}

const KEEPING: ReadonlySet<HoldState> = new Set(['proposed', 'in_force', 'lift_proposed']);

/** From its proposal on, so that nothing is removed while it waits for the second person, and until somebody has lifted it. */
export function isKeeping(hold: Hold, now: Date): boolean {
  return KEEPING.has(stateOfHold(hold, now));
}

/** Whether a hold is about this record; one on an enterprise is also about those merged into it. */
export function isAbout(
  hold: HoldScope,
  contract: string,
  record: Pick<ExpiredRecord, 'enterpriseId' | 'ownerId' | 'versions'>,
): boolean {
  if (hold.contract !== null && hold.contract !== contract) return false;
  if (hold.recordId !== null && !record.versions.includes(hold.recordId)) return false;
  return (
    hold.enterpriseId === null ||
    hold.enterpriseId === record.enterpriseId ||
    hold.enterpriseId === record.ownerId
  );
}
