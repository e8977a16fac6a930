import { defineRefusals } from '#kernel';

/** What declining a positive record is refused for. Clause 12: the rights of the enterprise. */
export const declinedRefusal = defineRefusals({
  'declined.definition_not_valid': {
    status: 500,
    clause: '12',
    zh: '正面信息的定义 {file} 不成立：{reasons}',
    en: 'The definition of positive records in {file} does not hold: {reasons}',
    remedyZh: '按所列理由改正文件后再启动。',
    remedyEn: 'Correct the file as listed and start again.',
  },
  'declined.record_unknown': {
    status: 404,
    clause: '12',
    zh: '贵企业现在没有编号为 {record} 的正面信息。',
    en: 'The enterprise has no positive record {record} now.',
    remedyZh: '请重新列出本企业的正面信息，用现在的编号办理；对其他信息有疑问的，可以提出异议。',
    remedyEn:
      'List the positive records again and use the present number; other records are a matter for an objection.',
  },
  'declined.not_positive': {
    status: 409,
    clause: '12',
    zh: '记录 {record} 载有撤销、未履行等情形，不能谢绝。',
    en: 'Record {record} states a revocation, a default or the like, and cannot be declined.',
    remedyZh: '认为记载有误的，可以提出异议。',
    remedyEn: 'If what it states is wrong, object to it.',
  },
});
