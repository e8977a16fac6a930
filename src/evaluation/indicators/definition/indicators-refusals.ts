import { defineRefusals } from '#kernel';

/** What the indicator language says no to. Clause 9: how credit is evaluated. */
export const indicatorsRefusal = defineRefusals({
  'indicators.definition_not_valid': {
    status: 500,
    clause: '9',
    zh: '指标定义 {file} 不成立：{zh}',
    en: 'Indicator definition {file} does not hold: {en}',
    remedyZh: '请按所指位置改正后再启动；写法见 docs/indicators.md。',
    remedyEn: 'Correct it at the place named; docs/indicators.md says how it is written.',
  },
  'indicators.unknown': {
    status: 404,
    clause: '9',
    zh: '没有指标“{indicator}”。',
    en: 'There is no indicator "{indicator}".',
    remedyZh: '用 xinqiao indicators list 查看全部指标。',
    remedyEn: 'xinqiao indicators list names them all.',
  },
  'indicators.not_readable': {
    status: 403,
    clause: '9',
    zh: '指标“{indicator}”要用到的 {contract} 的 {fields} 不在本次许可之内。',
    en: 'Indicator "{indicator}" needs {fields} of {contract}, which this Permit does not include.',
    remedyZh: '请取得企业对这些信息的授权，或只计算许可之内的指标。',
    remedyEn: 'Obtain the consent of the enterprise, or compute the indicators that are permitted.',
  },
  'indicators.outside_range': {
    status: 403,
    clause: '8',
    zh: '指标“{indicator}”要用到授权的数据范围（{from} 至 {to}）以外的记录。',
    en: 'Indicator "{indicator}" looks at records outside the range of data that the consent allows ({from} to {to}).',
    remedyZh: '请申请数据范围覆盖该指标统计期的授权，或改用统计期更短的指标。',
    remedyEn: 'Ask for a consent whose range covers the indicator, or use one that looks back less far.',
  },
  'indicators.followed_needs_consent': {
    status: 403,
    clause: '9',
    zh: '指标“{indicator}”用的是逐户授权才能跟踪的数据 {contract}，不能成批计算。',
    en: 'Indicator "{indicator}" rests on {contract}, followed under one consent at a time; no population has it.',
    remedyZh: '成批计算请只选归集数据上的指标；该指标请按企业的授权逐户计算。',
    remedyEn: 'Compute it for one enterprise under its consent, or leave it out of the run.',
  },
  'indicators.day_in_future': {
    status: 400,
    clause: '9',
    zh: '计算日期 {asOf} 晚于数据截止的 {knownAt}。',
    en: 'The as-of day {asOf} lies after {knownAt}, up to which the data are known.',
    remedyZh: '请给出不晚于数据截止日的日期。',
    remedyEn: 'Give a day not after the one up to which data are known.',
  },
});
