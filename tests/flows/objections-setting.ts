import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { bringProfileIntoForce } from '#rights';
import { systemCaller } from '#platform';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { openObjections } from '../../src/entry/objections.ts';
import { deliver } from '../support/lists.ts';
import { addEnterprise, addMandate, addParticipants, CODE, OTHER_CODE } from './consent-setting.ts';
import {
  addOperator,
  addPerson,
  addProvider,
  basic,
  type Ending,
  openTestApp,
  openTestClock,
  type TestClock,
} from './http-node.ts';

export const NAME = '北京甲科技有限公司';
export const PENALTY_HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';

export function penalty(decision: string, fineWan = 3): string {
  return `${CODE},${NAME},${decision},未按期年报,罚款,${fineWan}万元,2026-03-01,2027-03-01\n`;
}

export type ObjectionSetting = {
  readonly app: App;
  readonly node: Node;
  readonly clock: TestClock;
  readonly enterpriseId: EnterpriseId;
  readonly context: ReturnType<typeof openObjections>;
  readonly providerOf: (contract: string) => string;
};

/** A node with an enterprise that has five penalties, its people, two operators, and two persons of the department. */
export async function openObjectionSetting(t: Ending): Promise<ObjectionSetting> {
  const clock = openTestClock();
  // Noon of a working day well clear of holidays.
  clock.advance(Date.parse('2026-06-02T04:00:00Z') - clock.now().getTime());
  const { app, node } = await openTestApp(t, { clock });
  const enterpriseId = await inTransaction(node.database, async (tx) => {
    await addParticipants(tx);
    const own = await addEnterprise(tx, { code: CODE, name: NAME, accountId: 'acc_a' });
    return own.enterpriseId ?? assert.fail('a signatory is of an enterprise');
  });
  const content = `统一社会信用代码,企业名称,成立日期,住所\n${CODE},${NAME},2015-06-01,北京市海淀区甲路1号\n`;
  await deliver(node.lists, { contract: 'n01_registration', content });
  await deliverPenalties(
    node,
    ['甲1', '甲2', '甲3', '甲4', '甲5'].map((one) => penalty(one)),
  );
  const providerOf = (contract: string): string =>
    node.lists.catalogue.contracts.get(contract)?.provider ?? assert.fail(`no ${contract}`);
  await addAccounts(node, enterpriseId, providerOf);
  const context = openObjections(node);
  const caller = systemCaller('test');
  await inTransaction(node.database, (tx) => bringProfileIntoForce(tx, context, { caller }));
  return { app, node, clock, enterpriseId, context, providerOf };
}

export async function deliverPenalties(node: Node, rows: readonly string[]): Promise<void> {
  await deliver(node.lists, { contract: 'n08_penalty', content: PENALTY_HEAD + rows.join('') });
}

async function addAccounts(
  node: Node,
  enterpriseId: EnterpriseId,
  providerOf: (contract: string) => string,
): Promise<void> {
  const member = async (login: string, of: EnterpriseId, mandate: { capacity: string; scope: string[] }) => {
    const accountId = await addPerson(node, { login, kind: 'enterprise', enterpriseId: of });
    await inTransaction(node.database, (tx) => addMandate(tx, { enterpriseId: of, accountId, ...mandate }));
  };
  const representative = { capacity: 'legal_representative', scope: [] };
  await member('representative', enterpriseId, representative);
  await member('agent', enterpriseId, { capacity: 'agent', scope: ['object'] });
  await member('agent2', enterpriseId, { capacity: 'agent', scope: ['object'] });
  await member('filing-agent', enterpriseId, { capacity: 'agent', scope: ['file'] });
  const other = await inTransaction(node.database, (tx) =>
    addEnterprise(tx, { code: OTHER_CODE, name: '北京乙商贸有限公司', accountId: 'acc_b' }),
  );
  await member('other', other.enterpriseId ?? assert.fail(), representative);
  await addOperator(node);
  await addOperator(node, 'data2');
  await addPerson(node, { login: 'auditor', kind: 'operator', roles: ['audit_admin'] });
  await addPerson(node, { login: 'reader', kind: 'reader' });
  await addProvider(node, 'department', providerOf('n08_penalty'));
  await addProvider(node, 'department2', providerOf('n08_penalty'));
  await addProvider(node, 'registry', providerOf('n01_registration'));
}

export type WireItem = {
  itemNo: number;
  recordId: string | null;
  state: string;
  mode: string;
  mark: string | null;
  outcome: string | null;
  decision: string | null;
  decidedKind: string | null;
  correctedAt: string | null;
  statement: string | null;
  fields: { field: string; oldValue: string | null; claimedValue: string | null }[];
  correctedFields: { field: string; oldValue: string | null; newValue: string | null }[] | null;
};
export type WireObjection = {
  objectionId: string;
  state: string;
  items: WireItem[];
  terms?: { term: string; state: string; dueOn: string | null; responsible: { kind: string; id: string } }[];
  steps?: {
    act: string;
    byKind: string;
    itemNo: number | null;
    words: string | null;
    receiptId: string | null;
  }[];
  error?: { code: string };
};
export type Answered = { readonly status: number; readonly body: WireObjection };

/** Calls by login, as a program would. */
export function openCalls({ app, node }: ObjectionSetting) {
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    login: string,
    payload?: object,
  ): Promise<Answered> => {
    const answer = await app.inject({
      method,
      url,
      headers: { authorization: basic(login) },
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, body: answer.json<WireObjection>() };
  };
  const own = `/api/v1/enterprises/${CODE}/objections`;
  const handling = '/api/v1/rights/objections';
  return {
    send,
    apply: (payload: object, login = 'representative') => send('POST', own, login, payload),
    read: (id: string, login = 'representative') => send('GET', `${own}/${id}`, login),
    ownAct: (id: string, act: string, payload: object, login = 'representative') =>
      send('POST', `${own}/${id}/${act}`, login, payload),
    handle: (id: string, act: string, payload: object, login = 'data') =>
      send('POST', `${handling}/${id}/${act}`, login, payload),
    handInEvidence: async (name: string, file = pageOf(name), login = 'representative') => {
      const answer = await app.inject({
        method: 'POST',
        url: `/api/v1/enterprises/${CODE}/objection-evidence?name=${encodeURIComponent(`${name}.pdf`)}`,
        headers: { authorization: basic(login), 'content-type': 'application/octet-stream' },
        payload: file,
      });
      const body = answer.json<{ sha256?: string; isScanned?: boolean; error?: { code: string } }>();
      return { status: answer.statusCode, body };
    },
    readHandled: (id: string, login: string) => send('GET', `${handling}/${id}`, login),
    list: (login: string, query = '') => send('GET', `${handling}${query}`, login),
    report: async (login = 'reader') => {
      const answer = await app.inject({
        method: 'GET',
        url: `/api/v1/enterprises/${CODE}/report`,
        headers: { authorization: basic(login) },
      });
      assert.equal(answer.statusCode, 200, answer.body.slice(0, 500));
      return answer.body;
    },
    recordOf: async (decision: string): Promise<string> => {
      const [row] = await inTransaction(node.database, (tx: Tx) =>
        tx.rows<{ record: string }>(
          `select delivery_id || ':' || row_no as record from lists.n08_penalty_v1 join lists.deliveries using (delivery_no)
           where decision_no = $1 and known_to = 'infinity'`,
          [decision],
        ),
      );
      return row?.record ?? assert.fail(`no live penalty ${decision}`);
    },
  };
}

export function codeOf({ body }: Answered): string | undefined {
  return body.error?.code;
}

/** A file as it is named in an application. */
export function evidence(name: string) {
  const file = pageOf(name);
  const sha256 = createHash('sha256').update(file).digest('hex');
  return { name: `${name}.pdf`, sha256, bytes: file.length };
}

/** A page that says nothing but its name. */
export function pageOf(name: string): Buffer {
  return Buffer.from(`%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n% ${name}\n%%EOF\n`);
}
