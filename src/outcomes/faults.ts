import type { Fault } from './shape.ts';

type Sentences = { readonly zh: string; readonly en: string };

/** Everything that can be wrong with an item; codes are wire contract. */
const FAULTS = {
  disclosure_unknown: {
    zh: '本节点没有经该渠道向该机构提供过这一编号的信息',
    en: 'this node gave the institution nothing of this number through this channel',
  },
  reason_missing: { zh: '应写明原因', en: 'a reason is missing' },
  reason_not_expected: { zh: '这种情形不写原因', en: 'no reason is given in this case' },
  reason_unknown: { zh: '原因代码不在原因表内', en: 'the reason is not in the table of reasons' },
  application_missing: { zh: '应写明申请', en: 'the application is missing' },
  amount_wrong: { zh: '金额应大于 0 且在合理范围内', en: 'the amount must be above 0 and within reason' },
  balance_wrong: {
    zh: '余额应不小于 0 且在合理范围内',
    en: 'the balance must not be below 0 and within reason',
  },
  rate_wrong: { zh: '年利率应在 0 至 36% 之间', en: 'the annual rate lies between 0 and 36 %' },
  term_wrong: { zh: '期限应为 1 至 600 个月', en: 'the term is 1 to 600 months' },
  date_wrong: { zh: '不是真实的日期', en: 'there is no such date' },
  date_in_future: { zh: '日期晚于今天', en: 'the date lies in the future' },
  month_wrong: { zh: '月份应写作 2026-01', en: 'a month is written as 2026-01' },
  month_in_future: { zh: '月份晚于本月', en: 'the month lies in the future' },
  decision_date_missing: { zh: '审批已有结果，应写明日期', en: 'a decision has a date' },
  decision_date_not_expected: { zh: '尚未审批完成，不写日期', en: 'what is pending has no date' },
  decision_before_application: { zh: '审批日期早于申请日期', en: 'decided before it was applied for' },
  loan_without_approval: { zh: '放款须有同一条反馈中的批准结论', en: 'a loan needs the approval beside it' },
  loan_before_decision: { zh: '放款日期早于审批日期', en: 'paid out before it was decided' },
  guarantee_contradicts: {
    zh: '信用贷款没有担保，有担保的不是信用贷款',
    en: 'a credit loan has no guarantee, and one with a guarantee is none',
  },
  loan_unknown: { zh: '没有报送过这笔贷款', en: 'this loan has not been reported' },
  balance_before_loan: { zh: '余额月份早于放款月份', en: 'the month lies before the loan' },
  balance_above_amount: { zh: '本金余额大于放款金额', en: 'the principal left is above the amount' },
  overdue_without_balance: { zh: '没有余额，谈不上逾期', en: 'nothing is overdue without a balance' },
  settled_with_balance: { zh: '已结清的余额应为 0', en: 'what is settled has no balance' },
  settled_yet_bad: { zh: '已结清的不再是不良或逾期', en: 'what is settled is neither bad nor overdue' },
  settled_out_of_order: {
    zh: '结清日期应不早于放款，且不晚于余额月份',
    en: 'settled between the loan and the end of the month',
  },
  correction_not_stated: {
    zh: '与以前报送的不同；属更正的，请注明更正',
    en: 'contradicts what was reported before; if it puts that right, say so',
  },
  twice_in_batch: { zh: '同一份反馈中另有内容不同的一条', en: 'the same batch says otherwise elsewhere' },
  cell_missing: { zh: '未填写', en: 'the cell is empty' },
  cell_unreadable: { zh: '填写的内容无法识别', en: 'the cell cannot be read' },
  cell_too_long: { zh: '填写的内容过长', en: 'the cell is too long' },
  row_unreadable: { zh: '这一行无法读取', en: 'the row cannot be read' },
} as const satisfies Record<string, Sentences>;

export type FaultCode = keyof typeof FAULTS;

export function makeFault(row: number, field: string, code: FaultCode): Fault {
  return { row, field, code, message: FAULTS[code] };
}
