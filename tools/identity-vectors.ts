/**
 * Makes docs/identity-vectors.json: `node tools/identity-vectors.ts`. Everything in it is fixed. EdDSA signs the same
 * bytes the same way every time; ES256 does not, so that its string is kept when it is there.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as jose from 'jose';

const FILE = join(import.meta.dirname, '..', 'docs', 'identity-vectors.json');

/** The key of RFC 8037, appendix A.1, and one for P-256: private keys that everyone knows. Never use them. */
const ED25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const;
const P256 = {
  kty: 'EC',
  crv: 'P-256',
  x: '90cXekjD9YrgC9FKeeL5YPqjPX_Hb4KSP0mPkFqn-E8',
  y: 'mN8Zl7_6nt_T9-Yo4oRRsaiuZb95ODi_uAvZ76YG2eE',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X2fCE9-E9LI',
} as const;

const ISSUER = 'https://credit.example.gov.cn/oidc';
const TARGET = 'https://credit.example.gov.cn/api/v1/queries';
const AT = 1_790_000_000;
/** The token of RFC 9449, 7.1, whose hash stands there too. */
const TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const ATH = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo';
/** Of the minute of `at`, under a secret of 32 bytes 0x01. */
const NONCE = '2geK6y4dnYzOBASyO_RaPN2KPsSuM3BzQ1leFCGvcq0';

type Key = typeof ED25519 | typeof P256;

async function sign(key: Key, header: jose.JWTHeaderParameters, claims: jose.JWTPayload): Promise<string> {
  return await new jose.SignJWT(claims)
    .setProtectedHeader(header)
    .sign(await jose.importJWK(key, header.alg));
}

function publicOf(key: Key): jose.JWK {
  const { d: _, ...jwk } = key;
  return jwk;
}

async function makeVectors(kept: string | undefined) {
  const clientKid = await jose.calculateJwkThumbprint(publicOf(ED25519));
  const assertion = {
    header: { alg: 'EdDSA', kid: clientKid },
    claims: {
      iss: 'bank-app',
      sub: 'bank-app',
      aud: ISSUER,
      jti: 'a-0001',
      iat: AT,
      exp: AT + 60,
    },
  };
  const proofHeader = (alg: string, key: Key) => ({ typ: 'dpop+jwt', alg, jwk: publicOf(key) });
  const tokenProof = {
    header: proofHeader('EdDSA', ED25519),
    claims: { jti: 'p-0001', htm: 'POST', htu: `${ISSUER}/token`, iat: AT, nonce: NONCE },
  };
  const callClaims = (jti: string) => ({ jti, htm: 'POST', htu: TARGET, iat: AT, ath: ATH, nonce: NONCE });
  const callProof = { header: proofHeader('EdDSA', ED25519), claims: callClaims('p-0002') };
  const callProofEs256 = { header: proofHeader('ES256', P256), claims: callClaims('p-0003') };
  return {
    at: AT,
    issuer: ISSUER,
    target: { method: 'POST', url: TARGET },
    nonce: NONCE,
    token: TOKEN,
    ath: ATH,
    keys: { ed25519: ED25519, p256: P256 },
    thumbprints: { ed25519: clientKid, p256: await jose.calculateJwkThumbprint(publicOf(P256)) },
    clientAssertion: { ...assertion, jws: await sign(ED25519, assertion.header, assertion.claims) },
    tokenProof: { ...tokenProof, jws: await sign(ED25519, tokenProof.header, tokenProof.claims) },
    callProof: { ...callProof, jws: await sign(ED25519, callProof.header, callProof.claims) },
    callProofEs256: {
      ...callProofEs256,
      jws: kept ?? (await sign(P256, callProofEs256.header, callProofEs256.claims)),
    },
  };
}

const earlier = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as { callProofEs256: { jws: string } }).callProofEs256.jws
  : undefined;
writeFileSync(FILE, `${JSON.stringify(await makeVectors(earlier), undefined, 2)}\n`);
