/**
 * A bank's program against a node, on openid-client alone:
 *
 *   node examples/bank-client/main.ts [.data/demonstration-client.json] [bank|platform]
 *
 * It asks an enterprise for its consent, shows the link that the enterprise opens on its own phone, waits for the
 * answer, gets a token for that consent, asks one question and prints what each dataset answered.
 * The file is written by `npm start`; a real bank makes its key itself and hands in the public half.
 */
import { randomUUID, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as oauth from 'openid-client';

type Client = { clientId: string; participantId: string; privateKey: webcrypto.JsonWebKey };
type Demonstration = {
  issuer: string;
  api: string;
  enterprise: { code: string; name: string } | null;
  bank: Client;
  platform: Client;
};

const [path = '.data/demonstration-client.json', as = 'bank'] = process.argv.slice(2);
const demonstration = JSON.parse(readFileSync(path, 'utf8')) as Demonstration;
const client = as === 'platform' ? demonstration.platform : demonstration.bank;
if (demonstration.enterprise === null) throw new Error('the node has no enterprise yet');
const { code } = demonstration.enterprise;

// 1. Who we are: private_key_jwt. Tokens are bound to a key of this run (DPoP), which never leaves it.
const key = await crypto.subtle.importKey(
  'jwk',
  client.privateKey,
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign'],
);
const isLocal = new URL(demonstration.issuer).protocol === 'http:';
const config = await oauth.discovery(
  new URL(demonstration.issuer),
  client.clientId,
  undefined,
  oauth.PrivateKeyJwt(key),
  isLocal ? { execute: [oauth.allowInsecureRequests] } : {}, // a city's node is behind TLS; the demonstration is not
);
const dpop = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair('ES256'));

// 2. A token without a consent may ask for one.
const own = await getToken();
const consent = await call<{ consentId: string; link: string; words: { zh: string }[] }>(
  own,
  'POST',
  '/api/v1/consents',
  {
    enterprise: code,
    purpose: 'loan_origination',
    contracts: [{ id: 'n01_registration' }, { id: 'n08_penalty' }, { id: 'n12_taxpayer_a' }],
    fetch: 'once',
    dataFrom: day(-365),
    validTo: day(30),
    dataLife: { count: 6, unit: 'month' },
    ...(as === 'platform' ? { institution: demonstration.bank.participantId } : {}),
  },
);
console.log(`\n请企业在自己的手机上打开 open on the enterprise’s phone:\n  ${consent.link}\n`);
for (const [at, { zh }] of consent.words.entries()) console.log(`  ${at + 1}. ${zh}`);

// 3. The enterprise answers on its own; we look now and then.
const state = await waitForAnswer(consent.consentId);
console.log(`\n授权 consent ${consent.consentId}: ${state}`);
if (state !== 'active') process.exit(2);

// 4. A token for this consent and nothing else; then the question. The same key within a day is the same answer.
const token = await getToken(consent.consentId);
const answer = await call<Answer>(token, 'POST', '/api/v1/queries', {
  enterprise: code,
  consentId: consent.consentId,
  purpose: 'loan_origination',
  contracts: ['n01_registration', 'n08_penalty', 'n12_taxpayer_a'],
  application: 'LN-2026-000123',
  operator: 'example',
  ...(as === 'platform' ? { institution: demonstration.bank.participantId } : {}),
});
console.log(`\n${answer.enterprise.name}  ${answer.disclosureId}`);
for (const { contract, name, outcome, totalRecords } of answer.datasets)
  console.log(`  ${contract.padEnd(20)} ${outcome.padEnd(16)} ${totalRecords}  ${name}`);

type Answer = {
  disclosureId: string;
  enterprise: { name: string };
  datasets: { contract: string; name: string; outcome: string; totalRecords: number }[];
};

async function getToken(consentId?: string): Promise<string> {
  const details = [{ type: 'credit_information', consent_id: consentId }];
  const parameters = consentId === undefined ? {} : { authorization_details: JSON.stringify(details) };
  const { access_token } = await oauth.clientCredentialsGrant(config, parameters, { DPoP: dpop });
  return access_token;
}

/** Each call carries a fresh proof; a nonce that has ended is renewed by the library. */
async function call<Body>(token: string, method: string, target: string, body?: object): Promise<Body> {
  const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': randomUUID() });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const url = new URL(target, demonstration.api);
  const response = await oauth.fetchProtectedResource(config, token, url, method, text, headers, {
    DPoP: dpop,
  });
  const content = (await response.json()) as Body & {
    error?: { code: string; message: { zh: string }; remedy: { zh: string } };
  };
  if (response.ok) return content;
  const { error } = content;
  console.error(`${response.status} ${error?.code}: ${error?.message.zh}${error?.remedy.zh}`);
  process.exit(1);
}

async function waitForAnswer(consentId: string): Promise<string> {
  const until = Date.now() + 10 * 60_000;
  let held = { token: await getToken(), until: Date.now() + 4 * 60_000 };
  while (Date.now() < until) {
    if (Date.now() > held.until) held = { token: await getToken(), until: Date.now() + 4 * 60_000 };
    const { state } = await call<{ state: string }>(held.token, 'GET', `/api/v1/consents/${consentId}`);
    if (state !== 'pending') return state;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  return 'pending';
}

function day(offset: number): string {
  return new Date(Date.now() + 8 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10);
}
