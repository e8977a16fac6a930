import { type Calls, get, post } from './leak-ask.ts';
import { OWN, STRANGER } from './leak-city.ts';

const INCIDENT = 'inc_01m0xq5v5x3k8e2h7d9b4n6c1a';
const ASSESSMENT = 'pia_01m0xq5v5x3k8e2h7d9b4n6c1a';
const text = '测试';

/** How the routes of the node's own duties are called; ids that nothing has are enough, since what answers are ids and numbers. */
export const PROCESSING_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/processing': () => get('/api/v1/processing'),
  'GET /api/v1/processing/figures': () => get('/api/v1/processing/figures?year=2026'),
  'GET /api/v1/rights/processing': () => get('/api/v1/rights/processing'),
  'GET /api/v1/rights/processing/versions': () => get('/api/v1/rights/processing/versions'),
  'GET /api/v1/rights/processing/figures': () => get('/api/v1/rights/processing/figures?year=2026'),
  'GET /api/v1/rights/processing/figures/{figure}': () =>
    get('/api/v1/rights/processing/figures/requests?year=2026'),
  'GET /api/v1/impact-assessments': () => get('/api/v1/impact-assessments'),
  'GET /api/v1/impact-assessments/{id}': () => get(`/api/v1/impact-assessments/${ASSESSMENT}`),
  'GET /api/v1/impact-assessment-template': () => get('/api/v1/impact-assessment-template'),
  'POST /api/v1/impact-assessments': () =>
    post('/api/v1/impact-assessments', { activity: 'query', answers: { purpose_lawful: 'yes' } }),
  'POST /api/v1/impact-assessments/{id}/decision': () =>
    post(`/api/v1/impact-assessments/${ASSESSMENT}/decision`, { decision: 'approved' }),
  'GET /api/v1/incidents': () => get('/api/v1/incidents'),
  'GET /api/v1/incidents/{id}': () => get(`/api/v1/incidents/${INCIDENT}`),
  'POST /api/v1/incidents': () =>
    post('/api/v1/incidents', { kind: 'leak', noticedAt: '2026-01-05T02:00:00.000Z', what: text }),
  'POST /api/v1/incidents/{id}/scope': () =>
    post(`/api/v1/incidents/${INCIDENT}/scope`, {
      basis: 'records',
      contracts: ['n08_penalty'],
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-02-01T00:00:00.000Z',
    }),
  'POST /api/v1/incidents/{id}/notices': () =>
    post(`/api/v1/incidents/${INCIDENT}/notices`, {
      information: text,
      cause: text,
      harm: text,
      measures: text,
      advice: text,
      contact: text,
    }),
  'POST /api/v1/incidents/{id}/steps': () =>
    post(`/api/v1/incidents/${INCIDENT}/steps`, { act: 'measure', words: text }),
  'POST /api/v1/enterprises/{code}/incidents/{id}/acknowledged': () => [
    ...post(`/api/v1/enterprises/${OWN.code}/incidents/${INCIDENT}/acknowledged`),
    ...post(`/api/v1/enterprises/${STRANGER.code}/incidents/${INCIDENT}/acknowledged`),
  ],
};
