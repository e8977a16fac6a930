import { readMergedIds } from '#lists';
import { COMPLAINT_WORDS } from '../../complaints/definition/complaint.ts';
import { openContent, readSteps, selectComplaints } from '../../complaints/store.ts';
import { begunBy, type OwnItem, type OwnPart, type OwnReading } from '../own-part.ts';
import { SELF_LIMITS } from '../self-limits.ts';

/** 投诉: what it complained of, about whom, each step and the answer. */
export const complaintsPart: OwnPart = {
  id: 'complaints',
  title: { zh: '投诉', en: 'Complaints' },
  note: {
    zh: '本企业提出的投诉、办理过程和书面答复；以今日状态显示。',
    en: 'Complaints of the enterprise with their course and the answer in writing; as they stand today.',
  },
  holdsRecords: false,
  read: readComplaints,
};

async function readComplaints(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const ids = await readMergedIds(tx, permit.subject);
  const all = await selectComplaints(
    tx,
    'where c.enterprise_id = any($1::bigint[]) order by c.complaint_id desc limit $2',
    [ids, SELF_LIMITS.itemsPerReadMax],
  );
  const items: OwnItem[] = [];
  for (const complaint of begunBy(reading, all, ({ filedAt }) => filedAt)) {
    const { complaintId, kind, against, disclosureId, filedAt, receiptId, state } = complaint;
    const { outcome, decidedOutcome } = complaint;
    const words = COMPLAINT_WORDS[state];
    items.push({
      id: complaintId,
      at: filedAt,
      receiptId,
      words: {
        zh: `${complaintId}　${words.zh}　被投诉方 ${against.id}　事项 ${kind}`,
        en: `${complaintId}: ${kind} about ${against.id}, ${words.en}`,
      },
      facts: {
        complaintId,
        kind,
        against,
        disclosureId,
        filedAt,
        state: { code: state, ...words },
        outcome,
        decidedOutcome,
        ...(await openContent(tx, context, complaint)),
        steps: await readSteps(tx, context, complaint),
      },
    });
  }
  return items;
}
