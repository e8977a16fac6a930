import { defineRefusals } from '#kernel';

export const queryRefusal = defineRefusals({
  'query.contract_unknown': {
    status: 422,
    clause: '8',
    zh: '清单中没有目录 {contract}。',
    en: 'There is no dataset {contract} on the lists.',
    remedyZh: '目录编号见 /api/v1/lists。',
    remedyEn: 'See /api/v1/lists for the ids of datasets.',
  },
  'query.token_without_consent': {
    status: 403,
    clause: '8',
    zh: '访问令牌没有写明授权，不能查询或核验。',
    en: 'The access token names no consent; it cannot query or verify.',
    remedyZh: '请以 authorization_details 中的 consent_id 申请令牌后重试。',
    remedyEn: 'Ask for a token with the consent_id in authorization_details and try again.',
  },
  'query.token_of_other_consent': {
    status: 403,
    clause: '8',
    zh: '访问令牌写明的授权与请求中的授权不同。',
    en: 'The access token was issued for another consent than the one in the request.',
    remedyZh: '请用该授权的令牌。',
    remedyEn: 'Use the token of that consent.',
  },
  'query.disclosure_unknown': {
    status: 404,
    clause: '8',
    zh: '本机构没有编号为 {id} 的查询留痕。',
    en: 'There is no disclosure {id} to this institution.',
    remedyZh: '请核对编号；编号以 dsc_ 开头。',
    remedyEn: 'Check the number; it begins with dsc_.',
  },
});
