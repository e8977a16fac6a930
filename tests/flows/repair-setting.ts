import assert from 'node:assert/strict';
import { inTransaction, type Tx } from '#kernel';
import type { Node } from '../../src/entry/node.ts';
import { openRepairs } from '../../src/entry/repairs.ts';
import { deliver } from '../support/lists.ts';
import { CODE } from './consent-setting.ts';
import { addProvider, basic, type Ending } from './http-node.ts';
import { evidence, NAME, type ObjectionSetting, openObjectionSetting } from './objections-setting.ts';

export const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期,失信严重程度,处罚机关,处罚状态\n';

export type PenaltyFacts = {
  readonly no: string;
  readonly decidedOn?: string;
  readonly publicUntil?: string;
  readonly grade?: string;
  readonly authority?: string;
  readonly status?: string;
  readonly code?: string;
  readonly name?: string;
};

export function penaltyRow(facts: PenaltyFacts): string {
  const {
    no,
    decidedOn = '2026-03-01',
    publicUntil = '',
    grade = '',
    authority = '',
    status = '有效',
  } = facts;
  const { code = CODE, name = NAME } = facts;
  return `${code},${name},${no},未按期年报,罚款,3万元,${decidedOn},${publicUntil},${grade},${authority},${status}\n`;
}

export async function deliverRows(node: Node, rows: readonly PenaltyFacts[]): Promise<void> {
  await deliver(node.lists, { contract: 'n08_penalty', content: HEAD + rows.map(penaltyRow).join('') });
}

export type RepairSetting = ObjectionSetting & { readonly repairs: ReturnType<typeof openRepairs> };

/** As of objections, on 2 June 2026: penalties of 1 March are repairable, one of April is not; a portal, and the body of one entry. */
export async function openRepairSetting(t: Ending): Promise<RepairSetting> {
  const setting = await openObjectionSetting(t);
  const { node } = setting;
  await deliverRows(node, [
    { no: '修1' },
    { no: '修2' },
    { no: '修3' },
    { no: '修4', authority: '北京市海淀区市场监督管理局' },
    { no: '修5' },
    { no: '修6' },
    { no: '修7' },
    { no: '新1', decidedOn: '2026-04-20', grade: '一般失信' },
  ]);
  await addProvider(node, 'portal', '信用中国');
  await addProvider(node, 'body', '北京市海淀区市场监督管理局');
  return { ...setting, repairs: openRepairs(node) };
}

type Body = {
  repairId: string;
  state: string;
  severity: string;
  regime: string;
  syncedAt: string | null;
  content: { words: string; proofs: { name: string }[] };
  steps: { act: string; byKind: string; words: string | null }[];
  terms: { term: string; state: string; dueOn: string | null }[];
  repairs: { repairId: string; state: string }[];
  notices: {
    recordId: string;
    check: {
      isEligible: boolean;
      earliestOn: string | null;
      endsOn: string | null;
      regime: string;
      severity: string;
      document: string;
      obstacles: { code: string; words: { zh: string } }[];
    };
  }[];
  number: string;
  records: number;
  shieldId: string;
  pledgeHash: string;
  error?: { code: string; message: { zh: string } };
};
export type Answered = { readonly status: number; readonly body: Body };

export function openRepairCalls({ app, node }: ObjectionSetting) {
  const send = async (
    method: 'GET' | 'POST' | 'PUT',
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
    return { status: answer.statusCode, body: answer.json<Body>() };
  };
  const own = `/api/v1/enterprises/${CODE}`;
  const recordOf = async (decision: string, table = 'n08_penalty_v1'): Promise<string> => {
    const [row] = await inTransaction(node.database, (tx: Tx) =>
      tx.rows<{ record: string }>(
        `select delivery_id || ':' || row_no as record from lists.${table} join lists.deliveries using (delivery_no)
         where decision_no = $1 and known_to = 'infinity'`,
        [decision],
      ),
    );
    return row?.record ?? assert.fail(`no live penalty ${decision}`);
  };
  const pledge = async (): Promise<string> =>
    (await app.inject({ method: 'GET', url: '/api/v1/repair-rules' })).json<Body>().pledgeHash;
  const application = async (decision: string) => ({
    contract: 'n08_penalty',
    record: await recordOf(decision),
    performedOn: '2026-03-20',
    words: '罚款已缴清。',
    proofs: [evidence(`缴款凭证 ${decision}`)],
    pledge: await pledge(),
  });
  const apply = async (decision: string, login = 'representative', other: object = {}) =>
    await send('POST', `${own}/repairs`, login, { ...(await application(decision)), ...other });
  return {
    send,
    own,
    recordOf,
    pledge,
    application,
    apply,
    accept: (id: string, payload: object = { accept: true }, login = 'data') =>
      send('POST', `/api/v1/rights/repairs/${id}/acceptance`, login, payload),
    decide: (id: string, granted = true, login = 'department') =>
      send('POST', `/api/v1/rights/repairs/${id}/decision`, login, {
        granted,
        words: '经审核，义务已履行。',
      }),
    read: (id: string, login = 'representative') => send('GET', `${own}/repairs/${id}`, login),
    report: async (login = 'reader') => {
      const answer = await app.inject({
        method: 'GET',
        url: `${own}/report`,
        headers: { authorization: basic(login) },
      });
      assert.equal(answer.statusCode, 200, answer.body.slice(0, 500));
      return answer.body;
    },
    grant: async (decision: string): Promise<string> => {
      const { body } = await apply(decision);
      const id = body.repairId ?? assert.fail(JSON.stringify(body));
      await send('POST', `/api/v1/rights/repairs/${id}/acceptance`, 'data', { accept: true });
      const done = await send('POST', `/api/v1/rights/repairs/${id}/decision`, 'department', {
        granted: true,
        words: '准予修复。',
      });
      assert.equal(done.status, 200, JSON.stringify(done.body));
      return id;
    },
    marksOn: async (record: string): Promise<string[]> => {
      const rows = await inTransaction(node.database, (tx) =>
        tx.rows<{ mark: string }>(
          `select mark from lists.marks m join lists.deliveries d using (delivery_no)
           where d.delivery_id || ':' || m.row_no = $1 and m.known_to = 'infinity' and m.valid_to = 'infinity' order by mark`,
          [record],
        ),
      );
      return rows.map(({ mark }) => mark);
    },
  };
}

export function codeOf({ body }: Answered): string | undefined {
  return body.error?.code;
}
