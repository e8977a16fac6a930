import { basic, newAddress } from '../flows/http-node.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OWN } from './leak-city.ts';
import type { Post } from './leak-models.ts';

const ENTRIES = '/api/v1/window/entries';
const SCANS = `/api/v1/window/scans?enterprise=${OWN.code}`;
const PDF = Buffer.from(
  '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n',
);
export const WINDOW_CLERKS = ['window-clerk', 'window-clerk2'] as const;

type Entry = { readonly entryId: string; readonly digest: string };

/** Entries of the first clerk, each in the state from which one call goes on; `open` stays. */
export type LeakWindow = Readonly<Record<'open' | 'check' | 'reject' | 'print', Entry>> & {
  readonly scan: string;
};

export async function prepareWindow(city: LeakCity, postTo: Post): Promise<LeakWindow> {
  const [first, second] = WINDOW_CLERKS;
  const answer = await city.app.inject({
    method: 'PUT',
    url: SCANS,
    headers: {
      authorization: basic(first),
      'content-type': 'application/pdf',
      'x-forwarded-for': newAddress(),
    },
    payload: PDF,
  });
  const scan = answer.json<{ digest: string }>().digest;
  const enter = () => postTo<Entry>(first, ENTRIES, entryOf(scan));
  const print = await enter();
  await postTo(second, `${ENTRIES}/${print.entryId}/check`, { digest: print.digest });
  return { scan, open: await enter(), check: await enter(), reject: await enter(), print };
}

/** A self-query by somebody with a mandate on paper. */
function entryOf(scan: string): object {
  return {
    enterprise: OWN.code,
    person: { document: 'passport', name: '到场人', number: 'E12345678' },
    capacity: 'agent',
    scan,
    mandate: scan,
    matter: { act: 'self_query', asked: {} },
  };
}

/** How the routes of the window are called. */
export const WINDOW_CALLS: Readonly<Record<string, Calls>> = {
  'PUT /api/v1/window/scans': () => [
    { method: 'PUT', url: SCANS, payload: PDF, headers: { 'content-type': 'application/pdf' } },
  ],
  'POST /api/v1/window/entries': ({ window: { scan } }) => post(ENTRIES, entryOf(scan)),
  'GET /api/v1/window/entries': () => get(ENTRIES, `${ENTRIES}?open=true`),
  'GET /api/v1/window/entries/{id}': ({ window: { open } }) => get(`${ENTRIES}/${open.entryId}`),
  'GET /api/v1/window/entries/{id}/scan': ({ window: { open } }) =>
    get(`${ENTRIES}/${open.entryId}/scan`, `${ENTRIES}/${open.entryId}/scan?which=mandate`),
  'POST /api/v1/window/entries/{id}/check': ({ window: { check } }) =>
    post(`${ENTRIES}/${check.entryId}/check`, { digest: check.digest }),
  'POST /api/v1/window/entries/{id}/reject': ({ window: { reject } }) =>
    post(`${ENTRIES}/${reject.entryId}/reject`, { reason: 'not_possible' }),
  'POST /api/v1/window/entries/{id}/print': ({ window: { print } }) =>
    post(`${ENTRIES}/${print.entryId}/print`),
};
