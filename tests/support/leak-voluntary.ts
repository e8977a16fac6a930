import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import {
  addAttachment,
  confirmAtWindow,
  enterAtWindow,
  type Filed,
  fileItem,
  type Pledge,
  recordBreach,
} from '#rights';
import { openVoluntary } from '../../src/entry/voluntary.ts';
import { callerOf, PLATFORM } from '../flows/consent-setting.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OWN, QUARANTINED_CONTRACT } from './leak-city.ts';
import type { Post } from './leak-models.ts';

const BASE = '/api/v1/voluntary';
const REPRESENTATIVE = 'representative';

/** What an enterprise that takes part has: of each thing that ends by a call, one more. */
export type LeakVoluntary = {
  readonly templateHash: string;
  readonly pledges: { readonly breached: string; readonly signed: string };
  readonly items: { readonly kept: string; readonly toWithdraw: string };
  readonly conflict: { readonly id: string; readonly chosen: string };
  readonly openingId: string;
  readonly attachmentId: string;
};

export async function prepareVoluntary(city: LeakCity, postTo: Post): Promise<LeakVoluntary> {
  const context = openVoluntary(city.node);
  const own = <Body>(path: string, payload?: object) =>
    postTo<Body>(REPRESENTATIVE, `${BASE}${path}`, payload);
  await registerAtWindow(city, own);
  const { hash: templateHash } = context.voluntary.pledge;
  const breached = await own<Pledge>('/pledges', { templateHash });
  await breach(city, breached.pledgeId);
  const signed = await own<Pledge>('/pledges', { templateHash });
  const kept = await own<Filed>('/items', { contract: 'v09_qualifications', values: CERTIFICATE });
  const toWithdraw = await own<Filed>('/items', award('另一荣誉', '北京市某协会'));
  await own<Filed>('/items', award('某荣誉', '北京市某协会'));
  const { openingId } = await own<{ openingId: string }>('/openings', open('file', 'platform'));
  const provider = context.catalogue.contracts.get(QUARANTINED_CONTRACT)?.provider ?? '';
  await own('/openings', open('confirm', provider));
  const { contract, values } = award('某荣誉', '北京市某协会');
  const differing = { ...values, award_document_no: '某表字2号' };
  const beside = { caller: PLATFORM, code: OWN.code, contractId: contract, values: differing };
  const filed = await fileItem(context, beside);
  return {
    templateHash,
    pledges: { breached: breached.pledgeId, signed: signed.pledgeId },
    items: { kept: kept.itemId, toWithdraw: toWithdraw.itemId },
    conflict: { id: filed.conflictId ?? '', chosen: filed.filingId },
    openingId,
    attachmentId: await attach(city, kept.itemId),
  };
}

type Own = <Body>(path: string, payload?: object) => Promise<Body>;

/** What it says of itself differs from the register, so that the window has to confirm it. */
async function registerAtWindow({ node }: LeakCity, own: Own): Promise<void> {
  await own('/registration', { code: OWN.code, name: OWN.name, representative: '某人' });
  const context = openVoluntary(node);
  const officer = (id: string) => callerOf({ id, kind: 'operator', roles: ['data_admin'] });
  await inTransaction(node.database, async (tx) => {
    const entered = { caller: officer('acc_w1'), code: OWN.code, documentDigest: '0'.repeat(64) };
    await enterAtWindow(tx, context, entered);
    await confirmAtWindow(tx, context, { caller: officer('acc_w2'), code: OWN.code });
  });
}

async function breach({ node }: LeakCity, pledgeId: string): Promise<void> {
  const caller = callerOf({ id: 'acc_w1', kind: 'operator', roles: ['data_admin'] });
  const decision = { authority: '某某委员会', decisionNo: '某认字1号', decidedOn: '2026-01-05' };
  await inTransaction(node.database, (tx) =>
    recordBreach(tx, openVoluntary(node), { caller, code: OWN.code, pledgeId, ...decision }),
  );
}

/** By the representative's own account, which the calls act with. */
async function attach({ node }: LeakCity, itemId: string): Promise<string> {
  const caller = await inTransaction(node.database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, OWN.code);
    const [row] = await tx.rows<{ account_id: string }>(
      'select account_id from platform.accounts where login = $1',
      [REPRESENTATIVE],
    );
    const roles = ['legal_representative'];
    return callerOf({ id: row?.account_id ?? '', kind: 'enterprise', roles, enterpriseId });
  });
  const asked = { caller, itemId, name: '证书.pdf', bytes: FILE };
  return (await addAttachment(openVoluntary(node), asked)).attachmentId;
}

const FILE = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n');
const CERTIFICATE = {
  certificate_no: 'D1',
  certificate_name: '某证书',
  certificate_class: 'qualification',
  certifier: '某机关',
  certified_until: '2030-05-05',
};

function award(award_title: string, awarding_body: string) {
  const values = { award_kind: 'industry', award_title, awarding_body, award_year: '2024' };
  return { contract: 'v10_awards', values };
}

function open(kind: 'file' | 'confirm', party: string) {
  const validTo = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  return { kind, party, validTo };
}

/** How the routes of the voluntary list are called, what ends a thing before what needs another. */
export const VOLUNTARY_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/voluntary/forms': () => get(`${BASE}/forms`),
  'GET /api/v1/voluntary/registration': () => get(`${BASE}/registration`),
  'POST /api/v1/voluntary/registration': () =>
    post(`${BASE}/registration`, { code: OWN.code, name: '某公司', representative: '某人' }),
  'GET /api/v1/voluntary/items': () => get(`${BASE}/items`),
  'GET /api/v1/voluntary/conflicts': () => get(`${BASE}/conflicts`),
  'GET /api/v1/voluntary/openings': () => get(`${BASE}/openings`),
  'GET /api/v1/voluntary/pledges': () => get(`${BASE}/pledges`),
  'POST /api/v1/voluntary/pledges/{id}/objection': ({ voluntary: { pledges } }) =>
    post(`${BASE}/pledges/${pledges.breached}/objection`, { objection: '认定有误。' }),
  'POST /api/v1/voluntary/items': () =>
    post(`${BASE}/items`, { ...award('第三荣誉', '某协会'), enterprise: OWN.code }),
  'POST /api/v1/voluntary/items/check': () =>
    post(`${BASE}/items/check`, { ...award('第三荣誉', '某协会'), enterprise: OWN.code }),
  'POST /api/v1/voluntary/items/{id}/source-check': ({ voluntary: { items } }) =>
    post(`${BASE}/items/${items.kept}/source-check`),
  'POST /api/v1/voluntary/confirmations': () =>
    post(`${BASE}/confirmations`, { ...award('某荣誉', '某协会'), enterprise: OWN.code }),
  'POST /api/v1/voluntary/items/{id}/withdraw': ({ voluntary: { items } }) =>
    post(`${BASE}/items/${items.toWithdraw}/withdraw`),
  'POST /api/v1/voluntary/conflicts/{id}/settle': ({ voluntary: { conflict } }) =>
    post(`${BASE}/conflicts/${conflict.id}/settle`, { chosen: conflict.chosen }),
  'POST /api/v1/voluntary/openings': () => post(`${BASE}/openings`, open('confirm', 'bank')),
  'POST /api/v1/voluntary/openings/{id}/end': ({ voluntary: { openingId } }) =>
    post(`${BASE}/openings/${openingId}/end`),
  'POST /api/v1/voluntary/items/{id}/attachments': ({ voluntary: { items } }) => [
    {
      method: 'POST',
      url: `${BASE}/items/${items.kept}/attachments?name=a.pdf`,
      payload: FILE,
      headers: { 'content-type': 'application/pdf' },
    },
  ],
  'GET /api/v1/voluntary/attachments/{id}': ({ voluntary: { attachmentId } }) =>
    get(`${BASE}/attachments/${attachmentId}`),
  'DELETE /api/v1/voluntary/attachments/{id}': ({ voluntary: { attachmentId } }) => [
    { method: 'DELETE', url: `${BASE}/attachments/${attachmentId}` },
  ],
  'POST /api/v1/voluntary/pledges/{id}/withdraw': ({ voluntary: { pledges } }) =>
    post(`${BASE}/pledges/${pledges.signed}/withdraw`),
  'POST /api/v1/voluntary/pledges': ({ voluntary: { templateHash } }) =>
    post(`${BASE}/pledges`, { templateHash }),
};
