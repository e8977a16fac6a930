/**
 * What records are read for; closed. The same words stand in policies/schema.cedarschema and on every disclosure.
 * Those of financing are the only ones for which an institution is answered (clause 13: nothing but financing).
 */
export const FINANCING_PURPOSES = [
  'loan_origination',
  'guarantee_underwriting',
  'insurance_underwriting',
  'post_loan_management',
  'credit_evaluation',
] as const;

/**
 * 贷前审批 loan_origination, 担保审查 guarantee_underwriting, 保险承保 insurance_underwriting,
 * 贷后（保后）管理 post_loan_management, 融资信用评价 credit_evaluation.
 */
export type FinancingPurpose = (typeof FINANCING_PURPOSES)[number];

/**
 * What an enterprise may be asked to agree to: the purposes of financing, and 逆向共享 give_back, by which an institution
 * gives its own data on the enterprise to the node and reads nothing.
 */
export const CONSENT_PURPOSES = [...FINANCING_PURPOSES, 'give_back'] as const;
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number];

export const PURPOSES = [
  'operate',
  'quality',
  'public_report',
  'self',
  'evaluation',
  'monitoring',
  ...FINANCING_PURPOSES,
] as const;

/** 运行 operate, 质量核查 quality, 公开报告 public_report, 本人查询 self, 信用评价 evaluation, 风险监测 monitoring, and those of financing. */
export type Purpose = (typeof PURPOSES)[number];

/** What people see for each purpose. */
export const PURPOSE_WORDS: Readonly<
  Record<Purpose | ConsentPurpose, { readonly zh: string; readonly en: string }>
> = {
  give_back: { zh: '逆向共享', en: 'giving back' },
  operate: { zh: '运行维护', en: 'operation of the node' },
  quality: { zh: '质量核查', en: 'quality review' },
  public_report: { zh: '公开报告', en: 'public report' },
  self: { zh: '本人查询', en: 'self-query' },
  evaluation: { zh: '信用评价', en: 'credit evaluation by the node' },
  monitoring: { zh: '风险监测', en: 'risk monitoring by the node' },
  loan_origination: { zh: '贷前审批', en: 'loan origination' },
  guarantee_underwriting: { zh: '担保审查', en: 'guarantee underwriting' },
  insurance_underwriting: { zh: '保险承保', en: 'insurance underwriting' },
  post_loan_management: { zh: '贷后（保后）管理', en: 'post-loan management' },
  credit_evaluation: { zh: '融资信用评价', en: 'credit evaluation for financing' },
};

export function isConsentPurpose(purpose: string): purpose is ConsentPurpose {
  return (CONSENT_PURPOSES as readonly string[]).includes(purpose);
}

export function isFinancingPurpose(purpose: string): purpose is FinancingPurpose {
  return (FINANCING_PURPOSES as readonly string[]).includes(purpose);
}
