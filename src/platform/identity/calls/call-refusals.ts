import { defineRefusals, type Refusal } from '#kernel';

/** Why a call with a token is not taken: one code per fault, all 401, so that an integrator sees which check failed. */
export const callRefusal = defineRefusals({
  'token.missing': {
    status: 401,
    clause: '13',
    zh: '调用没有带访问令牌。',
    en: 'The call carries no access token.',
    remedyZh: '先在 /oidc/token 取得令牌，放入 Authorization: DPoP 头。',
    remedyEn: 'Get a token at /oidc/token and send it as Authorization: DPoP.',
  },
  'token.wrong_scheme': {
    status: 401,
    clause: '13',
    zh: '令牌要以 DPoP 方式出示，不接受 Bearer。',
    en: 'A token is presented under the DPoP scheme; Bearer is not taken.',
    remedyZh: '改用 Authorization: DPoP，并附 DPoP 证明。',
    remedyEn: 'Send Authorization: DPoP with a DPoP proof.',
  },
  'token.malformed': {
    status: 401,
    clause: '13',
    zh: '访问令牌不是 JWT。',
    en: 'The access token is not a JWT.',
    remedyZh: '原样使用令牌接口返回的 access_token。',
    remedyEn: 'Send access_token exactly as the token endpoint gave it.',
  },
  'token.wrong_type': {
    status: 401,
    clause: '13',
    zh: '出示的不是访问令牌。',
    en: 'What was presented is no access token.',
    remedyZh: '使用令牌接口返回的 access_token，不是其他 JWT。',
    remedyEn: 'Send access_token from the token endpoint and no other JWT.',
  },
  'token.bad_signature': {
    status: 401,
    clause: '13',
    zh: '访问令牌不是本节点签发的。',
    en: 'The access token was not signed by this node.',
    remedyZh: '在本节点重新取得令牌。',
    remedyEn: 'Get a token from this node.',
  },
  'token.wrong_issuer': {
    status: 401,
    clause: '13',
    zh: '访问令牌的签发者不是本节点。',
    en: 'The access token names another issuer.',
    remedyZh: '在本节点重新取得令牌；核对节点的公开地址。',
    remedyEn: 'Get a token from this node under its public address.',
  },
  'token.wrong_audience': {
    status: 401,
    clause: '13',
    zh: '访问令牌不是为本接口签发的。',
    en: 'The access token is for another audience.',
    remedyZh: '取令牌时不要指定其他 resource。',
    remedyEn: 'Ask for the token without another resource.',
  },
  'token.expired': {
    status: 401,
    clause: '13',
    zh: '访问令牌已过期。',
    en: 'The access token has expired.',
    remedyZh: '重新取得令牌；令牌有效 5 分钟。',
    remedyEn: 'Get a new one; a token lives five minutes.',
  },
  'token.unbound': {
    status: 401,
    clause: '13',
    zh: '访问令牌没有绑定密钥。',
    en: 'The access token is bound to no key.',
    remedyZh: '取令牌时附 DPoP 证明。',
    remedyEn: 'Send a DPoP proof when asking for the token.',
  },
  'token.client_disabled': {
    status: 401,
    clause: '13',
    zh: '该接口客户端不存在或已停用。',
    en: 'This client is unknown or disabled.',
    remedyZh: '请联系市级节点或本机构管理员。',
    remedyEn: 'Ask the node or the administrator of your institution.',
  },
  'proof.missing': {
    status: 401,
    clause: '13',
    zh: '调用没有带 DPoP 证明。',
    en: 'The call carries no DPoP proof.',
    remedyZh: '每次调用都要在 DPoP 头附一份新证明。',
    remedyEn: 'Send a fresh proof in the DPoP header of every call.',
  },
  'proof.malformed': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明不完整，或不是 JWT。',
    en: 'The DPoP proof is incomplete or no JWT.',
    remedyZh: '按 RFC 9449 第 4.2 节生成证明。',
    remedyEn: 'Make the proof as RFC 9449, 4.2, says.',
  },
  'proof.wrong_type': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明的 typ 应为 dpop+jwt。',
    en: 'The typ of a DPoP proof is dpop+jwt.',
    remedyZh: '改正证明的头部。',
    remedyEn: 'Correct the header of the proof.',
  },
  'proof.wrong_algorithm': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明的算法或密钥不被接受。',
    en: 'Algorithm or key of the DPoP proof is not accepted.',
    remedyZh: '使用 ES256（P-256）、PS256（2048 至 4096 位）或 EdDSA（Ed25519）。',
    remedyEn: 'Use ES256 (P-256), PS256 (2048 to 4096 bits) or EdDSA (Ed25519).',
  },
  'proof.private_key': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明里带了私钥。',
    en: 'The DPoP proof carries a private key.',
    remedyZh: '证明只放公钥；这把密钥已经泄露，请立即更换。',
    remedyEn: 'Only the public key goes in; that key is now known to others, replace it.',
  },
  'proof.bad_signature': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明的签名不对。',
    en: 'The signature of the DPoP proof does not verify.',
    remedyZh: '用证明里公钥所对应的私钥签名。',
    remedyEn: 'Sign with the private key of the public key in the proof.',
  },
  'proof.wrong_method': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明是为另一种方法生成的。',
    en: 'The DPoP proof is for another method.',
    remedyZh: 'htm 应与请求方法一致。',
    remedyEn: 'htm is the method of the request.',
  },
  'proof.wrong_target': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明是为另一个地址生成的。',
    en: 'The DPoP proof is for another address.',
    remedyZh: 'htu 为节点公开地址加路径，不带查询参数。',
    remedyEn: 'htu is the public address of the node and the path, without query.',
  },
  'proof.stale': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明的时间与节点相差超过 {minutes} 分钟。',
    en: 'The time of the DPoP proof is more than {minutes} minutes from the node’s.',
    remedyZh: '校准时钟，每次调用生成新证明。',
    remedyEn: 'Set the clock and make a fresh proof for every call.',
  },
  'proof.nonce': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明没有带节点给出的 nonce，或 nonce 已失效。',
    en: 'The DPoP proof lacks the node’s nonce, or the nonce has ended.',
    remedyZh: '把应答头 DPoP-Nonce 的值放入证明的 nonce 后重试。',
    remedyEn: 'Put the value of the DPoP-Nonce header into the proof and try again.',
  },
  'proof.wrong_token': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明不是为这个令牌生成的。',
    en: 'The DPoP proof is for another token.',
    remedyZh: 'ath 为令牌的 SHA-256，base64url。',
    remedyEn: 'ath is the SHA-256 of the token in base64url.',
  },
  'proof.wrong_key': {
    status: 401,
    clause: '13',
    zh: 'DPoP 证明不是用令牌所绑定的密钥签的。',
    en: 'The DPoP proof is signed by another key than the token is bound to.',
    remedyZh: '用取令牌时的同一把密钥。',
    remedyEn: 'Use the key with which the token was asked for.',
  },
  'proof.replayed': {
    status: 401,
    clause: '13',
    zh: '这份 DPoP 证明已经用过。',
    en: 'This DPoP proof has been used.',
    remedyZh: '每次调用生成新证明（新的 jti）。',
    remedyEn: 'Make a fresh proof, with a new jti, for every call.',
  },
});

/** Algorithms named to a client that must make a proof (RFC 9449, 7.1). */
const ALGORITHMS = 'algs="ES256 PS256 EdDSA Ed25519"';

/** What a refused call is answered with in `WWW-Authenticate` (RFC 6750, 3.1; RFC 9449, 7.1); undefined for any other refusal. */
export function challengeOf(refusal: Refusal): string | undefined {
  const [subject] = refusal.code.split('.');
  if (subject !== 'token' && subject !== 'proof') return undefined;
  if (refusal.code === 'token.missing') return `DPoP ${ALGORITHMS}`;
  return `DPoP error="${oauthErrorOf(refusal.code)}", error_description="${refusal.code}", ${ALGORITHMS}`;
}

function oauthErrorOf(code: string): string {
  if (code === 'proof.nonce') return 'use_dpop_nonce';
  return code.startsWith('proof.') ? 'invalid_dpop_proof' : 'invalid_token';
}
