import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as oauth from 'openid-client';
import { inTransaction } from '#kernel';
import type { Node } from '../../src/entry/node.ts';
import { deliver } from '../support/lists.ts';
import { type BankClient, freePort, getToken, openBank, registerBank } from '../support/oidc-client.ts';
import { addPeople, CODE, OTHER_CODE, requestOf } from './consent-setting.ts';
import { basic, type Ending, openTestApp, openTestClock } from './http-node.ts';

const NAMES = { [CODE]: '北京甲科技有限公司', [OTHER_CODE]: '北京乙商贸有限公司' };
const SIGNATORIES: Readonly<Record<string, string>> = {
  [CODE]: 'enterprise-a',
  [OTHER_CODE]: 'enterprise-b',
};

/** A line of an answer as it comes over the wire. */
export type AnswerLine = {
  readonly ref: string;
  readonly isRepeated?: boolean;
  readonly answer?: { readonly disclosureId: string; readonly enterprise: { readonly code: string } };
  readonly refusal?: { readonly code: string; readonly message: { readonly zh: string } };
};

/** A node that listens, with two banks’ clients, two enterprises and what a department delivered of them. */
export async function openBatchSetting(t: Ending) {
  const clock = openTestClock();
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const { app, node } = await openTestApp(t, { clock, publicUrl });
  await addPeople(node);
  await app.listen({ host: '127.0.0.1', port });
  const client = async (clientId: string, participantId: string): Promise<BankClient> =>
    await openBank(`${publicUrl}/oidc`, await registerBank(node, { clientId, participantId }));
  await deliverSubsidies(node);
  const bank = await client('bank-app', 'bank');
  const otherBank = await client('other-bank-app', 'other-bank');
  return { app, node, clock, publicUrl, bank, otherBank };
}
export type BatchSetting = Awaited<ReturnType<typeof openBatchSetting>>;

async function deliverSubsidies(node: Node): Promise<void> {
  const head = '统一社会信用代码,企业名称,补贴拨付凭证号,补贴政策名称,补贴种类,补贴到账金额,补贴拨付日期';
  const rows = Object.entries(NAMES).map(
    ([code, name]) => `${code},${name},P-1,首贷贴息,贷款贴息,250000,2026-08-01`,
  );
  const receipt = await deliver(node.lists, {
    contract: 'b24_subsidy',
    content: `${head}\n${rows.join('\n')}\n`,
  });
  assert.equal(receipt.quarantined, 0, JSON.stringify(receipt.defects));
}

/** A consent that the enterprise gave to the bank over the interface. */
export async function givenConsent(
  { app, clock }: BatchSetting,
  enterprise = CODE,
  over: object = {},
): Promise<string> {
  const post = async (url: string, login: string, payload: object) => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { authorization: basic(login) },
      payload,
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json<{ consentId: string; digest: string }>();
  };
  const asked = {
    ...requestOf(clock),
    contracts: [{ id: 'b24_subsidy' }],
    frequency: { count: 30, unit: 'month' },
  };
  const { consentId, digest } = await post('/api/v1/consents', 'inquirer', {
    ...asked,
    enterprise,
    operator: '张三',
    ...over,
  });
  await post(`/api/v1/consents/${consentId}/grant`, SIGNATORIES[enterprise] ?? '', { digest });
  return consentId;
}

export async function revoke({ app }: BatchSetting, consentId: string): Promise<void> {
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/consents/${consentId}/revoke`,
    headers: { authorization: basic('enterprise-a') },
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

export function lineOf(consentId: string, over: object = {}) {
  return {
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    contracts: ['b24_subsidy'],
    application: 'LN-1',
    operator: '客户经理 7',
    ...over,
  };
}

export function batchLineOf(consentId: string, over: object = {}) {
  return { idempotencyKey: randomUUID(), ...lineOf(consentId, over) };
}

export const ndjson = (lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** One token for all of these consents. */
export async function tokenFor({ config, dpop }: BankClient, consentIds: readonly string[]): Promise<string> {
  const details = consentIds.map((id) => ({ type: 'credit_information', consent_id: id }));
  const asked = { authorization_details: JSON.stringify(details) };
  return (await oauth.clientCredentialsGrant(config, asked, { DPoP: dpop })).access_token;
}

export async function sendBatch(
  { publicUrl }: BatchSetting,
  { config, dpop }: BankClient,
  { token, body }: { token: string; body: string },
): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/x-ndjson' });
  const url = new URL(`${publicUrl}/api/v1/query-batches`);
  return await oauth.fetchProtectedResource(config, token, url, 'POST', body, headers, { DPoP: dpop });
}

export async function linesOf(answer: Response): Promise<AnswerLine[]> {
  assert.equal(answer.status, 200, await answer.clone().text());
  const text = await answer.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AnswerLine);
}

/** Hands in a file by the client's own right; answers as HTTP does. */
export async function handIn(
  { publicUrl }: BatchSetting,
  bank: BankClient,
  {
    body,
    key = randomUUID(),
    token,
  }: { body: string | Uint8Array<ArrayBuffer>; key?: string; token?: string },
): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/octet-stream', 'idempotency-key': key });
  const url = new URL(`${publicUrl}/api/v1/query-files`);
  const bearer = token ?? (await getToken(bank));
  const { config, dpop } = bank;
  return await oauth.fetchProtectedResource(config, bearer, url, 'PUT', body, headers, { DPoP: dpop });
}

export async function handedIn(
  setting: BatchSetting,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ fileId: string; lines: number; state: string; dueAt: string }> {
  const answer = await handIn(setting, setting.bank, { body });
  assert.equal(answer.status, 202, await answer.clone().text());
  return (await answer.json()) as { fileId: string; lines: number; state: string; dueAt: string };
}

export async function fetchFile(
  { publicUrl }: BatchSetting,
  bank: BankClient,
  fileId: string,
): Promise<Response> {
  const url = new URL(`${publicUrl}/api/v1/query-files/${fileId}`);
  const { config, dpop } = bank;
  const token = await getToken(bank);
  return await oauth.fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP: dpop });
}

/** What was on record already; what is there besides is of the test at hand. */
export type Mark = { readonly disclosures: readonly string[]; readonly receipts: readonly string[] };

export async function markOf({ node }: Pick<BatchSetting, 'node'>): Promise<Mark> {
  const [mark] = await inTransaction(node.database, (tx) =>
    tx.rows<Mark>(
      `select array(select disclosure_id from security.disclosures) as disclosures,
         array(select receipt_id from security.receipts) as receipts`,
    ),
  );
  assert(mark !== undefined);
  return mark;
}

/** Ids of answers on record since, sorted. */
export async function disclosuresSince({ node }: BatchSetting, { disclosures }: Mark): Promise<string[]> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ id: string }>(
      `select disclosure_id as id from security.disclosures where kind = 'answer' and disclosure_id <> all($1)`,
      [disclosures],
    ),
  );
  return rows.map(({ id }) => id).sort();
}

/** Codes of refusals on record since, sorted. */
export async function refusalsSince({ node }: BatchSetting, { receipts }: Mark): Promise<string[]> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ body: string }>(
      `select b.body::text as body from security.leaf_bodies b join security.receipts r using (receipt_id)
       where r.kind = 'refusal' and r.receipt_id <> all($1)`,
      [receipts],
    ),
  );
  return rows.map(({ body }) => /"code":\s?"([a-z_.]+)"/.exec(body)?.[1] ?? body).sort();
}
