import type { DeliveryState } from '#lists';

/** States of a delivery as departments know them (归集规范). */
export const DELIVERY_STATE_ZH: Readonly<Record<DeliveryState, string>> = {
  received: '已接收',
  publishing: '正在入库',
  published: '已入库',
  partly_published: '部分入库',
  returned: '已退回',
  refused: '校验失败',
};

export const LIST_ZH = {
  national: '国家清单',
  beijing: '北京市清单',
  voluntary: '企业自愿注册清单',
} as const;

export const SHARING_MODE_ZH = {
  replicated: '物理归集',
  at_source: '接口调用',
  verify_only: '核验',
} as const;

export const DISCLOSURE_ZH = {
  public: '公开',
  authorised: '授权',
  invisible: '可用不可见',
  secret: '不予共享',
} as const;

export const REVIEW_REASON_ZH = {
  same_name_other_code: '同名而代码不同',
  checksum_mismatch: '校验码不符',
  id_card_shaped: '疑为身份证号',
  code_unknown: '代码不在登记册',
  name_ambiguous: '同名不止一户',
} as const;
