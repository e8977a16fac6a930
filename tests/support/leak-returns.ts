import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { systemCaller } from '#platform';
import { sealMonth } from '#returns';
import { openReturns } from '../../src/entry/returns.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, QUARANTINED_CONTRACT } from './leak-city.ts';
import type { Post } from './leak-models.ts';
import type { Call, LeakState } from './leak-state.ts';

export type LeakReturns = {
  /** Sealed: one that has ended and in which nothing happened, and that of the queries and outcomes of this state. */
  readonly months: readonly [string, string];
  /** The department that `deliverer` is of. */
  readonly provider: string;
  /** Hops that wait: one for that department, one for the node. */
  readonly hopIds: readonly [string, string];
};

const ENDED_MONTH = '2026-06';
const MONTH_BEFORE = '2026-05';
/** From any day of a month into the next one. */
const MONTH_MS = 31 * 86_400_000;

const TOTALS = {
  borrowers: '1',
  firstBorrowers: '1',
  loans: '1',
  lentFen: '10000000',
  creditFen: '10000000',
  balanceFen: '10000000',
};

/** Two sealed months, and returns at every step: the bank's reached its platform, which may hand it on. */
export async function prepareReturns(
  { node }: LeakCity,
  { postTo, month }: { postTo: Post; month: string },
): Promise<LeakReturns> {
  const context = openReturns(node);
  const sealing = { caller: systemCaller('test'), kind: 'first', reason: '' } as const;
  await sealMonth(context, { ...sealing, month: ENDED_MONTH });
  const later = { now: () => new Date(node.clock.now().getTime() + MONTH_MS) };
  await sealMonth({ ...context, clock: later }, { ...sealing, month });
  const provider = node.lists.catalogue.contracts.get(QUARANTINED_CONTRACT)?.provider ?? assert.fail();
  const handIn = (of: object) =>
    postTo<{ hopId: string }>('institution-all', '/api/v1/returns/hops', {
      institution: 'bank',
      totals: TOTALS,
      ...of,
    });
  const toPlatform = await handIn({ month: ENDED_MONTH, platform: 'platform' });
  await postTo('platform-all', `/api/v1/returns/hops/${toPlatform.hopId}/answer`, {
    decision: 'acknowledge',
  });
  const toNode = await handIn({ month: MONTH_BEFORE });
  const toDepartment = await inTransaction(node.database, (tx) =>
    tx.rows<{ id: string }>(
      `select hop_id as id from returns.hops where to_party = $1 and month = $2 and state = 'handed_in'`,
      [provider, `${ENDED_MONTH}-01`],
    ),
  );
  const hopIds = [toDepartment[0]?.id ?? assert.fail(), toNode.hopId] as const;
  return { months: [ENDED_MONTH, month], provider, hopIds };
}

/** How the routes of returns are called. */
export const RETURN_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/returns/months/{month}': ({ returns: { months } }) =>
    months.flatMap((month) => get(`/api/v1/returns/months/${month}`)),
  'GET /api/v1/returns/months/{month}/rows': ({ returns: { months } }) =>
    months.flatMap((month) =>
      get(
        `/api/v1/returns/months/${month}/rows?statistic=lent_fen`,
        `/api/v1/returns/months/${month}/rows?statistic=lent_fen&institution=bank`,
        `/api/v1/returns/months/${month}/rows?statistic=borrowers&district=${encodeURIComponent('朝阳区')}`,
        `/api/v1/returns/months/${month}/rows?statistic=loans&institutionType=bank&channel=direct`,
      ),
    ),
  'GET /api/v1/returns/departments/{provider}/sheet': (state) => sheets(state, 'sheet'),
  'GET /api/v1/returns/departments/{provider}/sheet.csv': (state) => sheets(state, 'sheet.csv'),
  'GET /api/v1/returns/unused': ({ returns: { months } }) =>
    months.flatMap((month) =>
      get(`/api/v1/returns/unused?month=${month}`, `/api/v1/returns/unused?month=${month}&list=true`),
    ),
  'GET /api/v1/returns/hops': ({ returns: { months } }) =>
    months.flatMap((month) => get(`/api/v1/returns/hops?month=${month}`)),
  'POST /api/v1/returns/hops': () => [
    ...post('/api/v1/returns/hops', { month: ENDED_MONTH, institution: 'bank', totals: TOTALS }),
    ...post('/api/v1/returns/hops', { month: ENDED_MONTH, institution: 'bank', platform: 'platform' }),
  ],
  'POST /api/v1/returns/hops/{id}/answer': ({ returns: { hopIds } }) =>
    hopIds.flatMap((id) => post(`/api/v1/returns/hops/${id}/answer`, { decision: 'acknowledge' })),
};

function sheets({ returns: { months, provider } }: LeakState, file: string): Call[] {
  const path = `/api/v1/returns/departments/${encodeURIComponent(provider)}/${file}`;
  return months.flatMap((month) => get(`${path}?month=${month}`));
}
