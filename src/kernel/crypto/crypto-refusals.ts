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
});
