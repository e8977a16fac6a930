import type { EnterpriseId } from '#kernel';
import type { ObjectionOutcome } from './load-objection-rules.ts';

type Words = { readonly zh: string; readonly en: string };

/** Each item of an objection goes its own course; closed, as in the table's check. */
export const ITEM_STATES = [
  'submitted',
  'checking',
  'forwarded',
  'upheld',
  'rejected',
  'refused',
  'withdrawn',
  'review_asked',
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export const OPEN_STATES: readonly ItemState[] = ['submitted', 'checking', 'forwarded'];

export const ITEM_WORDS: Readonly<Record<ItemState, Words>> = {
  submitted: { zh: '待受理', en: 'submitted' },
  checking: { zh: '节点核查中', en: 'being checked by the node' },
  forwarded: { zh: '提供单位处理中', en: 'with the department' },
  upheld: { zh: '成立', en: 'upheld' },
  rejected: { zh: '不成立', en: 'rejected' },
  refused: { zh: '不予受理', en: 'not accepted' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
  review_asked: { zh: '复核中', en: 'under review' },
};

/** 异议 as a whole. */
export const OBJECTION_STATES = [
  'submitted',
  'accepted',
  'checking',
  'forwarded',
  'upheld',
  'rejected',
  'partly_upheld',
  'withdrawn',
  'review_asked',
  'review_decided',
  'refused',
] as const;
export type ObjectionState = (typeof OBJECTION_STATES)[number];

export type FieldClaim = {
  readonly field: string;
  /** As the record had it; null: empty, masked, or of a field whose values an objection does not hold. */
  readonly oldValue: string | null;
  /** As the enterprise holds it to be; null: there should be none. */
  readonly claimedValue: string | null;
};
export type CorrectedField = {
  readonly field: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
};

/** One record, or one gap, of an objection. */
export type ObjectionItem = {
  readonly enterpriseId: EnterpriseId;
  readonly objectionId: string;
  readonly itemNo: number;
  readonly contractId: string;
  readonly provider: string;
  readonly firstRecordId: string | null;
  /** The version that a mark must stand on now; null: a record is missing. */
  readonly recordId: string | null;
  readonly ground: string;
  readonly fields: readonly FieldClaim[];
  readonly mode: 'mark' | 'suspend';
  /** Ours, standing on the record. */
  readonly mark: 'disputed' | 'withheld' | 'annulled' | null;
  readonly state: ItemState;
  readonly outcome: ObjectionOutcome | null;
  readonly fault: 'matching' | 'transport' | null;
  readonly decidedKind: 'node' | 'provider' | 'delivery' | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decision: string | null;
  readonly correctedFields: readonly CorrectedField[] | null;
  readonly reviewAskedAt: Date | null;
  readonly reviewReason: string | null;
  readonly reviewedAt: Date | null;
  readonly correctedAt: Date | null;
  readonly statement: string | null;
  readonly isFollowed: boolean;
};

/** `sha256` and `bytes`: of the file as it was handed in, and as it is kept. */
export type Attachment = { readonly name: string; readonly sha256: string; readonly bytes: number };

/** As an objection holds it: the file lies with the enterprise's attachments, the name sealed. */
export type KeptAttachment = {
  readonly sha256: string;
  readonly bytes: number;
  readonly attachmentId?: string;
  readonly nameSealed?: string;
  /** Of objections from before names were sealed. */
  readonly name?: string;
};

/** What an upheld objection says of one record. */
export type Correction = {
  readonly enterpriseId: EnterpriseId;
  readonly contract: string;
  /** `<delivery>:<row>`. */
  readonly recordId: string;
  readonly reason: ObjectionOutcome;
  readonly decidedAt: Date;
  readonly objectionId: string;
  readonly fields: readonly CorrectedField[];
};

type Course = Pick<ObjectionItem, 'state' | 'reviewedAt'>;

/** The objection is where its slowest item is; it is decided when all are. */
export function stateOf(items: readonly Course[]): ObjectionState {
  const has = (state: ItemState): boolean => items.some((item) => item.state === state);
  if (has('submitted')) return items.every(({ state }) => state === 'submitted') ? 'submitted' : 'accepted';
  for (const state of ['checking', 'forwarded', 'review_asked'] as const) if (has(state)) return state;
  const kept = items.filter(({ state }) => state !== 'withdrawn');
  if (kept.length === 0) return 'withdrawn';
  if (kept.some(({ reviewedAt }) => reviewedAt !== null)) return 'review_decided';
  for (const state of ['upheld', 'rejected', 'refused'] as const)
    if (kept.every((item) => item.state === state)) return state;
  return kept.some(({ state }) => state === 'upheld') ? 'partly_upheld' : 'rejected';
}

/** Upheld as corrected, and no delivery has brought the right value yet. */
export function awaitsCorrection({ state, outcome, correctedAt }: ObjectionItem): boolean {
  return state === 'upheld' && outcome === 'corrected' && correctedAt === null;
}
