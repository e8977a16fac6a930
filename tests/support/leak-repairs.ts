import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { addDays } from '#lists';
import { openRepairs } from '../../src/entry/repairs.ts';
import { pledgeHashOf } from '#rights';
import { addPerson } from '../flows/http-node.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OBJECTED_CONTRACT, OWN, STRANGER } from './leak-city.ts';
import { deliver } from './lists.ts';
import type { Post } from './leak-models.ts';

const OWN_PATH = `/api/v1/enterprises/${OWN.code}`;
const HANDLING = '/api/v1/rights/repairs';
const DECISIONS = ['泄1', '泄2', '泄3', '泄4', '泄5', '泄6', '泄7'] as const;

/** Applications, each in the state from which one call goes on, and what further calls name. */
export type LeakRepairs = Readonly<
  Record<'read' | 'acceptance' | 'decision' | 'withdrawal' | 'record' | 'day' | 'pledge', string>
>;

/** Penalties of a hundred days ago, of which one is left to be applied for; a portal that hands in. */
export async function prepareRepairs(city: LeakCity, postTo: Post): Promise<LeakRepairs> {
  const { node } = city;
  await addPerson(node, {
    login: 'portal',
    kind: 'provider',
    roles: ['deliverer'],
    organisation: '信用中国',
  });
  const today = node.clock.now().toISOString().slice(0, 10);
  const day = addDays(today, -100);
  const head = '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,处罚决定日期,失信严重程度\n';
  const rows = DECISIONS.map((no) => `${OWN.code},${OWN.name},${no},未按期年报,罚款,${day},一般失信\n`);
  await deliver(node.lists, { contract: OBJECTED_CONTRACT, content: head + rows.join('') });
  const pledge = pledgeHashOf(openRepairs(node));
  const raise = async (no: string): Promise<string> => {
    const asked = applicationOf({ record: await recordOf(city, no), pledge, day });
    return (await postTo<{ repairId: string }>('representative', `${OWN_PATH}/repairs`, asked)).repairId;
  };
  const accepted = async (no: string): Promise<string> => {
    const id = await raise(no);
    await postTo('data_admin', `${HANDLING}/${id}/acceptance`, { accept: true });
    return id;
  };
  return {
    read: await accepted('泄1'),
    acceptance: await raise('泄2'),
    decision: await accepted('泄3'),
    withdrawal: await raise('泄4'),
    record: await recordOf(city, '泄5'),
    day,
    pledge,
  };
}

const proofs = [{ name: '凭证.pdf', sha256: '0'.repeat(64), bytes: 10 }];

function applicationOf({ record, pledge, day }: { record: string; pledge: string; day: string }): object {
  return { contract: OBJECTED_CONTRACT, record, performedOn: day, words: '已履行。', proofs, pledge };
}

async function recordOf({ node }: LeakCity, no: string): Promise<string> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ record: string }>(
      `select d.delivery_id || ':' || r.row_no as record
       from lists.n08_penalty_v1 r join lists.deliveries d using (delivery_no)
       where r.known_to = 'infinity' and r.decision_no = $1`,
      [no],
    ),
  );
  return row?.record ?? assert.fail(`there is a penalty ${no}`);
}

/** How the routes of repair are called. */
export const REPAIR_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/repair-rules': () => get('/api/v1/repair-rules'),
  'GET /api/v1/enterprises/{code}/repair-notices': () =>
    get(`${OWN_PATH}/repair-notices`, `/api/v1/enterprises/${STRANGER.code}/repair-notices`),
  'GET /api/v1/enterprises/{code}/repairs': () => get(`${OWN_PATH}/repairs`),
  'POST /api/v1/enterprises/{code}/repairs': ({ repairs }) =>
    post(`${OWN_PATH}/repairs`, applicationOf(repairs)),
  'GET /api/v1/enterprises/{code}/repairs/{repair}': ({ repairs }) =>
    get(`${OWN_PATH}/repairs/${repairs.read}`),
  'POST /api/v1/enterprises/{code}/repairs/{repair}/withdrawal': ({ repairs }) =>
    post(`${OWN_PATH}/repairs/${repairs.withdrawal}/withdrawal`),
  'GET /api/v1/rights/repairs': () => get(HANDLING),
  'GET /api/v1/rights/repairs/{repair}': ({ repairs }) => get(`${HANDLING}/${repairs.read}`),
  'POST /api/v1/rights/repairs/{repair}/acceptance': ({ repairs }) =>
    post(`${HANDLING}/${repairs.acceptance}/acceptance`, { accept: true }),
  'POST /api/v1/rights/repairs/{repair}/decision': ({ repairs }) =>
    post(`${HANDLING}/${repairs.decision}/decision`, { granted: true, words: '准予修复。' }),
  'POST /api/v1/rights/repair-annulments': () =>
    post('/api/v1/rights/repair-annulments', {
      code: OWN.code,
      contract: OBJECTED_CONTRACT,
      document: '泄7',
      words: '已撤销。',
    }),
  'PUT /api/v1/repair-portal/applications/{number}': ({ repairs: { day, pledge } }) => [
    {
      method: 'PUT',
      url: '/api/v1/repair-portal/applications/LEAK-0001',
      payload: {
        code: OWN.code,
        contract: OBJECTED_CONTRACT,
        document: '泄6',
        performedOn: day,
        words: '已履行。',
        proofs,
        pledge,
      },
    },
  ],
  'GET /api/v1/repair-portal/applications/{number}': () =>
    get('/api/v1/repair-portal/applications/LEAK-0001'),
  'POST /api/v1/rights/repair-shields': ({ repairs: { day } }) =>
    post('/api/v1/rights/repair-shields', {
      // Withholds nothing: decided before everything.
      code: STRANGER.code,
      ruling: '（2026）京01破1号',
      ruledOn: addDays(day, -900),
      until: addDays(day, 110),
    }),
  // Nobody knows the number of the one above: refused here, as one that does not exist.
  'POST /api/v1/rights/repair-shields/{shield}/end': () =>
    post('/api/v1/rights/repair-shields/rps_01m0xq5v5x3k8e2h7d9b4n6c1a/end'),
};
