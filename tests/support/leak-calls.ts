import { randomUUID } from 'node:crypto';
import { PART_IDS } from '#rights';
import { PASSWORD } from '../flows/http-node.ts';
import { TAX_MANIFEST, taxUpload } from './hosted-model.ts';
import { OWN, QUARANTINED_CONTRACT, STRANGER } from './leak-city.ts';
import { RETURN_CALLS } from './leak-returns.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { ENDPOINT_CALLS } from './leak-endpoints.ts';
import { EXPORT_CALLS } from './leak-exports.ts';
import { OBJECTION_CALLS } from './leak-objections.ts';
import { COMPLAINT_CALLS } from './leak-complaints.ts';
import { PROCESSING_CALLS } from './leak-processing.ts';
import { RECALL_CALLS } from './leak-recalls.ts';
import { REPAIR_CALLS } from './leak-repairs.ts';
import { RETENTION_CALLS } from './leak-retention.ts';
import { PERSON_CALLS } from './leak-persons.ts';
import { VOLUNTARY_CALLS } from './leak-voluntary.ts';
import { WINDOW_CALLS } from './leak-window.ts';
import { type Call, day, fileCall, type LeakState, queryOf } from './leak-state.ts';

const consent = (id: string, act: string, payload?: object) => post(`/api/v1/consents/${id}/${act}`, payload);
const OWN_PATH = `/api/v1/enterprises/${OWN.code}`;
const STRANGER_PATH = `/api/v1/enterprises/${STRANGER.code}`;
const both = (part: string): Call[] => get(`${OWN_PATH}/${part}`, `${STRANGER_PATH}/${part}`);
const credentials = { login: 'reader', password: PASSWORD };

/** How each route of the interface document is called; a route that is missing here makes the test fail. */
export const CALLS: Readonly<Record<string, Calls>> = {
  ...RETURN_CALLS,
  ...ENDPOINT_CALLS,
  ...PERSON_CALLS,
  ...VOLUNTARY_CALLS,
  ...OBJECTION_CALLS,
  ...COMPLAINT_CALLS,
  ...RECALL_CALLS,
  ...REPAIR_CALLS,
  ...PROCESSING_CALLS,
  ...RETENTION_CALLS,
  ...EXPORT_CALLS,
  ...WINDOW_CALLS,
  'GET /healthz': () => get('/healthz'),
  'GET /readyz': () => get('/readyz'),
  'GET /api/v1/node': () => get('/api/v1/node'),
  'POST /api/v1/session': () => post('/api/v1/session', credentials),
  'GET /api/v1/session': ({ cookie }) => [{ method: 'GET', url: '/api/v1/session', headers: { cookie } }],
  'DELETE /api/v1/session': () => [{ method: 'DELETE', url: '/api/v1/session' }],
  'POST /api/v1/second-factor': () => post('/api/v1/second-factor', credentials),
  'POST /api/v1/second-factor/confirm': () =>
    post('/api/v1/second-factor/confirm', { ...credentials, code: '000000' }),
  'GET /api/v1/receipts/{id}': ({ receiptId }) => get(`/api/v1/receipts/${receiptId}`),
  'GET /.well-known/jwks.json': () => get('/.well-known/jwks.json'),
  'POST /api/v1/reports/verify': ({ report }) => [
    {
      method: 'POST',
      url: '/api/v1/reports/verify',
      payload: report,
      headers: { 'content-type': 'application/pdf' },
    },
  ],
  'GET /api/v1/time-limits': () => get('/api/v1/time-limits'),
  'GET /api/v1/rights/terms/overdue': () => get('/api/v1/rights/terms/overdue'),
  'GET /api/v1/rights/terms/notices': () => get('/api/v1/rights/terms/notices'),
  'POST /api/v1/rights/terms/notices/seen': () =>
    post('/api/v1/rights/terms/notices/seen', { notices: ['tnt_01m0xq5v5x3k8e2h7d9b4n6c1a'] }),
  'GET /api/v1/enterprises/{code}/everything': () => [
    ...both('everything'),
    ...PART_IDS.flatMap((part) => both(`everything?part=${part}&proofs=true`)),
  ],
  'GET /api/v1/log/checkpoint': () => get('/api/v1/log/checkpoint'),
  'GET /api/v1/log/keys': () => get('/api/v1/log/keys'),
  'GET /api/v1/log/tile/{*}': ({ logSize }) =>
    logFiles(logSize).flatMap((file) =>
      get(`/api/v1/log/tile/0/${file}`, `/api/v1/log/tile/entries/${file}`),
    ),
  'GET /api/v1/log/checkpoints/{*}': ({ logSize }) =>
    logFiles(logSize).flatMap((file) => get(`/api/v1/log/checkpoints/${file}`)),
  'GET /api/v1/participants': () => get('/api/v1/participants'),
  'POST /api/v1/participants': () =>
    post('/api/v1/participants', {
      kind: 'institution',
      institutionType: 'bank',
      name: { zh: '某银行', en: 'A bank' },
    }),
  'GET /api/v1/participants/{id}/admissions': () => get('/api/v1/participants/bank/admissions'),
  'POST /api/v1/participants/{id}/admission-proposals': () =>
    post('/api/v1/participants/other-bank/admission-proposals', {
      state: 'trial',
      reason: '测试',
      validFrom: day(90),
    }),
  'POST /api/v1/participants/{id}/suspend': () =>
    post('/api/v1/participants/other-platform/suspend', { reason: '测试' }),
  'GET /api/v1/admission-proposals': () => get('/api/v1/admission-proposals'),
  'POST /api/v1/admission-proposals/{id}/approve': ({ proposals: [id] }) =>
    post(`/api/v1/admission-proposals/${id}/approve`),
  'POST /api/v1/admission-proposals/{id}/reject': ({ proposals: [, id] }) =>
    post(`/api/v1/admission-proposals/${id}/reject`),
  'POST /api/v1/agreements': () =>
    post('/api/v1/agreements', { ...PARTIES, signedOn: day(-10), documentDigest: '0'.repeat(64) }),
  'POST /api/v1/agreements/end': () => post('/api/v1/agreements/end', PARTIES),
  'GET /api/v1/fair-use': () => get('/api/v1/fair-use'),
  'GET /api/v1/clients': () => get('/api/v1/clients'),
  'POST /api/v1/clients': ({ jwk }) =>
    post('/api/v1/clients', { clientId: 'leak-new', participantId: 'bank', label: '新系统', keys: jwk }),
  'POST /api/v1/clients/{id}/keys': ({ otherJwk }) =>
    post('/api/v1/clients/leak-new/keys', { key: otherJwk }),
  'POST /api/v1/clients/{id}/disable': () => post('/api/v1/clients/leak-new/disable'),
  'POST /api/v1/consents': () => [
    ...post('/api/v1/consents', askBody(OWN.code)),
    ...post('/api/v1/consents', { ...askBody(OWN.code), institution: 'bank' }),
  ],
  'GET /api/v1/consents/{id}': ({ consents, throughPlatform }) =>
    [...consents, ...throughPlatform].flatMap(({ consentId }) => get(`/api/v1/consents/${consentId}`)),
  'POST /api/v1/consents/{id}/grant': ({ waiting: { grant } }) =>
    consent(grant.consentId, 'grant', { digest: grant.digest }),
  'POST /api/v1/consents/{id}/reject': ({ waiting: { reject } }) => consent(reject.consentId, 'reject'),
  'POST /api/v1/consents/{id}/pause': ({ given: { pause } }) => consent(pause.consentId, 'pause'),
  'POST /api/v1/consents/{id}/resume': ({ given: { resume } }) => consent(resume.consentId, 'resume'),
  'POST /api/v1/consents/{id}/revoke': ({ given: { revoke } }) => consent(revoke.consentId, 'revoke'),
  'GET /api/v1/consents/{id}/words': ({ consents: [one] }) => get(`/api/v1/consents/${one?.consentId}/words`),
  'GET /api/v1/enterprises/{code}/consents': () => both('consents'),
  'POST /api/v1/consents/paper': ({ paper }) =>
    post('/api/v1/consents/paper', { ...askBody(OWN.code), scanDigest: paper.scanDigest, signedOn: day(0) }),
  'GET /api/v1/consents/{id}/paper': ({ paper }) => get(`/api/v1/consents/${paper.consentId}/paper`),
  'POST /api/v1/consents/{id}/confirm': ({ paper }) =>
    consent(paper.consentId, 'confirm', { digest: paper.digest }),
  'GET /api/v1/consents/{id}/scan': ({ paper }) => get(`/api/v1/consents/${paper.consentId}/scan`),
  'PUT /api/v1/consent-scans': () => [
    { method: 'PUT', url: '/api/v1/consent-scans', payload: Buffer.from('%PDF-1.7\n%%EOF\n') },
  ],
  'GET /api/v1/lists': () => get('/api/v1/lists'),
  'GET /api/v1/lists/{id}': () => get(`/api/v1/lists/${QUARANTINED_CONTRACT}`, '/api/v1/lists/n08_penalty'),
  'GET /api/v1/deliveries': () => get('/api/v1/deliveries?limit=200'),
  'GET /api/v1/deliveries/{id}': ({ city }) => get(`/api/v1/deliveries/${city.deliveryId}`),
  'GET /api/v1/deliveries/{id}/quarantine.csv': ({ city }) =>
    get(`/api/v1/deliveries/${city.deliveryId}/quarantine.csv`),
  'PUT /api/v1/deliveries/{contract}': () => [
    { method: 'PUT', url: `/api/v1/deliveries/${QUARANTINED_CONTRACT}`, payload: '统一社会信用代码,合同\n' },
  ],
  'GET /api/v1/enterprises': () =>
    get(`/api/v1/enterprises?q=${OWN.code}`, `/api/v1/enterprises?q=${encodeURIComponent(OWN.name)}`),
  'GET /api/v1/enterprises/self': () => get('/api/v1/enterprises/self'),
  'GET /api/v1/enterprises/{code}/accesses': () => both('accesses'),
  'GET /api/v1/enterprises/{code}/report': () => [
    ...both('report'),
    ...both('report?purpose=self'),
    ...['html', 'pdf'].flatMap((format) =>
      get(`${OWN_PATH}/report?format=${format}`, `${OWN_PATH}/report?format=${format}&purpose=self`),
    ),
  ],
  'GET /api/v1/enterprises/{code}/whitelists': () => both('whitelists'),
  'PUT /api/v1/enterprises/{code}/whitelists/{id}': () => [
    { method: 'PUT', url: `${OWN_PATH}/whitelists/steady_honest`, payload: { takesPart: true } },
  ],
  'GET /api/v1/enterprises/{code}/positive-records': () => both('positive-records'),
  'POST /api/v1/enterprises/{code}/positive-records/{record}/declined': ({ honour }) =>
    post(`${OWN_PATH}/positive-records/${honour}/declined`),
  'DELETE /api/v1/enterprises/{code}/positive-records/{record}/declined': ({ honour }) => [
    { method: 'DELETE', url: `${OWN_PATH}/positive-records/${honour}/declined` },
  ],
  'GET /api/v1/enterprises/{code}/portrait': () => both('portrait?months=2'),
  'GET /api/v1/enterprises/{code}/score': () => both('score'),
  'GET /api/v1/enterprises/{code}/unused-queries': () => both('unused-queries'),
  'GET /api/v1/whitelists': () => get('/api/v1/whitelists'),
  'GET /api/v1/whitelists/{id}/snapshot': () => get('/api/v1/whitelists/steady_honest/snapshot'),
  'GET /api/v1/whitelists/{id}/changes': () => get('/api/v1/whitelists/steady_honest/changes'),
  'GET /api/v1/monitoring/watches': () =>
    get('/api/v1/monitoring/watches', '/api/v1/monitoring/watches?institution=bank'),
  'GET /api/v1/monitoring/coverage': () =>
    get('/api/v1/monitoring/coverage', '/api/v1/monitoring/coverage?institution=bank'),
  'GET /api/v1/monitoring/alerts': () =>
    get('/api/v1/monitoring/alerts', '/api/v1/monitoring/alerts?institution=bank'),
  'GET /api/v1/monitoring/alerts/{id}': ({ alerts: { alertId } }) =>
    get(`/api/v1/monitoring/alerts/${alertId}`, `/api/v1/monitoring/alerts/${alertId}?institution=bank`),
  'POST /api/v1/monitoring/alerts/{id}/handling': ({ alerts: { alertId } }) =>
    post(`/api/v1/monitoring/alerts/${alertId}/handling`, { step: 'acknowledge' }),
  'POST /api/v1/monitoring/recalls/{id}/acknowledged': ({ alerts: { recallId } }) =>
    post(`/api/v1/monitoring/recalls/${recallId}/acknowledged`),
  'GET /api/v1/enterprises/{code}/alerts': () => both('alerts'),
  'GET /api/v1/enterprises/{code}/looks': () => both('looks'),
  'POST /api/v1/enterprises/{code}/alerts/{id}/answer': ({ alerts: { alertId } }) =>
    post(`${OWN_PATH}/alerts/${alertId}/answer`, { answer: '已整改' }),
  'GET /api/v1/monitoring/messages': () =>
    get('/api/v1/monitoring/messages', '/api/v1/monitoring/messages?institution=bank'),
  'GET /api/v1/monitoring/messages/stream': () =>
    get(
      '/api/v1/monitoring/messages/stream?after=0&seconds=1',
      '/api/v1/monitoring/messages/stream?after=0&seconds=1&institution=bank',
    ),
  'GET /api/v1/enterprises/{code}/outcomes': () => both('outcomes'),
  'GET /api/v1/enterprises/{code}/mandates': () => both('mandates'),
  'POST /api/v1/enterprises/{code}/mandates': () =>
    post(`${OWN_PATH}/mandates`, { login: 'agent-a', scope: ['file'], validTo: day(60) }),
  'POST /api/v1/enterprises/{code}/mandates/{id}/confirm': ({ mandateIds: [id] }) =>
    post(`${OWN_PATH}/mandates/${id}/confirm`),
  'DELETE /api/v1/enterprises/{code}/mandates/{id}': ({ mandateIds: [, id] }) => [
    { method: 'DELETE', url: `${OWN_PATH}/mandates/${id}` },
  ],
  'GET /api/v1/register/review': () =>
    ['open', 'accepted', 'rejected'].flatMap((state) => get(`/api/v1/register/review?state=${state}`)),
  'POST /api/v1/register/review/{no}/accept': ({ city }) =>
    post(`/api/v1/register/review/${city.reviewNos[0]}/accept`, { isNew: true }),
  'POST /api/v1/register/review/{no}/reject': ({ city }) =>
    post(`/api/v1/register/review/${city.reviewNos[1]}/reject`),
  'POST /api/v1/register/review/{no}/undo': ({ city }) =>
    post(`/api/v1/register/review/${city.reviewNos[1]}/undo`),
  'GET /api/v1/quality/periods': () => get('/api/v1/quality/periods'),
  'GET /api/v1/quality': () => get(`/api/v1/quality?period=${day(0).slice(0, 7)}`),
  'POST /api/v1/outcomes': ({ disclosureId }) => post('/api/v1/outcomes', outcomeBody(disclosureId)),
  'GET /api/v1/outcomes': () => get('/api/v1/outcomes', '/api/v1/outcomes?institution=bank'),
  'GET /api/v1/outcomes/conflicts': () =>
    get('/api/v1/outcomes/conflicts', '/api/v1/outcomes/conflicts?institution=bank'),
  'POST /api/v1/outcomes/conflicts/{id}/accept': () =>
    post(`/api/v1/outcomes/conflicts/otc_${'0'.repeat(26)}/accept`, { channel: 'direct' }),
  'GET /api/v1/interfaces': () => get('/api/v1/interfaces'),
  'GET /api/v1/outcomes/batches/{id}': ({ batchId }) => get(`/api/v1/outcomes/batches/${batchId}`),
  'GET /api/v1/outcomes/template.csv': () => get('/api/v1/outcomes/template.csv'),
  'PUT /api/v1/outcomes/sheets/{month}': ({ sheet }) => [
    {
      method: 'PUT',
      url: `/api/v1/outcomes/sheets/${day(0).slice(0, 7)}?operator=op`,
      payload: sheet,
      headers: { 'content-type': 'text/csv' },
    },
  ],
  'POST /api/v1/queries': ({ consents, throughPlatform }) => [
    ...consents.flatMap((one) => post('/api/v1/queries', queryOf(one))),
    ...throughPlatform.flatMap((one) => post('/api/v1/queries', { ...queryOf(one), institution: 'bank' })),
  ],
  'GET /api/v1/disclosures/{id}/evidence': ({ disclosureId }) =>
    get(`/api/v1/disclosures/${disclosureId}/evidence`),
  'POST /api/v1/verifications': (state) => verifications(state),
  'POST /api/v1/query-batches': ({ forBatch }) => [{ ...batchOf(forBatch), consentId: forBatch.consentId }],
  'PUT /api/v1/query-files': ({ forBatch }) => [fileCall(forBatch)],
  'GET /api/v1/query-files/{id}': ({ fileId }) => get(`/api/v1/query-files/${fileId}`),
  'POST /api/v1/models': () => post('/api/v1/models', taxUpload('leak-new')),
  'GET /api/v1/models': () => get('/api/v1/models'),
  'GET /api/v1/models/{id}/card': ({ models }) =>
    get(`/api/v1/models/${models.approve}/card`, `/api/v1/models/${models.approve}/card?institution=bank`),
  'POST /api/v1/models/{id}/validate': ({ models }) => post(`/api/v1/models/${models.validate}/validate`),
  'POST /api/v1/models/{id}/shadow': ({ models }) => post(`/api/v1/models/${models.shadow}/shadow`),
  'POST /api/v1/models/{id}/approve': ({ models }) =>
    post(`/api/v1/models/${models.approve}/approve?institution=bank`),
  'POST /api/v1/models/{id}/retire': ({ models }) =>
    post(`/api/v1/models/${models.retire}/retire?institution=bank`),
  'POST /api/v1/models/{name}/runs': ({ forModels: [direct, throughPlatform] }) => [
    ...modelRun(direct, {}),
    ...modelRun(throughPlatform, { institution: 'bank' }),
  ],
  'GET /api/v1/source-figures': () => get('/api/v1/source-figures'),
  'GET /api/v1/source-shares': () => get('/api/v1/source-shares'),
  'GET /api/v1/capacity-changes': () => get('/api/v1/capacity-changes'),
  'POST /api/v1/sources/{id}/capacity-changes': () =>
    post('/api/v1/sources/department_trade/capacity-changes', { concurrencyMax: 1, reason: '测试' }),
  'POST /api/v1/capacity-changes/{id}/approve': ({ capacityChanges: [id] }) =>
    post(`/api/v1/capacity-changes/${id}/approve`),
  'POST /api/v1/capacity-changes/{id}/reject': ({ capacityChanges: [, id] }) =>
    post(`/api/v1/capacity-changes/${id}/reject`),
};

const PARTIES = { platformId: 'other-platform', institutionId: 'other-bank' };

function askBody(enterprise: string): object {
  return {
    enterprise,
    purpose: 'loan_origination',
    contracts: [{ id: 'n01_registration' }],
    fetch: 'once',
    dataFrom: day(-100),
    validTo: day(30),
    dataLife: { count: 6, unit: 'month' },
  };
}

function batchOf(consent: LeakState['forBatch']): Call {
  const payload = `${JSON.stringify({ ...queryOf(consent), idempotencyKey: randomUUID() })}\n`;
  const headers = { 'content-type': 'application/x-ndjson' };
  return { method: 'POST', url: '/api/v1/query-batches', payload, headers };
}

function outcomeBody(disclosureId: string): object {
  return { operator: '柜员 7', items: [{ disclosureId, used: false, unusedReason: 'other' }] };
}

function modelRun(consent: LeakState['forBatch'], over: object): Call[] {
  const { contracts: _, ...asked } = queryOf(consent) as Record<string, unknown>;
  return post(`/api/v1/models/${TAX_MANIFEST.name}/runs`, { ...asked, inputs: { turnover: 5 }, ...over });
}

/** Claims of every kind of field that may be verified, wrong ones, so that an answer can only leak by what is true. */
function verifications({ city, consents, throughPlatform }: LeakState): Call[] {
  const contract = 'v02_financials';
  const fields = city.node.lists.catalogue.contracts.get(contract)?.fields ?? [];
  const amounts = fields
    .filter(({ kind, disclosure }) => kind === 'money' && disclosure === 'invisible')
    .slice(0, 4);
  const claims = amounts.map(({ name }, at) => ({
    field: name,
    value: '31',
    ...(at % 2 === 0 ? {} : { answer: 'band' }),
  }));
  const secret = {
    contract: 'n08_penalty',
    claims: [{ field: 'representative_cert_no', value: '110101199003078515' }],
  };
  const covering = (list: LeakState['consents'], id: string) =>
    list.filter(({ contracts }) => contracts.includes(id));
  const direct = [...covering(consents, contract), ...covering(consents, 'n08_penalty')];
  const ask = (one: { consentId: string }, over: object) => {
    const { contracts: _, ...base } = queryOf({ ...one, digest: '', contracts: [] }) as {
      contracts: unknown;
    };
    return post('/api/v1/verifications', { ...base, contract, claims, ...over });
  };
  return [
    ...direct.flatMap((one) => [...ask(one, {}), ...ask(one, secret)]),
    ...covering(throughPlatform, contract).flatMap((one) => ask(one, { institution: 'bank' })),
  ];
}

/** Bundles of the log as C2SP tlog-tiles names them: the full ones, and the part that is not full yet. */
function logFiles(size: number): string[] {
  const name = (index: number) => String(index).padStart(3, '0');
  const full = Math.floor(size / 256);
  const files = Array.from({ length: full }, (_, index) => name(index));
  return size % 256 === 0 ? files : [...files, `${name(full)}.p/${size % 256}`];
}

/** Pages and files beside the interface document. The metrics and both descriptions of the interface are among them. */
export function hiddenCalls({ consents: [one] }: LeakState): Call[] {
  const page = `/consent/${one?.consentId}`;
  return [
    ...get(
      '/',
      '/metrics',
      '/api/openapi.json',
      '/api/docs',
      '/api/docs/json',
      '/api/docs/yaml',
      '/consents',
      page,
    ),
    ...get(
      '/verify/',
      '/verify/RPT-1',
      '/pages/style.css',
      '/oidc/.well-known/openid-configuration',
      '/oidc/jwks',
    ),
    ...get('/.well-known/oauth-authorization-server/oidc', '/authorize/abcdefghijklmnopqrst', '/nowhere'),
    ...post('/consents/sign-in', credentials),
    ...post(`${page}/sign-in`, credentials),
    ...post('/oidc/token', {}),
  ];
}
