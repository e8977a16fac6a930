import { defineRefusals } from '#kernel';

/** Refusals of the decision itself stand in the policies, each forbid with its own sentence. */
export const securityRefusal = defineRefusals({
  'policies.invalid': {
    status: 500,
    clause: '13',
    zh: '访问策略 {file} 不成立，节点不启动：{reason}',
    en: 'Access policy {file} does not hold; the node does not start: {reason}',
    remedyZh: '按提示改正策略文件；可用的属性与取值见 policies/schema.cedarschema。',
    remedyEn: 'Correct the policy file; policies/schema.cedarschema has every attribute and value.',
  },
  'statistics.floors_not_valid': {
    status: 500,
    clause: '12',
    zh: '统计下限文件 {file} 不成立，节点不启动：{reasons}',
    en: 'The floors of statistics in {file} do not hold; the node does not start: {reasons}',
    remedyZh: '请按所列理由改正文件后再启动。',
    remedyEn: 'Correct the file as listed and start again.',
  },
  'security.not_permitted': {
    status: 403,
    clause: '13',
    zh: '现行访问策略没有把此项操作（{action}）交给您的岗位。',
    en: 'No access policy in force gives this act ({action}) to your role.',
    remedyZh: '请由承担该岗位的人员办理，或请安全管理员调整您的岗位。',
    remedyEn: 'Ask whoever holds that role, or have the security administrator change yours.',
  },
  'security.nothing_readable': {
    status: 403,
    clause: '13',
    zh: '按现行访问策略，您以此用途（{purpose}）在所请求的目录中没有可读的信息。',
    en: 'Under the access policy in force nothing of what was asked can be read by you for this purpose ({purpose}).',
    remedyZh: '请核对用途与目录，或请信息主体授权。',
    remedyEn: 'Check purpose and datasets, or ask the enterprise for its consent.',
  },
  'security.decision_unknown': {
    status: 404,
    clause: '13',
    zh: '没有编号为 {id} 的查询留痕或拒绝回执。',
    en: 'There is no disclosure and no refusal of the number {id}.',
    remedyZh: '请核对编号：查询留痕以 dsc_ 开头，拒绝的回执以 rcp_ 开头。',
    remedyEn: 'Check the number: a disclosure begins with dsc_, the receipt of a refusal with rcp_.',
  },
  'security.receipt_unknown': {
    status: 404,
    clause: '13',
    zh: '没有编号为 {id} 的回执。',
    en: 'There is no receipt {id}.',
    remedyZh: '请核对回执编号；编号以 rcp_ 开头。',
    remedyEn: 'Check the number; it begins with rcp_.',
  },
});
