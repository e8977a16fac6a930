import { defineRefusals } from '#kernel';

export const sizeClassRefusal = defineRefusals({
  'register.size_standard_not_valid': {
    status: 500,
    clause: '5',
    zh: '企业划型标准文件 {file} 不成立：{reasons}',
    en: 'Size standard {file} does not hold: {reasons}',
    remedyZh: '按所列理由改正 models/size-classes 下的文件。',
    remedyEn: 'Correct the file under models/size-classes as listed.',
  },
});
