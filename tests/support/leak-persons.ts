import { type Calls, get, post } from './leak-ask.ts';

const ME = '/api/v1/persons/me';
const HANDLING = '/api/v1/rights';
const PERSON = 'psn_01hzy3v9k2m4n6p8q0r1s2t3v4';
const REQUEST = 'prq_01hzy3v9k2m4n6p8q0r1s2t3v4';
const NOTICE = 'pnt_01hzy3v9k2m4n6p8q0r1s2t3v4';
const IDENTITY = { name: '某某', number: '110101198001010010' };

/** Calls about natural persons: none of the callers has proved to be one. */
export const PERSON_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/persons/consent-forms': () => get('/api/v1/persons/consent-forms'),
  'GET /api/v1/persons/me': () => get(ME),
  'POST /api/v1/persons/me/proof': () => post(`${ME}/proof`, IDENTITY),
  'GET /api/v1/persons/me/data': () => get(`${ME}/data`),
  'GET /api/v1/persons/me/accesses': () => get(`${ME}/accesses`),
  'GET /api/v1/persons/me/notices': () => get(`${ME}/notices`),
  'POST /api/v1/persons/me/notices/seen': () => post(`${ME}/notices/seen`, { notices: [NOTICE] }),
  'GET /api/v1/persons/me/consents': () => get(`${ME}/consents`),
  'POST /api/v1/persons/me/consents': () =>
    post(`${ME}/consents`, {
      form: 'provide_contact',
      formHash: '0'.repeat(64),
      purpose: 'loan_origination',
      recipient: 'bank',
    }),
  'GET /api/v1/persons/me/requests': () => get(`${ME}/requests`),
  'POST /api/v1/persons/me/requests': () =>
    post(`${ME}/requests`, { kind: 'deletion', about: null, words: '请删除我的登记信息。' }),
  'GET /api/v1/persons/me/requests/{request}': () => get(`${ME}/requests/${REQUEST}`),
  'POST /api/v1/persons/me/requests/{request}/withdrawal': () => post(`${ME}/requests/${REQUEST}/withdrawal`),
  'GET /api/v1/rights/persons': () => get(`${HANDLING}/persons`),
  'POST /api/v1/rights/persons': () =>
    post(`${HANDLING}/persons`, { login: 'reader', ...IDENTITY, documentDigest: 'ab'.repeat(32) }),
  'POST /api/v1/rights/persons/{person}/confirmation': () =>
    post(`${HANDLING}/persons/${PERSON}/confirmation`),
  'GET /api/v1/rights/person-notices': () => get(`${HANDLING}/person-notices`),
  'POST /api/v1/rights/person-notices/{notice}/delivery': () =>
    post(`${HANDLING}/person-notices/${NOTICE}/delivery`, { way: 'post' }),
  'GET /api/v1/rights/person-requests': () => get(`${HANDLING}/person-requests`),
  'GET /api/v1/rights/person-requests/{request}': () => get(`${HANDLING}/person-requests/${REQUEST}`),
  'POST /api/v1/rights/person-requests/{request}/decision': () =>
    post(`${HANDLING}/person-requests/${REQUEST}/decision`, {
      granted: false,
      decision: '依登记条例须保存，不予删除。',
    }),
};
