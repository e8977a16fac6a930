import { type Calls, get, post } from './leak-ask.ts';
import type { LeakCity } from './leak-city.ts';
import type { Post } from './leak-models.ts';

/** Endpoints of the bank and of its platform, which nobody has verified yet: the calls take them through their life. */
export type LeakEndpoints = readonly [string, string];

/** Each with a server of its own, which passes the ownership challenge. */
export async function prepareEndpoints({ targets }: LeakCity, postTo: Post): Promise<LeakEndpoints> {
  const register = async (login: string, target: LeakCity['targets'][number]): Promise<string> => {
    type Registered = { endpointId: string; secret: string };
    const asked = { url: target.url };
    const { endpointId, secret } = await postTo<Registered>(login, '/api/v1/monitoring/endpoints', asked);
    target.secret = secret;
    return endpointId;
  };
  const [bank, platform] = targets;
  return [await register('institution-all', bank), await register('platform-all', platform)];
}

/** How the routes of endpoints are called. */
export const ENDPOINT_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/monitoring/endpoints': () => get('/api/v1/monitoring/endpoints'),
  'POST /api/v1/monitoring/endpoints': () =>
    post('/api/v1/monitoring/endpoints', { url: 'https://hooks.example.com/xinqiao' }),
  // In this order: only what was verified is replayed to, and what is paused is not.
  'POST /api/v1/monitoring/endpoints/{id}/verify': ({ endpoints }) =>
    endpoints.flatMap((id) => post(`/api/v1/monitoring/endpoints/${id}/verify`)),
  'POST /api/v1/monitoring/endpoints/{id}/secret': ({ endpoints }) =>
    endpoints.flatMap((id) => post(`/api/v1/monitoring/endpoints/${id}/secret`)),
  'POST /api/v1/monitoring/endpoints/{id}/replay': ({ endpoints }) =>
    endpoints.flatMap((id) => post(`/api/v1/monitoring/endpoints/${id}/replay`, { deadOnly: false })),
  'PUT /api/v1/monitoring/endpoints/{id}/state': ({ endpoints }) =>
    endpoints.map((id) => ({
      method: 'PUT',
      url: `/api/v1/monitoring/endpoints/${id}/state`,
      payload: { state: 'paused' },
    })),
};
