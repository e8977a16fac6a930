import { defineRefusals } from '#kernel';

/** What the weighing of criteria says no to. Clause 9: how credit is evaluated. */
export const weightsRefusal = defineRefusals({
  'weights.wrong_file': {
    status: 400,
    clause: '9',
    zh: '权重文件 {where} 处不对：{reason}',
    en: 'The file of weights is wrong at {where}: {reason}',
    remedyZh: '文件的写法见 docs/index-system.md。',
    remedyEn: 'docs/index-system.md shows what such a file holds.',
  },
  'weights.inconsistent': {
    status: 422,
    clause: '9',
    zh: '{whose}的判断不一致：一致性比率 {ratio}，上限 {limit}（随机指标表 {table}）。矛盾最大的是“{one}”“{two}”“{three}”：直接判断前者是后者的 {direct} 倍，经中间一项推得 {through} 倍。',
    en: 'The judgements of {whose} contradict each other: consistency ratio {ratio}, at most {limit} (random index {table}). Worst are {one}, {two}, {three}: {one} over {three} is {direct} when asked, {through} by way of {two}.',
    remedyZh: '请该专家重新考虑这三项之间的判断，不要由他人代改。',
    remedyEn: 'Ask that expert to think these three over again; nobody else should change them.',
  },
  'weights.no_spread': {
    status: 422,
    clause: '9',
    zh: '各列的值都不变，数据不含可用于定权的差异。',
    en: 'No column varies; the data hold nothing to weigh by.',
    remedyZh: '请换用样本更多或口径更细的数据，或改用层次分析法。',
    remedyEn: 'Take more or finer data, or weigh by judgement (AHP).',
  },
});
