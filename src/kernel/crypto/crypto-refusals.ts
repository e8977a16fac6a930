import { defineRefusals } from '../refusals.ts';

export const cryptoRefusal = defineRefusals({
  'keys.unreadable': {
    status: 500,
    clause: '13',
    zh: '密钥文件 {file} 读不出来或不是本节点的密钥，节点不启动。',
    en: 'Key file {file} cannot be read or is not a key of this node; the node does not start.',
    remedyZh: '从备份恢复该文件；密钥丢失时按轮换流程换新，旧签名仍以备份中的公钥验证。',
    remedyEn: 'Restore the file from the backup; if the key is lost, rotate it and keep the old public key.',
  },
  'keys.open_to_others': {
    status: 500,
    clause: '13',
    zh: '密钥文件 {file} 的权限过宽，其他用户可读，节点不启动。',
    en: 'Key file {file} is readable by other users; the node does not start.',
    remedyZh: '改为仅属主可读写（chmod 600），并考虑轮换该密钥。',
    remedyEn: 'Make it readable by its owner only (chmod 600) and consider rotating the key.',
  },
  'fields.shredded': {
    status: 410,
    clause: '13',
    zh: '该内容（{column}）的密钥已依法销毁，内容无法再读出。',
    en: 'The key of this value ({column}) has been lawfully destroyed; it can no longer be read.',
    remedyZh: '如仍需使用，请由本人重新提供。',
    remedyEn: 'If it is still needed, ask the person concerned for it again.',
  },
  'fields.unreadable': {
    status: 500,
    clause: '13',
    zh: '加密存放的内容（{column}）与其所属位置或密钥不符，可能被改动过，未予读出。',
    en: 'A sealed value ({column}) does not fit its place or key; it may have been changed and is not given out.',
    remedyZh: '请由审计管理员核查该记录，并从备份恢复原值。',
    remedyEn: 'Have the audit administrator look at the record, and restore the value from the backup.',
  },
});
