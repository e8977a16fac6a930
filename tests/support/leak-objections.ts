import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inTransaction } from '#kernel';
import { addPerson, basic, newAddress } from '../flows/http-node.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { HELD_CONTRACT, type LeakCity, OBJECTED_CONTRACT, OWN } from './leak-city.ts';
import type { Post } from './leak-models.ts';
import { WRITTEN } from './leak-written.ts';

const OWN_PATH = `/api/v1/enterprises/${OWN.code}`;
const HANDLING = '/api/v1/rights/objections';
/** Another person of the department than the calls act as, so that these may review what it decided. */
const DECIDER = 'objection-decider';
const EVIDENCE = Buffer.from(`%PDF-1.7\n% ${WRITTEN.evidence.word}\n%%EOF\n`);
const PROOF = {
  name: `${WRITTEN.evidence.word}.pdf`,
  sha256: createHash('sha256').update(EVIDENCE).digest('hex'),
  bytes: EVIDENCE.length,
};

/** Objections of the enterprise, each in the state from which one call goes on; `record` is about a record, with evidence, and stays, `unseen` about a field that nobody sees. */
export type LeakObjections = Readonly<
  Record<
    | 'record'
    | 'unseen'
    | 'check'
    | 'extension'
    | 'approval'
    | 'decision'
    | 'review'
    | 'reviewDecision'
    | 'statement'
    | 'withdrawal',
    string
  >
>;

export async function prepareObjections(city: LeakCity, postTo: Post): Promise<LeakObjections> {
  await addPerson(city.node, {
    login: DECIDER,
    kind: 'provider',
    roles: ['deliverer'],
    organisation: providerOf(city),
  });
  const to = stepsBy(postTo);
  await handInEvidence(city);
  const reviewed = await to.reject(await to.forward(await to.raise(missing('缺6'))));
  await postTo('representative', `${OWN_PATH}/objections/${reviewed}/review`, review);
  const late = await to.forward(await to.raise(missing('缺3')));
  await postTo('other-deliverer', `${HANDLING}/${late}/extension`, extension);
  return {
    record: await to.forward(await to.raise(await penaltyOf(city), [PROOF])),
    unseen: await to.raise(await unseenOf(city)),
    check: await to.raise(missing('缺1')),
    extension: await to.forward(await to.raise(missing('缺2'))),
    approval: late,
    decision: await to.forward(await to.raise(missing('缺4'))),
    review: await to.reject(await to.forward(await to.raise(missing('缺5')))),
    reviewDecision: reviewed,
    statement: await to.reject(await to.forward(await to.raise(missing('缺7')))),
    withdrawal: await to.raise(missing('缺8')),
  };
}

/** The steps before a call, each by whoever takes it; all give the objection on. */
function stepsBy(postTo: Post) {
  return {
    raise: async (item: object, attachments: object[] = []): Promise<string> => {
      const asked = { reason: '事实和理由。', attachments, items: [item] };
      const path = `${OWN_PATH}/objections`;
      return (await postTo<{ objectionId: string }>('representative', path, asked)).objectionId;
    },
    forward: async (objection: string): Promise<string> => {
      for (const act of ['accept', 'forward'])
        await postTo('data_admin', `${HANDLING}/${objection}/check`, { act });
      return objection;
    },
    reject: async (objection: string): Promise<string> => {
      await postTo(DECIDER, `${HANDLING}/${objection}/decision`, decision);
      return objection;
    },
  };
}

/** A file is handed in before the application that names it, by its bytes alone. */
async function handInEvidence({ app }: LeakCity): Promise<void> {
  const answer = await app.inject({
    method: 'POST',
    url: `${OWN_PATH}/objection-evidence?name=${PROOF.name}`,
    headers: {
      authorization: basic('representative'),
      'content-type': 'application/octet-stream',
      'x-forwarded-for': newAddress(),
    },
    payload: EVIDENCE,
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

function missing(claimed: string): object {
  const fields = [{ field: 'decision_no', claimed }];
  return { contract: OBJECTED_CONTRACT, ground: 'missing', fields };
}

async function penaltyOf(city: LeakCity): Promise<object> {
  const record = await ownPenalty(city);
  return { contract: OBJECTED_CONTRACT, record, ground: 'past_public_period' };
}

/** Names the field; what is in it an objection does not hold. */
async function unseenOf(city: LeakCity): Promise<object> {
  const record = await ownRecord(city, 'lists.v02_financials_v1');
  const fields = [{ field: 'current_assets', claimed: null }];
  return { contract: HELD_CONTRACT, record, ground: 'wrong', fields };
}

/** The enterprise's penalty, `<delivery>:<row>`. */
export async function ownPenalty(city: LeakCity): Promise<string> {
  return await ownRecord(city, 'lists.n08_penalty_v1');
}

async function ownRecord({ node }: LeakCity, table: string): Promise<string> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ record: string }>(
      `select d.delivery_id || ':' || r.row_no as record
       from ${table} r join lists.deliveries d using (delivery_no)
       join lists.enterprise_codes c using (enterprise_id)
       where r.known_to = 'infinity' and c.code = $1 limit 1`,
      [OWN.code],
    ),
  );
  return row?.record ?? assert.fail(`the enterprise has a record in ${table}`);
}

function providerOf({ node }: LeakCity): string {
  return node.lists.catalogue.contracts.get(OBJECTED_CONTRACT)?.provider ?? assert.fail();
}

const decision = { item: 1, upheld: false, words: '公示期未满。' };
const review = { item: 1, reason: '请复核。' };
const extension = { words: '需调取案卷。' };

/** How the routes of objections are called. */
export const OBJECTION_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/objection-grounds': () => get('/api/v1/objection-grounds'),
  'POST /api/v1/enterprises/{code}/objections': () =>
    post(`${OWN_PATH}/objections`, {
      reason: '应有该奖励记录。',
      items: [
        { contract: 'n27_honours', ground: 'missing', fields: [{ field: 'honour_name', claimed: '某奖' }] },
      ],
    }),
  'GET /api/v1/enterprises/{code}/objections': () => get(`${OWN_PATH}/objections`),
  'GET /api/v1/enterprises/{code}/objections/{objection}': ({ objections: { record, statement } }) =>
    get(`${OWN_PATH}/objections/${record}`, `${OWN_PATH}/objections/${statement}`),
  'GET /api/v1/enterprises/{code}/objection-notices': () => get(`${OWN_PATH}/objection-notices`),
  'GET /api/v1/rights/objections': () => get(HANDLING),
  'GET /api/v1/rights/objections/{objection}': ({ objections: { record, statement, unseen } }) =>
    get(`${HANDLING}/${record}`, `${HANDLING}/${statement}`, `${HANDLING}/${unseen}`),
  'POST /api/v1/rights/objections/{objection}/check': ({ objections }) =>
    post(`${HANDLING}/${objections.check}/check`, { act: 'accept' }),
  'POST /api/v1/rights/objections/{objection}/extension': ({ objections }) =>
    post(`${HANDLING}/${objections.extension}/extension`, extension),
  'POST /api/v1/rights/objections/{objection}/extension/approval': ({ city, objections }) =>
    post(`${HANDLING}/${objections.approval}/extension/approval`, { provider: providerOf(city) }),
  'POST /api/v1/enterprises/{code}/objection-evidence': () => [
    {
      method: 'POST',
      url: `${OWN_PATH}/objection-evidence?name=a.pdf`,
      payload: '%PDF-1.7\n%%EOF\n',
      headers: { 'content-type': 'application/octet-stream' },
    },
  ],
  'GET /api/v1/rights/objections/{objection}/attachments/{sha256}': ({ objections: { record } }) =>
    get(`${HANDLING}/${record}/attachments/${PROOF.sha256}`),
  'POST /api/v1/rights/objections/{objection}/clock': ({ objections }) => [
    ...post(`${HANDLING}/${objections.extension}/clock`, { act: 'stop', words: '委托复检。' }),
    ...post(`${HANDLING}/${objections.extension}/clock`, { act: 'resume', words: '已收到结论。' }),
  ],
  'POST /api/v1/rights/objections/{objection}/decision': ({ objections }) =>
    post(`${HANDLING}/${objections.decision}/decision`, decision),
  'POST /api/v1/enterprises/{code}/objections/{objection}/review': ({ objections }) =>
    post(`${OWN_PATH}/objections/${objections.review}/review`, review),
  'POST /api/v1/rights/objections/{objection}/review-decision': ({ objections }) =>
    post(`${HANDLING}/${objections.reviewDecision}/review-decision`, decision),
  'POST /api/v1/enterprises/{code}/objections/{objection}/statement': ({ objections }) =>
    post(`${OWN_PATH}/objections/${objections.statement}/statement`, {
      item: 1,
      statement: '已履行完毕。',
    }),
  'POST /api/v1/enterprises/{code}/objections/{objection}/withdrawal': ({ objections }) =>
    post(`${OWN_PATH}/objections/${objections.withdrawal}/withdrawal`, {}),
};
