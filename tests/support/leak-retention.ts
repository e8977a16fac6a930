import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { approveHold, proposeHold, proposeLift } from '#rights';
import { openRetention } from '../../src/entry/retention.ts';
import { callerOf } from '../flows/consent-setting.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OWN } from './leak-city.ts';

export type LeakHolds = { readonly approve: string; readonly lift: string; readonly end: string };

/** Holds about the enterprise, each at the state in which one of the routes takes it on. */
export async function prepareHolds({ node }: LeakCity): Promise<LeakHolds> {
  const context = openRetention(node);
  const officer = (id: string) => callerOf({ id, kind: 'operator', roles: ['data_admin'] });
  return await inTransaction(node.database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, OWN.code);
    const about = { enterpriseId, contract: 'n08_penalty', recordId: null, reason: '保全通知', until: null };
    const put = () => proposeHold(tx, context, { caller: officer('acc_w1'), ...about });
    const [approve, lift, end] = [await put(), await put(), await put()];
    for (const { holdId } of [lift, end])
      assert.equal((await approveHold(tx, context, { caller: officer('acc_w2'), holdId })).state, 'in_force');
    const { holdId } = end;
    await proposeLift(tx, context, { caller: officer('acc_w1'), holdId, reason: '保全解除' });
    return { approve: approve.holdId, lift: lift.holdId, end: end.holdId };
  });
}

const PATH = '/api/v1/rights/retention';

/** How the routes of retention are called. */
export const RETENTION_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/rights/retention/expired': () =>
    get(`${PATH}/expired`, `${PATH}/expired?contract=n08_penalty`),
  'GET /api/v1/rights/retention/removals': () => get(`${PATH}/removals`),
  'GET /api/v1/rights/retention/holds': () => get(`${PATH}/holds`),
  'POST /api/v1/rights/retention/holds': () =>
    post(`${PATH}/holds`, { enterprise: OWN.code, contract: 'n08_penalty', reason: '保全通知' }),
  'POST /api/v1/rights/retention/holds/{id}/approval': ({ holds }) =>
    post(`${PATH}/holds/${holds.approve}/approval`),
  'POST /api/v1/rights/retention/holds/{id}/lift': ({ holds }) =>
    post(`${PATH}/holds/${holds.lift}/lift`, { reason: '保全解除' }),
  'POST /api/v1/rights/retention/holds/{id}/lift/approval': ({ holds }) =>
    post(`${PATH}/holds/${holds.end}/lift/approval`),
};
