import { defineRefusals } from '#kernel';

export const ruleLifeRefusal = defineRefusals({
  'rule_life.unknown': {
    clause: '10',
    status: 404,
    zh: '没有编号或哈希为 {rule} 的预警规则。',
    en: 'There is no alert rule with the id or hash {rule}.',
    remedyZh: '请用 xinqiao monitor rules 查看现有规则；文件中的新规则须先提交。',
    remedyEn: 'See xinqiao monitor rules for those there are; a new rule of a file must be proposed first.',
  },
  'rule_life.not_in_files': {
    clause: '10',
    status: 404,
    zh: '定义目录中没有预警规则 {rule}。',
    en: 'No definition folder has an alert rule {rule}.',
    remedyZh: '请把规则文件放入 models/alerts 或本市的定义目录后重新启动。',
    remedyEn: "Put the rule's file into models/alerts or the city's definitions, and start again.",
  },
  'rule_life.already_proposed': {
    clause: '10',
    status: 409,
    zh: '预警规则 {rule} 的这一版已经提交过。',
    en: 'This version of alert rule {rule} was proposed already.',
    remedyZh: '请修改文件后再提交，或对已提交的一版办理下一步。',
    remedyEn: 'Change the file and propose again, or take the next step with the version that was proposed.',
  },
  'rule_life.step_wrong': {
    clause: '10',
    status: 409,
    zh: '预警规则现在是“{state}”，不能转为“{step}”。',
    en: 'The alert rule is now "{state}" and cannot become "{step}".',
    remedyZh: '顺序为：草稿、已回溯检验、影子运行、正式使用、停用。',
    remedyEn: 'The order is: draft, back-tested, shadow, active, retired.',
  },
  'rule_life.not_for_population': {
    clause: '10',
    status: 409,
    zh: '预警规则 {rule} 使用须经授权的信息，不能对名单整体回溯。',
    en: 'Alert rule {rule} rests on data that need consent; no population can be read back for it.',
    remedyZh: '请直接转入影子运行，以影子运行的结果决定是否启用。',
    remedyEn: 'Let it run in shadow at once, and judge it by what it finds there.',
  },
  'rule_life.days_wrong': {
    clause: '10',
    status: 400,
    zh: '回溯检验的日期不对：{from} 至 {to}，每 {step} 天一次，后续观察 {horizon} 天。',
    en: 'The days of the back-test are wrong: {from} to {to}, every {step} days, followed for {horizon} days.',
    remedyZh: '起止须为过去的日期，至多 {most} 个检验日，观察期须在今天以前结束。',
    remedyEn:
      'Both ends lie in the past, with at most {most} days between, and the horizon ends before today.',
  },
  'rule_life.too_many_rules': {
    clause: '10',
    status: 400,
    zh: '一次回溯检验至少一条、至多 {most} 条规则，每条规则一版。',
    en: 'One back-test takes at least one rule and at most {most}, one version of each.',
    remedyZh: '请分几次检验。',
    remedyEn: 'Test them in several runs.',
  },
});
