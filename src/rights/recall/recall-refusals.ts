import { defineRefusals } from '#kernel';

export const recallRefusal = defineRefusals({
  'recalls.definition_not_valid': {
    status: 500,
    clause: '12',
    zh: '召回规则文件 {file} 不成立：{reasons}',
    en: 'Recall rules {file} do not hold: {reasons}',
    remedyZh: '请按提示改正文件后再启动。',
    remedyEn: 'Correct the file and start again.',
  },
  'recalls.record_unknown': {
    status: 404,
    clause: '12',
    zh: '该企业没有编号为 {record} 的记录。',
    en: 'The enterprise has no record {record}.',
    remedyZh: '请核对数据集和记录编号。',
    remedyEn: 'Check the dataset and the number of the record.',
  },
  'recalls.unknown': {
    status: 404,
    clause: '12',
    zh: '没有发给您所在单位的这一召回。',
    en: 'There is no such recall to your institution.',
    remedyZh: '请重新列出召回，核对编号。',
    remedyEn: 'List the recalls again and check the number.',
  },
  'recalls.self_only': {
    status: 403,
    clause: '12',
    zh: '关于一家企业的召回只向该企业列出。',
    en: 'The recalls about an enterprise are listed for that enterprise alone.',
    remedyZh: '请以该企业法定代表人或其委托的经办人的账号登录。',
    remedyEn: 'Sign in as the legal representative of that enterprise, or as an agent under its mandate.',
  },
  'recalls.note_missing': {
    status: 422,
    clause: '12',
    zh: '选择“其他处理”时须说明（200 字以内）。',
    en: 'Where something else was done, say what, in up to 200 characters.',
    remedyZh: '请填写说明。',
    remedyEn: 'Fill in the note.',
  },
});
