import { readOwnNotices } from '../../processing/incidents/own-notices.ts';
import { begunBy, type OwnItem, type OwnPart } from '../own-part.ts';

const KIND_WORDS = {
  leak: { zh: '泄露', en: 'Leak' },
  tampering: { zh: '篡改', en: 'Tampering' },
  loss: { zh: '丢失', en: 'Loss' },
} as const;

/** 安全事件通知: what it was told when information about it leaked, was tampered with or lost. */
export const incidentsPart: OwnPart = {
  id: 'incidents',
  title: { zh: '安全事件通知', en: 'Notices of incidents' },
  note: {
    zh: '涉及本企业及其人员信息的泄露、篡改、丢失：种类、原因、危害、已采取和可以采取的措施、联系方式。',
    en: 'Leaks, tampering and losses that concern the enterprise or its people: kinds, cause, harm, measures, whom to ask.',
  },
  holdsRecords: false,
  read: async (reading) => {
    const { tx, context, permit } = reading;
    const all = await readOwnNotices(tx, context, permit);
    return begunBy(reading, all, ({ toldAt }) => toldAt).map(({ kind, ...notice }): OwnItem => {
      const { incidentId, toldAt, receiptId, words, persons, acknowledgedAt } = notice;
      const [said, done] = [KIND_WORDS[kind], acknowledgedAt === null ? '未确认' : '已确认'];
      return {
        id: incidentId,
        at: toldAt,
        receiptId,
        words: {
          zh: `${said.zh}　${words['information'] ?? ''}　${words['cause'] ?? ''}　涉及本企业人员 ${persons} 人　${done}　联系：${words['contact'] ?? ''}`,
          en: `${said.en}, ${persons} persons of the enterprise, ${acknowledgedAt === null ? 'not acknowledged' : 'acknowledged'}`,
        },
        facts: { kind: { code: kind, ...said }, ...notice },
      };
    });
  },
};
