import assert from 'node:assert/strict';
import { grantConsent, readConsentWords, requestConsent, requireRequest } from '#consent';
import { type EnterpriseId, inTransaction } from '#kernel';
import { proveAdmission, systemCaller } from '#platform';
import { bringProfileIntoForce } from '#rights';
import { bringEvaluationIntoForce } from '../../src/entry/evaluation.ts';
import { openConsent } from '../../src/entry/consent.ts';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { openWindow } from '../../src/entry/window.ts';
import { deliver } from '../support/lists.ts';
import { addEnterprise, addMandate, addParticipants, BANK, callerOf, CODE } from './consent-setting.ts';
import { addPerson, basic, type Ending, openTestApp, openTestClock, type TestClock } from './http-node.ts';
import { NAME, PENALTY_HEAD, penalty } from './objections-setting.ts';

export const BOSS = '赵一';
/** Made up; its last character follows from the others. */
export const NUMBER = '11010519491231002X';
export const SUBSIDY = `统一社会信用代码,企业名称,补贴拨付凭证号,补贴政策名称,补贴种类,补贴到账金额,补贴拨付日期
${CODE},${NAME},P-1,首贷贴息,贷款贴息,100000,2026-05-01
`;

export type WindowSetting = {
  readonly app: App;
  readonly node: Node;
  readonly clock: TestClock;
  readonly context: ReturnType<typeof openWindow>;
  readonly enterpriseId: EnterpriseId;
  readonly bossId: string;
  readonly call: Call;
};
export type Answered = { readonly status: number; readonly body: Body; readonly bytes: Buffer };
export type Body = Readonly<Record<string, unknown>> & {
  readonly error?: { readonly code: string };
  readonly entryId: string;
  readonly digest: string;
  readonly state: string;
  readonly madeId: string | null;
  readonly refusal: string | null;
};
type Call = (
  login: string,
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  payload?: object | Buffer,
) => Promise<Answered>;

/** A node with an enterprise that the register knows, its representative, and three clerks, of whom one is its agent too. */
export async function openWindowSetting(t: Ending): Promise<WindowSetting> {
  const clock = openTestClock();
  // Noon of a Tuesday well clear of holidays.
  clock.advance(Date.parse('2026-06-02T04:00:00Z') - clock.now().getTime());
  const { app, node } = await openTestApp(t, { clock });
  await bringEvaluationIntoForce(node, node.evaluation);
  const head = '统一社会信用代码,企业名称,法定代表人,法定代表人证件号码,成立日期,住所';
  const row = `${CODE},${NAME},${BOSS},${NUMBER},2015-06-01,北京市海淀区甲路1号`;
  const enterpriseId = await inTransaction(node.database, async (tx) => {
    await addParticipants(tx);
    const own = await addEnterprise(tx, { code: CODE, name: NAME, accountId: 'acc_a' });
    return own.enterpriseId ?? assert.fail('a signatory is of an enterprise');
  });
  for (const [contract, content] of [
    ['n01_registration', `${head}\n${row}\n`],
    ['n08_penalty', PENALTY_HEAD + penalty('甲1') + penalty('甲2')],
    ['b24_subsidy', SUBSIDY],
  ] as const) {
    const { state, defects } = await deliver(node.lists, { contract, content });
    assert.equal(state, 'published', JSON.stringify(defects));
  }
  const bossId = await addPeople(node, enterpriseId);
  const context = openWindow(node);
  const caller = systemCaller('test');
  await inTransaction(node.database, (tx) => bringProfileIntoForce(tx, context, { caller }));
  return { app, node, clock, context, enterpriseId, bossId, call: callOf(app) };
}

async function addPeople(node: Node, enterpriseId: EnterpriseId): Promise<string> {
  const person = (login: string, zh: string, mandate: { capacity: string; scope: string[] }) =>
    addPerson(node, { login, kind: 'enterprise', enterpriseId, label: { zh, en: zh } }).then(
      async (accountId) => {
        await inTransaction(node.database, (tx) => addMandate(tx, { enterpriseId, accountId, ...mandate }));
        return accountId;
      },
    );
  await person('agent', '孙三', { capacity: 'agent', scope: ['object'] });
  for (const [login, zh] of [
    ['clerk1', '周甲'],
    ['clerk2', '吴乙'],
    ['clerk3', '孙三'],
  ] as const)
    await addPerson(node, { login, kind: 'operator', roles: ['window_clerk'], label: { zh, en: zh } });
  await addPerson(node, { login: 'data', kind: 'operator', roles: ['data_admin'] });
  return await person('boss', BOSS, { capacity: 'legal_representative', scope: [] });
}

function callOf(app: App): Call {
  return async (login, method, url, payload) => {
    const answer = await app.inject({
      method,
      url,
      headers: {
        authorization: basic(login),
        ...(Buffer.isBuffer(payload) && { 'content-type': 'application/octet-stream' }),
      },
      ...(payload !== undefined && { payload }),
    });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return {
      status: answer.statusCode,
      body: isJson ? answer.json<Body>() : ({} as Body),
      bytes: answer.rawPayload,
    };
  };
}

/** Hands a scan in; its digest. */
export async function scan({ call }: WindowSetting, bytes: Buffer, login = 'clerk1'): Promise<string> {
  const { status, body } = await call(login, 'PUT', `/api/v1/window/scans?enterprise=${CODE}`, bytes);
  assert.equal(status, 200, JSON.stringify(body));
  return body.digest;
}

export type Entering = {
  readonly act: string;
  readonly asked: object;
  readonly scan: string;
  readonly login?: string;
  readonly person?: object;
  readonly capacity?: string;
  readonly mandate?: string;
};

export async function enter({ call }: WindowSetting, entering: Entering): Promise<Answered> {
  const { act, asked, login = 'clerk1', capacity = 'legal_representative', person, ...rest } = entering;
  const present = { document: 'resident_id', name: BOSS, number: NUMBER, ...person };
  const matter = { act, asked };
  const body = { enterprise: CODE, person: present, capacity, ...rest, matter };
  return await call(login, 'POST', '/api/v1/window/entries', body);
}

export async function check({ call }: WindowSetting, entry: Body, login = 'clerk2'): Promise<Answered> {
  const { digest, entryId } = entry;
  return await call(login, 'POST', `/api/v1/window/entries/${entryId}/check`, { digest });
}

export async function reject({ call }: WindowSetting, entry: Body, login = 'clerk2'): Promise<Answered> {
  const reason = 'not_as_signed';
  return await call(login, 'POST', `/api/v1/window/entries/${entry.entryId}/reject`, { reason });
}

export async function recordOf({ node }: WindowSetting, decision: string): Promise<string> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ record: string }>(
      `select delivery_id || ':' || row_no as record from lists.n08_penalty_v1 join lists.deliveries using (delivery_no)
       where decision_no = $1 and known_to = 'infinity'`,
      [decision],
    ),
  );
  return row?.record ?? assert.fail(`no penalty ${decision}`);
}

/** Kinds of live marks on the enterprise's penalties. */
export async function marks({ node, enterpriseId }: WindowSetting): Promise<string[]> {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ mark: string }>(
      `select mark from lists.marks where enterprise_id = $1 and known_to = 'infinity' and valid_to = 'infinity'`,
      [enterpriseId],
    ),
  );
  return rows.map(({ mark }) => mark);
}

/** A consent that the representative gave to the bank. */
export async function giveConsent({ node, enterpriseId, bossId }: WindowSetting): Promise<string> {
  const consents = openConsent(node);
  const roles = ['legal_representative'];
  const boss = callerOf({ id: bossId, kind: 'enterprise', roles, enterpriseId });
  const validTo = new Date(node.clock.now().getTime() + 60 * 86_400_000).toISOString().slice(0, 10);
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'b24_subsidy' }],
    fetch: 'periodic',
    frequency: { count: 3, unit: 'month' },
    dataFrom: '2025-09-01',
    validTo,
    dataLife: { count: 6, unit: 'month' },
  });
  return await inTransaction(node.database, async (tx) => {
    const admission = await proveAdmission(tx, node.clock, BANK, { operator: 'op-1' });
    const { consentId } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    const { digest } = await readConsentWords(tx, consents, { caller: boss, consent: consentId });
    await grantConsent(tx, consents, { caller: boss, consent: consentId, digest });
    return consentId;
  });
}

export async function stateOfConsent({ node }: WindowSetting, consentId: string): Promise<string> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ state: string }>(
      `select state from consent.states where consent_id = $1 and known_to = 'infinity'`,
      [consentId],
    ),
  );
  return row?.state ?? assert.fail('no such consent');
}
