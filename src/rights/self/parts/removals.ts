import { beijingDate } from '#kernel';
import { listOwnRemovals } from '../../retention/list-removals.ts';
import type { OwnItem, OwnPart } from '../own-part.ts';

/** 期满删除: records that were removed at the end of their years, each with the proof; what they said is nowhere any more. */
export const removalsPart: OwnPart = {
  id: 'removals',
  title: { zh: '期满已删除的记录', en: 'Records removed at the end of their retention' },
  note: {
    zh: '保存期满删除的不良信息：内容已不存在，只留编号、日期和删除证明。按过去某日查询时这些记录也不再显示，以此处的删除登记说明。',
    en: 'Adverse records past their years: the content is gone, numbers, days and proof are left. A question about a past day does not show them either; it is answered by what stands here, whatever the day.',
  },
  holdsRecords: false,
  read: async ({ tx, permit, context }) => {
    const removals = await listOwnRemovals(tx, permit);
    return removals.map((removal): OwnItem => {
      const { removalId, contract, versions, keptUntil, inclusion, receiptId } = removal;
      const at = new Date(removal.removedAt);
      const { name } = context.catalogue.contracts.get(contract) ?? { name: contract };
      return {
        id: `${removalId}.${inclusion.index}`,
        at,
        receiptId,
        words: {
          zh: `${name}　记录 ${versions.join('、')}　保存至 ${keptUntil}，${beijingDate(at)} 删除　证明 ${removalId}`,
          en: `${contract}: removed on ${beijingDate(at)}, proof ${removalId}`,
        },
        facts: removal,
      };
    });
  },
};
