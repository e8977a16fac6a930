/** 窗口事项: what a person at the window may ask for, in the words of the pages and of the print. */
export const ACT_WORDS = {
  objection: { zh: '提出异议', en: 'raise an objection' },
  objection_statement: { zh: '异议声明', en: 'add a statement' },
  objection_review: { zh: '申请复核', en: 'ask for a review' },
  objection_withdrawal: { zh: '撤回异议', en: 'withdraw an objection' },
  repair: { zh: '申请信用修复', en: 'apply for repair' },
  complaint: { zh: '投诉', en: 'file a complaint' },
  registration: { zh: '自愿清单登记', en: 'register for the voluntary list' },
  item: { zh: '自愿填报', en: 'file an item' },
  item_withdrawal: { zh: '撤回填报', en: 'withdraw an item' },
  pledge: { zh: '签署信用承诺', en: 'sign the pledge' },
  pledge_withdrawal: { zh: '撤回信用承诺', en: 'withdraw a pledge' },
  decline_use: { zh: '谢绝使用', en: 'decline use of a record' },
  allow_use: { zh: '恢复使用', en: 'allow use of a record' },
  consent_revocation: { zh: '撤销授权', en: 'revoke a consent' },
  self_query: { zh: '自助查询打印', en: 'print everything' },
} as const;

export type WindowActId = keyof typeof ACT_WORDS;
export const WINDOW_ACT_IDS = Object.keys(ACT_WORDS) as WindowActId[];
