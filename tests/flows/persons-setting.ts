import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { grantConsent, readConsentWords, requestConsent, requireRequest } from '#consent';
import { type QueryAnswer, runQuery } from '#information';
import { inTransaction } from '#kernel';
import { proveAdmission } from '#platform';
import { followMentions, followPersonRequests, type PersonsContext } from '#rights';
import { openConsent } from '../../src/entry/consent.ts';
import { openPersons } from '../../src/entry/persons.ts';
import { deliver } from '../support/lists.ts';
import { BANK, callerOf, CODE, OTHER_CODE } from './consent-setting.ts';
import { addPerson, basic, type Ending } from './http-node.ts';
import { NAME, type ObjectionSetting, openObjectionSetting } from './objections-setting.ts';

export const ZHAO = { name: '赵一诺', number: '110101198001010010' };
export const QIAN = { name: '钱二', number: '110105197902030028' };
const SCAN = 'ab'.repeat(32);

type Reply<Body> = { readonly status: number; readonly body: Body };
export type Refused = { readonly error: { readonly code: string } };

export type PersonsSetting = ObjectionSetting & {
  readonly persons: PersonsContext;
  readonly call: <Body = Refused>(
    login: string,
    method: 'GET' | 'POST',
    path: string,
    payload?: object,
  ) => Promise<Reply<Body>>;
};

/** Two enterprises of which one person represents the first, is shareholder of the second and contact of the first. */
export async function openPersonsSetting(t: Ending): Promise<PersonsSetting> {
  const setting = await openObjectionSetting(t);
  const { app, node } = setting;
  for (const login of ['zhao', 'qian']) await addPerson(node, { login, kind: 'reader' });
  await deliver(node.lists, {
    contract: 'n01_registration',
    content:
      '统一社会信用代码,企业名称,成立日期,住所,法定代表人,法定代表人证件号码\n' +
      `${CODE},${NAME},2015-06-01,北京市海淀区甲路1号,${ZHAO.name},${ZHAO.number}\n` +
      `${OTHER_CODE},北京乙商贸有限公司,2016-06-01,北京市海淀区乙路1号,${QIAN.name},${QIAN.number}\n`,
  });
  await deliver(node.lists, {
    contract: 'n03_shareholders',
    content: `统一社会信用代码,企业名称,股东名称,股东类型,股东证件号码\n${OTHER_CODE},北京乙商贸有限公司,${ZHAO.name},自然人股东,${ZHAO.number}\n`,
  });
  await deliver(node.lists, {
    contract: 'v01_contact',
    content: `统一社会信用代码,企业名称,联系人职责,联系人姓名,联系人手机号,联系人证件号码,核对身份证件,核对日期\n${CODE},${NAME},主要联系人,${ZHAO.name},13812345678,${ZHAO.number},是,2026-05-01\n`,
  });
  const persons = openPersons(node);
  return {
    ...setting,
    persons,
    call: async (login, method, path, payload) => {
      const headers = { authorization: basic(login) };
      const answer = await app.inject({
        method,
        url: `/api/v1${path}`,
        headers,
        ...(payload && { payload }),
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

export async function bind(
  { call }: PersonsSetting,
  login: string,
  identity: { name: string; number: string },
): Promise<string> {
  const entered = await call<{ personId: string }>('data', 'POST', '/rights/persons', {
    login,
    ...identity,
    documentDigest: SCAN,
  });
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  const { personId } = entered.body;
  const confirmed = await call('data2', 'POST', `/rights/persons/${personId}/confirmation`);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  return personId;
}

export async function follow({ persons }: PersonsSetting) {
  const found = await followMentions(persons);
  return { ...found, ...(await followPersonRequests(persons)) };
}

/** The enterprise's consent for the bank to see the contact. */
export async function consentOfEnterprise({ node, enterpriseId }: PersonsSetting): Promise<string> {
  const consents = openConsent(node);
  const day = (days: number): string =>
    new Date(node.clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const fields = node.lists.catalogue.contracts
    .get('v01_contact')
    ?.fields.filter(({ disclosure }) => disclosure === 'authorised')
    .map(({ name }) => name);
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'v01_contact', fields }],
    fetch: 'periodic',
    frequency: { count: 5, unit: 'month' },
    dataFrom: day(-300),
    validTo: day(60),
    dataLife: { count: 6, unit: 'month' },
  });
  return await inTransaction(node.database, async (tx) => {
    const [account] = await tx.rows<{ id: string }>(
      `select account_id as id from platform.accounts where login = 'representative'`,
    );
    const owner = callerOf({
      id: account?.id ?? assert.fail(),
      kind: 'enterprise',
      roles: ['legal_representative'],
      enterpriseId,
    });
    const admission = await proveAdmission(tx, node.clock, BANK, { operator: 'op-1' });
    const { consentId } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    const { digest } = await readConsentWords(tx, consents, { caller: owner, consent: consentId });
    await grantConsent(tx, consents, { caller: owner, consent: consentId, digest });
    return consentId;
  });
}

/** What the bank sees of the contact. */
export async function askContact({ node }: PersonsSetting, consentId: string) {
  const { answer } = await runQuery(node, {
    caller: BANK,
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    contracts: ['v01_contact'],
    application: 'LN-1',
    operator: '客户经理 7',
    idempotencyKey: randomUUID(),
  });
  const { datasets, disclosureId } = JSON.parse(answer) as QueryAnswer;
  const values = datasets[0]?.records[0]?.values ?? assert.fail(answer);
  return { values, disclosureId };
}
