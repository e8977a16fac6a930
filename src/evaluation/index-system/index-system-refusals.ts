import { defineRefusals } from '#kernel';

/** What the index system says no to. Clause 9: 建立完善中小微企业信用评价指标体系. */
export const indexSystemRefusal = defineRefusals({
  'index_system.definition_not_valid': {
    status: 500,
    clause: '9',
    zh: '指标体系文件 {file} 不成立：{reasons}',
    en: 'The index system file {file} does not hold: {reasons}',
    remedyZh: '请改正该文件；写法见 docs/index-system.md。',
    remedyEn: 'Correct the file; docs/index-system.md says what it holds.',
  },
  'index_system.grades_do_not_fit': {
    status: 409,
    clause: '9',
    zh: '定级规则 {grades} 按满分 {gradesMarks} 写成，指标体系 {system} 满分 {systemMarks}，不能合用。',
    en: 'Grading rules {grades} are for {gradesMarks} marks, index system {system} has {systemMarks}; they do not fit.',
    remedyZh: '请选用满分相同的定级规则。',
    remedyEn: 'Take grading rules for the same full marks.',
  },
  'index_system.not_declinable': {
    status: 422,
    clause: '9',
    zh: '指标“{indicator}”不是正面信息，企业不能谢绝其参评。',
    en: 'Indicator {indicator} is not positive information; an enterprise cannot decline it.',
    remedyZh: '只有标为 positive 的指标可以谢绝；对负面记录有疑问请提出异议。',
    remedyEn:
      'Only indicators marked positive may be declined; a doubtful adverse record calls for an objection.',
  },
});
