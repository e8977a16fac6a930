import { type Calls, get, post } from './leak-ask.ts';
import { OWN } from './leak-city.ts';
import type { Post } from './leak-models.ts';

const OWN_PATH = `/api/v1/enterprises/${OWN.code}/complaints`;
const HANDLING = '/api/v1/rights/complaints';
const about = { kind: 'refusal', against: { kind: 'node', id: 'node' }, text: '窗口不予受理。' };

/** Complaints of the enterprise; one waits to be acknowledged, the other to be withdrawn. */
export type LeakComplaints = Readonly<Record<'open' | 'withdrawn', string>>;

export async function prepareComplaints(postTo: Post): Promise<LeakComplaints> {
  const file = async (): Promise<string> =>
    (await postTo<{ complaintId: string }>('representative', OWN_PATH, about)).complaintId;
  return { open: await file(), withdrawn: await file() };
}

/** How the routes of complaints are called. */
export const COMPLAINT_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/complaint-kinds': () => get('/api/v1/complaint-kinds'),
  'POST /api/v1/enterprises/{code}/complaints': () => post(OWN_PATH, about),
  'GET /api/v1/enterprises/{code}/complaints': () => get(OWN_PATH),
  'GET /api/v1/enterprises/{code}/complaints/{complaint}': ({ complaints }) =>
    get(`${OWN_PATH}/${complaints.open}`),
  'POST /api/v1/enterprises/{code}/complaints/{complaint}/acts': ({ complaints }) =>
    post(`${OWN_PATH}/${complaints.withdrawn}/acts`, { act: 'withdraw' }),
  'GET /api/v1/rights/complaints': () => get(HANDLING),
  'GET /api/v1/rights/complaints/{complaint}': ({ complaints }) => get(`${HANDLING}/${complaints.open}`),
  'POST /api/v1/rights/complaints/{complaint}/acts': ({ complaints }) =>
    post(`${HANDLING}/${complaints.open}/acts`, { act: 'acknowledge' }),
  'GET /api/v1/rights/complaint-figures': () => get('/api/v1/rights/complaint-figures?quarter=2025-Q1'),
};
