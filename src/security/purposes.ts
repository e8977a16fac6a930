/** What records are read for; closed. The same word stands in policies/schema.cedarschema and on every disclosure. */
export const PURPOSES = ['operate', 'quality', 'public_report', 'self'] as const;

/** 运行 operate, 质量核查 quality, 公开报告 public_report, 本人查询 self. */
export type Purpose = (typeof PURPOSES)[number];
