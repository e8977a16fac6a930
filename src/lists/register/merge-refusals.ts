import { defineRefusals } from '#kernel';

export const mergeRefusal = defineRefusals({
  'register.merge_unknown': {
    status: 404,
    clause: '5',
    zh: '主体登记册里没有代码 {code}。',
    en: 'The register has no code {code}.',
    remedyZh: '用 xinqiao register search 核对代码。',
    remedyEn: 'Check the code with xinqiao register search.',
  },
  'register.merge_same': {
    status: 422,
    clause: '5',
    zh: '两个代码已经属于同一户。',
    en: 'Both codes belong to one entry of the register already.',
    remedyZh: '不需要合并。',
    remedyEn: 'There is nothing to merge.',
  },
  'register.merge_chain': {
    status: 409,
    clause: '5',
    zh: '其中一户已经并入别户，或者已有别户并入要合并的这一户。',
    en: 'One of them is merged into another already, or others are merged into the one to be merged.',
    remedyZh: '先用 xinqiao register unmerge 解除原来的合并，再直接并入最终保留的一户。',
    remedyEn: 'End that merge first (xinqiao register unmerge), then merge straight into the one that stays.',
  },
  'register.merge_other_open': {
    status: 409,
    clause: '5',
    zh: '{code} 已有人提出并入另一户，还没有复核。',
    en: 'Somebody has proposed to merge {code} into another one, which is not decided yet.',
    remedyZh: '用 xinqiao register merges 查看，由另一位数据管理员复核。',
    remedyEn: 'See xinqiao register merges; another data administrator decides it.',
  },
  'register.not_merged': {
    status: 409,
    clause: '5',
    zh: '{code} 没有并入任何一户。',
    en: '{code} is not merged into another one.',
    remedyZh: '用 xinqiao register merges 查看现有的合并。',
    remedyEn: 'xinqiao register merges shows those in force.',
  },
});
