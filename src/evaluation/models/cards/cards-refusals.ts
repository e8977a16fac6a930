import { defineRefusals } from '#kernel';

/** What cards in the life of models say no to. Clause 9: 创新信用评价服务机制. */
export const cardsRefusal = defineRefusals({
  'cards.plan_unknown': {
    status: 404,
    clause: '9',
    zh: '没有名为 {plan} 的建卡方案。',
    en: 'There is no plan {plan} of a card.',
    remedyZh: '方案在 models/cards，城市的在其定义文件夹的 cards。',
    remedyEn: "Plans are in models/cards, a city's in cards of its folder.",
  },
  'cards.plan_not_valid': {
    status: 422,
    clause: '9',
    zh: '建卡方案 {file} 的 {where} 处不对：{reason}',
    en: 'Plan {file} is wrong at {where}: {reason}',
    remedyZh: '可用的项见 docs/laboratory.md。',
    remedyEn: 'docs/laboratory.md lists what a plan may hold.',
  },
  'cards.time_wrong': {
    status: 400,
    clause: '9',
    zh: '时间“{time}”不能用。',
    en: 'Time "{time}" cannot be used.',
    remedyZh: '决定日写作 2025-01-31，时点写作 2026-11-01T00:00:00Z，且不晚于现在。',
    remedyEn: 'Write days like 2025-01-31 and an instant like 2026-11-01T00:00:00Z, not in the future.',
  },
  'cards.too_few_cases': {
    status: 409,
    clause: '9',
    zh: '结果已知的贷款太少，不能建卡：建卡部分好 {fitGoods}、坏 {fitBads}，留出部分好 {holdoutGoods}、坏 {holdoutBads}。',
    en: 'Too few loans with a known outcome: {fitGoods} good and {fitBads} bad to fit, {holdoutGoods} good and {holdoutBads} bad held out.',
    remedyZh: '两部分都要有好有坏；请等更多贷款满观察期，或减少留出月数。',
    remedyEn: 'Both parts need good and bad; wait for more loans to ripen, or hold out fewer months.',
  },
  'cards.wrong_kind': {
    status: 409,
    clause: '9',
    zh: '模型 {model} 是{kind}，不能这样用。',
    en: 'Model {model} is of kind {kindEn} and cannot be used so.',
    remedyZh: '评分卡用 xinqiao evaluate card run，指标体系用 xinqiao evaluate run。',
    remedyEn: 'Cards run by xinqiao evaluate card run, index systems by xinqiao evaluate run.',
  },
  'cards.no_full_run': {
    status: 409,
    clause: '9',
    zh: '还没有完成过全覆盖评价，评分卡没有可以并行的企业。',
    en: 'No full run is finished yet, so that a card has no enterprises to run beside.',
    remedyZh: '请先运行 xinqiao evaluate run。',
    remedyEn: 'First xinqiao evaluate run.',
  },
});
