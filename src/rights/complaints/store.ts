import type { Updateable } from 'kysely';
import { canonicalHash, type EnterpriseId, openField, sealField, toEnterpriseId, type Tx } from '#kernel';
import { type Grant, recordLeaf } from '#security';
import type { Attachment } from '../objections/definition/objection.ts';
import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';
import {
  type Against,
  COMPLAINT_WORDS,
  type ComplaintAct,
  type ComplaintOutcome,
  type ComplaintState,
  stateAfter,
} from './definition/complaint.ts';
import type { AgainstKind } from './definition/load-complaint-rules.ts';
import type { ComplaintTables } from './tables.ts';

/** A complaint as it stands; what was written is sealed. */
export type StoredComplaint = {
  readonly enterpriseId: EnterpriseId;
  readonly complaintId: string;
  readonly kind: string;
  readonly against: Against;
  readonly disclosureId: string | null;
  readonly contentSealed: string;
  readonly filedBy: string;
  readonly filedAt: Date;
  readonly receiptId: string;
  readonly state: ComplaintState;
  readonly stateAt: Date;
  readonly assignedTo: string | null;
  readonly askedBack: number;
  readonly answeredBy: string | null;
  readonly answeredAt: Date | null;
  readonly outcome: ComplaintOutcome | null;
  readonly decidedOutcome: ComplaintOutcome | null;
};

/** What the complainant wrote. `person`: the natural person for whom the enterprise complains. */
export type ComplaintContent = {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly person: string | null;
};

type Row = Omit<StoredComplaint, 'against'> & { againstKind: AgainstKind; againstId: string };

/** Complaints as `c`; a condition and an order are put behind it. */
const COMPLAINTS = `select c.enterprise_id::text as "enterpriseId", c.complaint_id as "complaintId", c.kind,
    c.against_kind as "againstKind", c.against_id as "againstId", c.disclosure_id as "disclosureId",
    c.content_sealed as "contentSealed", c.filed_by as "filedBy", c.filed_at as "filedAt", c.receipt_id as "receiptId",
    c.state, c.state_at as "stateAt", c.assigned_to as "assignedTo", c.asked_back as "askedBack",
    c.answered_by as "answeredBy", c.answered_at as "answeredAt", c.outcome, c.decided_outcome as "decidedOutcome"
  from rights.complaints c`;

/** `where` names the complaints as `c` and ends with order and limit. */
export async function selectComplaints(
  tx: Tx,
  where: string,
  values: readonly unknown[],
): Promise<StoredComplaint[]> {
  const rows = await tx.rows<Row>(`${COMPLAINTS} ${where}`, [...values]);
  return rows.map(({ againstKind, againstId, ...row }) => ({
    ...row,
    enterpriseId: toEnterpriseId(row.enterpriseId),
    against: { kind: againstKind, id: againstId },
  }));
}

/** Holds the complaint: who acts on it at once waits. Throws `complaints.unknown`. */
export async function takeComplaint(tx: Tx, complaintId: string): Promise<StoredComplaint> {
  return await readOne(tx, complaintId, ' for update');
}

/** Throws `complaints.unknown`. */
export async function findComplaint(tx: Tx, complaintId: string): Promise<StoredComplaint> {
  return await readOne(tx, complaintId, '');
}

async function readOne(tx: Tx, complaintId: string, lock: '' | ' for update'): Promise<StoredComplaint> {
  const [found] = await selectComplaints(tx, `where c.complaint_id = $1${lock}`, [complaintId]);
  if (found === undefined)
    throw complaintRefusal('complaints.unknown', { complaint: complaintId.slice(0, 40) });
  return found;
}

const place = (enterpriseId: EnterpriseId, table: 'complaints' | 'complaint_steps', column: string) =>
  ({ table: `rights.${table}`, column, owner: `enterprise:${enterpriseId}` }) as const;

export async function sealContent(
  tx: Tx,
  { cipher }: ComplaintContext,
  { enterpriseId, content }: { enterpriseId: EnterpriseId; content: ComplaintContent },
): Promise<string> {
  return await sealField(tx, cipher, place(enterpriseId, 'complaints', 'content'), JSON.stringify(content));
}

/** Throws `fields.shredded` where the enterprise's key is gone. */
export async function openContent(
  tx: Tx,
  { cipher }: Pick<ComplaintContext, 'cipher'>,
  { enterpriseId, contentSealed }: StoredComplaint,
): Promise<ComplaintContent> {
  const text = await openField(tx, cipher, place(enterpriseId, 'complaints', 'content'), contentSealed);
  return JSON.parse(text) as ComplaintContent; // as sealContent wrote it
}

export type StepBy = {
  readonly kind: 'enterprise' | 'node' | 'provider' | 'institution' | 'platform' | 'regulator' | 'system';
  readonly id: string;
};

export type Advance = {
  readonly act: ComplaintAct;
  readonly by: StepBy;
  readonly grant: Grant;
  readonly at: Date;
  readonly words?: string;
  readonly outcome?: ComplaintOutcome;
  readonly changes?: Updateable<ComplaintTables['rights.complaints']>;
};

/**
 * One step of a complaint that the caller holds: state, step and leaf, which has a digest for what was written. Throws
 * `complaints.not_in_state`.
 */
export async function advance(
  tx: Tx,
  context: ComplaintContext,
  complaint: StoredComplaint,
  step: Advance,
): Promise<void> {
  const state = stateAfter(complaint.state, step.act);
  if (state === undefined) throw notInState(complaint);
  const { enterpriseId, complaintId } = complaint;
  const receiptId = await recordStep(tx, context, complaint, step);
  await tx
    .tables<ComplaintTables>()
    .updateTable('rights.complaints')
    .set({ ...step.changes, state, ...(state !== complaint.state && { state_at: step.at }) })
    .where('enterprise_id', '=', enterpriseId)
    .where('complaint_id', '=', complaintId)
    .execute();
  await addStep(tx, context, { ...step, enterpriseId, complaintId, receiptId });
}

/** The refusal of an act that the state of the complaint does not allow. */
export function notInState({ complaintId: complaint, state }: StoredComplaint): Error {
  const { zh, en } = COMPLAINT_WORDS[state];
  return complaintRefusal('complaints.not_in_state', { complaint, state: zh, stateEn: en });
}

async function recordStep(
  tx: Tx,
  { keys }: ComplaintContext,
  { enterpriseId, complaintId }: StoredComplaint,
  { act, by, at, words, outcome, grant }: Advance,
): Promise<string> {
  const { id } = await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    subject: enterpriseId,
    body: {
      act: `complaint_${act}`,
      complaint: complaintId,
      by: by.id,
      ...(words !== undefined && { words: canonicalHash({ complaint: complaintId, act, words }) }),
      ...(outcome !== undefined && { outcome }),
      policyHash: grant.policyHash,
    },
  });
  return id;
}

type NewStep = {
  readonly enterpriseId: EnterpriseId;
  readonly complaintId: string;
  readonly act: string;
  readonly by: StepBy;
  readonly at: Date;
  readonly words?: string;
  readonly receiptId: string;
};

export async function addStep(tx: Tx, { cipher }: ComplaintContext, step: NewStep): Promise<void> {
  const { enterpriseId, complaintId, act, by, at, words, receiptId } = step;
  const sealed =
    words === undefined
      ? null
      : await sealField(tx, cipher, place(enterpriseId, 'complaint_steps', 'words'), words);
  await tx.rows(
    `insert into rights.complaint_steps (enterprise_id, complaint_id, step_no, act, by_kind, by_id, at, words_sealed, receipt_id)
     select $1::bigint, $2, coalesce(max(step_no), 0) + 1, $3, $4, $5, $6::timestamptz, $7::text, $8
     from rights.complaint_steps where enterprise_id = $1::bigint and complaint_id = $2`,
    [enterpriseId, complaintId, act, by.kind, by.id, at, sealed, receiptId],
  );
}

/** What was done, by which side and in which words; persons stay in the log. */
export type ComplaintStep = {
  readonly stepNo: number;
  readonly act: string;
  readonly byKind: StepBy['kind'];
  readonly at: Date;
  readonly words: string | null;
  readonly receiptId: string;
};

/** Bounded by the courses of a complaint: stating is bounded by its words, everything else by its state. */
const STEPS_SHOWN_MAX = 200;

export async function readSteps(
  tx: Tx,
  { cipher }: Pick<ComplaintContext, 'cipher'>,
  { enterpriseId, complaintId }: StoredComplaint,
): Promise<ComplaintStep[]> {
  const rows = await tx.rows<Omit<ComplaintStep, 'words'> & { sealed: string | null }>(
    `select step_no as "stepNo", act, by_kind as "byKind", at, words_sealed as sealed, receipt_id as "receiptId"
     from rights.complaint_steps where enterprise_id = $1 and complaint_id = $2 order by step_no limit $3`,
    [enterpriseId, complaintId, STEPS_SHOWN_MAX],
  );
  const steps: ComplaintStep[] = [];
  for (const { sealed, ...row } of rows) {
    const words =
      sealed === null
        ? null
        : await openField(tx, cipher, place(enterpriseId, 'complaint_steps', 'words'), sealed);
    steps.push({ ...row, words });
  }
  return steps;
}
