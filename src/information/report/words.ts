import type { EvidenceLevel, List, Outcome, Purpose } from './shape.ts';

/** What each outcome means to a reader. Only `ok` and `no_data` speak about the enterprise; the others must not. */
export const OUTCOME_SENTENCES: Readonly<Record<Outcome, string>> = {
  ok: '已取得数据。',
  denied: '本报告的用途不含该数据集；此项说明不表示有或没有记录。',
  no_data: '已查询，截至数据截止时间没有该企业的记录。',
  not_covered: '该企业不属于该数据集的归集对象。',
  not_connected: '该数据集尚未接入本节点，不表示没有记录。',
  source_down: '数据源暂时无法访问，本次未取得数据，不表示没有记录。',
  stale: '数据超过约定的更新期限，以提供单位的最新数据为准。',
  under_objection: '有记录正在异议处理中，以处理完毕后的报告为准。',
};

export const EVIDENCE_LEVELS: Readonly<Record<EvidenceLevel, string>> = {
  L0: 'L0 企业自报',
  L1: 'L1 附有材料',
  L2: 'L2 第三方证明',
  L3: 'L3 权威源核验',
};

/** Departments' own data are not graded: the provider answers for them. */
export const DEPARTMENT_EVIDENCE = '提供单位归集';

export const LIST_TITLES: Readonly<Record<List, string>> = {
  national: '国家归集共享信用信息',
  beijing: '北京市归集共享信用信息',
  voluntary: '企业自愿注册信用信息',
};

export const KINDS: Readonly<Record<Purpose, string>> = {
  public_report: '公开信息版',
  self: '企业自查版',
};

const MARKS: Readonly<Record<string, string>> = {
  disputed: '异议处理中',
  withheld: '暂停对外展示',
  repaired: '已完成信用修复',
  annulled: '已撤销',
  declined: '企业谢绝他人使用',
  stale: '已过有效期，重新填报前不再使用',
};

const FREQUENCIES: Readonly<Record<string, string>> = {
  realtime: '实时',
  day: '每日',
  week: '每周',
  month: '每月',
  quarter: '每季度',
  season: '每供热季',
  year: '每年',
  on_change: '变更时',
  event: '发生时',
  query: '查询时',
};

/** A mark this release has no word for is shown as it came: a mark must never disappear. */
export function markText(mark: string): string {
  return MARKS[mark] ?? mark;
}

export function frequencyText(frequency: string): string {
  return FREQUENCIES[frequency] ?? frequency;
}

export const SYNTHETIC_NOTICE = '本报告使用合成的示范数据，不对应任何真实企业，不得用于授信。';
