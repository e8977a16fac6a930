import { beijingDate } from '#kernel';
import { readMergedIds } from '#lists';
import { type ObjectionItem, ITEM_WORDS, stateOf } from '../../objections/definition/objection.ts';
import { selectObjections } from '../../objections/store.ts';
import { listOwnRecalls } from '../../recall/own-recalls.ts';
import { CAUSE_WORDS, DONE_WORDS } from '../../recall/recall-lines.ts';
import { begunBy, type OwnItem, type OwnPart, type OwnReading } from '../own-part.ts';
import { SELF_LIMITS } from '../self-limits.ts';

/** 异议: what it objected to, on which ground, and what was decided in which words. */
export const objectionsPart: OwnPart = {
  id: 'objections',
  title: { zh: '异议', en: 'Objections' },
  note: {
    zh: '本企业提出的异议，逐项的理由、处理结果和更正内容；以今日状态显示。',
    en: 'Objections of the enterprise, item by item with ground, decision and correction; as they stand today.',
  },
  holdsRecords: true,
  read: readObjections,
};

async function readObjections(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const ids = await readMergedIds(tx, permit.subject);
  const all = await selectObjections(tx, context, ids, SELF_LIMITS.itemsPerReadMax);
  return begunBy(reading, all, ({ appliedAt }) => appliedAt).map((objection): OwnItem => {
    const { enterpriseId: _own, appliedBy: _person, items, ...shown } = objection;
    const said = items.map(({ contractId, state }) => `${contractId} ${ITEM_WORDS[state].zh}`);
    return {
      id: objection.objectionId,
      at: objection.appliedAt,
      receiptId: objection.receiptId,
      words: {
        zh: `${objection.objectionId}　${said.join('；')}　理由：${objection.reason}`,
        en: `${objection.objectionId}: ${items.map(({ state }) => ITEM_WORDS[state].en).join(', ')}`,
      },
      facts: { ...shown, state: stateOf(items), items: items.map(showItem) },
    };
  });
}

/** Which person decided stands in the log; which side and in which words is said here. */
function showItem({ enterpriseId: _own, decidedBy: _person, state, ...item }: ObjectionItem): object {
  return { ...item, state: { code: state, ...ITEM_WORDS[state] } };
}

/** 召回: who was told that a value was wrong, and what they did. */
export const recallsPart: OwnPart = {
  id: 'recalls',
  title: { zh: '更正后的召回', en: 'Recalls' },
  note: {
    zh: '因本企业的信息更正、修复或到期，向已得到旧值的机构发出的召回及其办理。',
    en: 'Recalls sent to whoever had a value that was corrected, repaired or ended, and what they did.',
  },
  holdsRecords: false,
  read: async (reading) => {
    const all = await listOwnRecalls(reading.tx, reading.permit);
    return begunBy(reading, all, ({ recalledAt }) => recalledAt).map((recall): OwnItem => {
      const [cause, done] = [
        CAUSE_WORDS[recall.cause.kind],
        recall.done === null ? null : DONE_WORDS[recall.done],
      ];
      const { name } = recall.recipient;
      return {
        id: recall.recallId,
        at: recall.recalledAt,
        receiptId: recall.receiptId,
        words: {
          zh: `${name.zh}　${cause.zh}　记录 ${recall.record}　${done?.zh ?? `未回复，期限 ${recall.dueOn ?? '未定'}`}　凭查询 ${recall.disclosureId}（${beijingDate(recall.disclosedAt)}）`,
          en: `${name.en}: ${cause.en}, ${done?.en ?? 'no answer yet'}`,
        },
        facts: recall,
      };
    });
  },
};
