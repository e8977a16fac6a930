import { defineRefusals } from '#kernel';

export const rateRefusal = defineRefusals({
  'request.over_share': {
    status: 429,
    clause: '1',
    zh: '本分钟有 {parties} 家机构在调用，接口容量紧张，各家均等使用；本机构的 {share} 次已用完。',
    en: '{parties} institutions are calling in this minute and capacity is short, so that shares are equal; the {share} calls of this institution are used.',
    remedyZh: '请按 Retry-After 所示，{seconds} 秒后再试。',
    remedyEn: 'Try again after {seconds} s, as Retry-After says.',
  },
});
