import { defineRefusals } from '#kernel';

export const idempotencyRefusal = defineRefusals({
  'idempotency.key_missing': {
    status: 400,
    clause: '13',
    zh: '这个接口要求请求头 Idempotency-Key。',
    en: 'This interface asks for the header Idempotency-Key.',
    remedyZh: '为每项业务生成一个随机值（如 UUID）；同一项业务重发时用同一个值。',
    remedyEn:
      'Make one random value (such as a UUID) per piece of business and send it again with each retry.',
  },
  'idempotency.key_malformed': {
    status: 400,
    clause: '13',
    zh: 'Idempotency-Key 应为 {charactersMin} 至 {charactersMax} 个可见的 ASCII 字符。',
    en: 'Idempotency-Key takes {charactersMin} to {charactersMax} visible ASCII characters.',
    remedyZh: '请用随机值，如 UUID；不要用申请编号等可以猜到的值。',
    remedyEn: 'Use a random value such as a UUID, not one that can be guessed such as an application number.',
  },
  'idempotency.other_request': {
    status: 422,
    clause: '13',
    zh: '这个 Idempotency-Key 在 24 小时内已用于另一项请求。',
    en: 'Within 24 hours this Idempotency-Key was used for another request.',
    remedyZh: '新的请求请用新的值；重发请保持请求内容一字不变。',
    remedyEn: 'Use a new value for a new request; a retry must repeat the request unchanged.',
  },
  'idempotency.in_progress': {
    status: 409,
    clause: '13',
    zh: '使用同一 Idempotency-Key 的请求正在办理。',
    en: 'A request with the same Idempotency-Key is being worked on.',
    remedyZh: '请在 {seconds} 秒后用同一个值重发，即可得到结果。',
    remedyEn: 'Send it again with the same value in {seconds} seconds to get its answer.',
  },
});
