import { defineRefusals } from '#kernel';

/** What marks on records are refused for. Clause 12: the rights of those whom the records are about. */
export const marksRefusal = defineRefusals({
  'marks.record_unknown': {
    status: 404,
    clause: '12',
    zh: '该企业现在没有编号为 {record} 的记录。',
    en: 'The enterprise has no record {record} now.',
    remedyZh: '记录可能已被更正或撤回；请重新列出记录，用现在的编号办理。',
    remedyEn:
      'It may have been corrected or withdrawn since; list the records again and use the present number.',
  },
  'marks.marked_already': {
    status: 409,
    clause: '12',
    zh: '记录 {record} 已经有这一标记。',
    en: 'Record {record} carries this mark already.',
    remedyZh: '不必重复办理；需要改变的，先解除原来的标记。',
    remedyEn: 'Nothing need be done; to change it, end the mark that stands.',
  },
  'marks.not_marked': {
    status: 409,
    clause: '12',
    zh: '记录 {record} 没有这一标记。',
    en: 'Record {record} does not carry this mark.',
    remedyZh: '请重新列出记录，核对编号。',
    remedyEn: 'List the records again and check the number.',
  },
  'marks.ended_already': {
    status: 409,
    clause: '12',
    zh: '记录 {record} 的这一标记已经解除。',
    en: 'This mark on record {record} has been ended already.',
    remedyZh: '不必重复办理。',
    remedyEn: 'Nothing need be done.',
  },
});
