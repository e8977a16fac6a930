import { defineRefusals } from '#kernel';

/** Of whoever checks a log; the log's own reading and writing refuses nothing. */
export const logRefusal = defineRefusals({
  'log.broken': {
    status: 422,
    clause: '13',
    zh: '日志不成立。第一处：{place}，{reason}。',
    en: 'The log does not hold. First at {path} ({at}): {code}.',
    remedyZh: '请保存所下载的日志，连同节点公钥与见证人的签名检查点，交审计或监管人员。',
    remedyEn:
      'Keep the downloaded log with the keys and the witnesses’ checkpoints, and give them to an auditor.',
  },
  'log.vkey_malformed': {
    status: 400,
    clause: '13',
    zh: '“{text}”不是日志或见证人的公钥。',
    en: '“{text}” is no key of a log or of a witness.',
    remedyZh:
      '公钥写作 名称+编号+base64（C2SP signed-note），一个字符也不能少；日志的公钥见 /api/v1/log/keys。',
    remedyEn:
      'A key reads name+id+base64 (C2SP signed-note), to the letter; a log has its own at /api/v1/log/keys.',
  },
  'log.folder_in_use': {
    status: 409,
    clause: '13',
    zh: '文件夹 {folder} 不是空的，不往里保存日志，以免盖掉证据。',
    en: 'Folder {folder} is not empty; the log is not saved over what may be evidence.',
    remedyZh: '请换一个空文件夹。',
    remedyEn: 'Choose an empty folder.',
  },
  'log.unreachable': {
    status: 503,
    clause: '13',
    zh: '日志读不到：{reason}',
    en: 'The log cannot be read: {reason}',
    remedyZh: '请核对地址与网络；地址以 /api/v1/log 结尾。',
    remedyEn: 'Check address and network; the address ends with /api/v1/log.',
  },
});
