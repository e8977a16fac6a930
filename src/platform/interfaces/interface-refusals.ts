import { defineRefusals } from '#kernel';

export const interfaceRefusal = defineRefusals({
  'interface.withdrawn': {
    status: 410,
    clause: '1',
    zh: '这个接口已于 {withdrawnOn} 停用。',
    en: 'This interface was withdrawn on {withdrawnOn}.',
    remedyZh: '请改用 {successor}；全部接口及其版本见 /api/v1/interfaces。',
    remedyEn: 'Use {successor}; /api/v1/interfaces lists every interface with its version.',
  },
  'interface.lifecycle_not_valid': {
    status: 422,
    clause: '1',
    zh: '接口登记文件 {file} 不成立：{reason}',
    en: 'The register file {file} does not hold: {reason}',
    remedyZh: '按 models/interfaces/README.md 改正后再启动。',
    remedyEn: 'Correct it as models/interfaces/README.md says and start again.',
  },
});
