import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { recallDisclosures } from '#rights';
import { openRights } from '../../src/entry/rights.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OBJECTED_CONTRACT, OWN, STRANGER } from './leak-city.ts';
import { ownPenalty } from './leak-objections.ts';

/** The enterprise's penalty was decided wrong: a recall to the bank, which had it in an answer. Needs that answer. */
export async function prepareRecall(city: LeakCity, objection: string): Promise<string> {
  const { node } = city;
  const recordId = await ownPenalty(city);
  return await inTransaction(node.database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, OWN.code);
    const cause = { kind: 'objection', id: objection } as const;
    const about = { enterpriseId, contract: OBJECTED_CONTRACT, recordId, cause, at: node.clock.now() };
    await recallDisclosures(tx, openRights(node), about);
    const [row] = await tx.rows<{ id: string }>(
      `select recall_id as id from rights.recalls
       where recipient_kind = 'institution' and recipient_id = 'bank' and disclosure_kind = 'answer' limit 1`,
    );
    return row?.id ?? assert.fail('the bank had the penalty in an answer');
  });
}

/** How the routes of recalls are called. */
export const RECALL_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/recalls': () => get('/api/v1/recalls'),
  'GET /api/v1/recalls/{id}': ({ recallId }) => get(`/api/v1/recalls/${recallId}`),
  'POST /api/v1/recalls/acknowledgements': ({ recallId }) =>
    post('/api/v1/recalls/acknowledgements', { recalls: [recallId], done: 'deleted' }),
  'GET /api/v1/recalls/rates': () => get('/api/v1/recalls/rates'),
  'GET /api/v1/recalls/overdue': () => get('/api/v1/recalls/overdue'),
  'GET /api/v1/enterprises/{code}/recalls': () =>
    get(`/api/v1/enterprises/${OWN.code}/recalls`, `/api/v1/enterprises/${STRANGER.code}/recalls`),
};
