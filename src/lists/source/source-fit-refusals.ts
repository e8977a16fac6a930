import { defineRefusals } from '#kernel';

export const sourceFitRefusal = defineRefusals({
  'source.contract_misfit': {
    status: 422,
    clause: '1',
    zh: '数据源 {source} 的定义与数据契约不符：{reasons}',
    en: 'The definition of source {source} does not fit its contracts: {reasons}',
    remedyZh: '按数据契约改正定义；要改的是契约时，走契约变更。',
    remedyEn: 'Correct the definition; where the contract is to change, change the contract.',
  },
});
