import { defineRefusals } from '#kernel';

/** What alert rules are refused for. Clause 10: 风险监测预警. */
export const rulesRefusal = defineRefusals({
  'alert_rules.definition_not_valid': {
    status: 500,
    clause: '10',
    zh: '预警规则文件 {file} 不成立：{zh}',
    en: 'The alert rule in {file} does not hold: {en}',
    remedyZh: '请按所指位置改正后再启动；写法见 docs/monitoring.md。',
    remedyEn: 'Correct it at the place named; docs/monitoring.md says how it is written.',
  },
  'alert_rules.unknown': {
    status: 404,
    clause: '10',
    zh: '没有预警规则“{rule}”。',
    en: 'There is no alert rule "{rule}".',
    remedyZh: '用 xinqiao monitor rules 查看全部规则。',
    remedyEn: 'xinqiao monitor rules names them all.',
  },
});
