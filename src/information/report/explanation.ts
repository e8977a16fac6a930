import type { Cover, DatasetSection, Explanation } from './shape.ts';

/** 报告说明: what the report rests on, what it leaves out, and what its reader can do about it. */
export function explain(cover: Cover, sections: readonly DatasetSection[]): Explanation[] {
  return [
    { title: '数据截至', text: cutOffText(cover, sections) },
    { title: '信息来源', text: sourceText(sections) },
    {
      title: '没有记录的含义',
      text: '“没有该企业的记录”仅指该数据集截至其数据截止时间的情况。未接入、无法访问或不在用途范围内的数据集不作有无记录的判断。',
    },
    {
      title: '异议',
      text: `${disputeText(sections)}信息主体认为信息有误、遗漏或侵害其合法权益的，可以凭报告编号向${cover.nodeName}或者信息提供单位提出异议；处理期间，有关记录标注“异议处理中”。`,
    },
    { title: '信用修复', text: '已完成信用修复、已撤销或者超过公示期限的记录依法不在本报告中展示。' },
    {
      title: '有效期',
      text: `本报告反映 ${timeText(cover.asOf)} 节点所知的情况，自出具之日起至 ${cover.validUntil} 可作为当期报告使用；其后请重新获取。`,
    },
    {
      title: '核验',
      text: '扫描二维码可在线核对报告编号；也可以运行“xinqiao verify 文件名”离线核验。文件的任何一个字节被改动，核验都不会通过。',
    },
    { title: '使用范围', text: usageText(cover) },
  ];
}

/** `2026-03-02T09:30:00+08:00` as people read it. */
export function timeText(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}

function cutOffText(cover: Cover, sections: readonly DatasetSection[]): string {
  const cutOffs = sections.flatMap(({ cutOff }) => (cutOff === null ? [] : [cutOff])).sort();
  const span =
    cutOffs.length === 0 ? '' : `各数据集的数据截止时间在 ${cutOffs[0]} 至 ${cutOffs.at(-1)} 之间，`;
  return `本报告取自 ${timeText(cover.asOf)} 的数据快照。${span}逐项列在详情中。`;
}

function sourceText(sections: readonly DatasetSection[]): string {
  const providers = new Set(
    sections.filter(({ totalRecords }) => totalRecords > 0).map(({ provider }) => provider),
  );
  return `本报告汇集 ${sections.length} 个数据集，有记录的信息由 ${providers.size} 个单位提供。节点不改变提供单位的数据内容，每一项均列明来源、更新时间、数据截止时间和证据等级。`;
}

function disputeText(sections: readonly DatasetSection[]): string {
  const disputed = sections.filter(
    ({ outcome, records }) => outcome === 'under_objection' || records.some(({ marks }) => marks.length > 0),
  );
  if (disputed.length === 0) return '本报告没有正在异议处理中的记录。';
  return `下列数据集有带标注或者正在异议处理中的记录：${disputed.map(({ name }) => name).join('、')}。`;
}

function usageText(cover: Cover): string {
  if (cover.purpose === 'self')
    return '本报告由企业自行查询，含仅向企业本人展示的信息，对外提供由企业自行决定。';
  return '本报告只含依法公开的信息，供融资服务参考，不替代金融机构的独立判断。';
}
