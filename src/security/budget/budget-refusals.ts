import { defineRefusals } from '#kernel';

export const budgetRefusal = defineRefusals({
  'budget.exhausted': {
    status: 403,
    clause: '8',
    zh: '本季度（{quarter}）贵机构关于该企业目录 {contract} 的披露预算（{limit} 比特）不足：本次需要 {bits} 比特。',
    en: 'The disclosure budget of this institution for this enterprise and dataset {contract} in {quarter} ({limit} bits) does not suffice: this takes {bits} bits.',
    remedyZh: '请减少核验项；新季度自 {next} 起另计。',
    remedyEn: 'Ask for less; the next quarter begins on {next}.',
  },
  'budget.definition_not_valid': {
    status: 500,
    clause: '8',
    zh: '披露预算文件 {file} 不成立，节点不启动：{reasons}',
    en: 'Disclosure budget {file} does not hold; the node does not start: {reasons}',
    remedyZh: '请按 models/budgets/README.md 改正。',
    remedyEn: 'Correct it; see models/budgets/README.md.',
  },
});
