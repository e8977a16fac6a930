import { defineRefusals } from '../refusals.ts';

export const certificateRefusal = defineRefusals({
  'certificate.missing': {
    status: 500,
    clause: '8',
    zh: '没有报告签名证书 {file}，节点不能签发 PDF 报告。',
    en: 'There is no report signing certificate {file}; the node cannot issue PDF reports.',
    remedyZh: '为该密钥申请签名证书，按签名证书、中间证书、根证书的次序存入该文件，再启动。',
    remedyEn:
      'Have a certificate issued for this key; put certificate, intermediates and root, in this order, into that file; then start.',
  },
  'certificate.wrong': {
    status: 500,
    clause: '8',
    zh: '{file} 不是本节点报告签名密钥的证书，或者缺少根证书。',
    en: '{file} is not the certificate of this node’s report signing key, or lacks its root.',
    remedyZh: '请按签名证书、中间证书、根证书的次序放入为该密钥签发的证书。',
    remedyEn: 'Put in the certificate issued for this key, its intermediates and its root, in this order.',
  },
});
