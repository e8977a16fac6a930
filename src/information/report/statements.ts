import { timeText } from './explanation.ts';
import type { Cover, DatasetSection, Highlights, Summary } from './shape.ts';

// What HTML and PDF say in the same words and the same order.

/** Facts of the cover. */
export function factsOf(of: Cover): [title: string, text: string][] {
  const code = [of.uscc, of.usccNote && `（${of.usccNote}）`].filter(Boolean).join('');
  return [
    ['报告编号', of.number],
    ['统一社会信用代码', code],
    ['出具时间', timeText(of.issuedAt)],
    ['数据快照时间', timeText(of.asOf)],
    ['有效期至', of.validUntil],
    ['企业规模', of.sizeClass],
    ['曾用名', of.formerNames.length === 0 ? '无' : of.formerNames.join('、')],
    ['出具节点', of.nodeName],
  ];
}

/** Counts of the summary. */
export function figuresOf({ counts }: Summary): [title: string, figure: number][] {
  return [
    ['有记录的数据集', counts.datasetsWithRecords],
    ['无记录的数据集', counts.datasetsWithoutRecords],
    ['未作判断的数据集', counts.datasetsNotAnswered],
    ['异议处理中的记录', counts.disputed],
  ];
}

/** What a group says about the datasets that had nothing, or said nothing. */
export function groupNote({ withoutRecords, notAnswered }: Highlights): string {
  const silent = notAnswered.length === 0 ? '' : `；未作判断：${notAnswered.join('、')}`;
  return `${withoutRecords} 个数据集已查询无记录${silent}。`;
}

/** Where the records of a dataset come from, in one line. */
export function sourceText(of: DatasetSection): string {
  const updated = of.updatedAt === null ? '未记载' : timeText(of.updatedAt);
  return `来源：${of.provider}　更新：${updated}（${of.frequency}）　数据截至：${of.cutOff ?? '未记载'}　证据：${of.evidence}`;
}

/** Said when a dataset holds more records than are printed. */
export function moreText({ moreRecords, totalRecords, records }: DatasetSection): string | null {
  if (moreRecords === 0) return null;
  return `共 ${totalRecords} 条，此处列出 ${records.length} 条，另有 ${moreRecords} 条未列出，可凭报告编号查询。`;
}

/** Date of the last delivery, for the table of datasets without records. */
export function updatedText({ updatedAt }: DatasetSection): string {
  return updatedAt?.slice(0, 10) ?? '—';
}
