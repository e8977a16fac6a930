import { openProcessing } from '../../src/entry/processing.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OBJECTED_CONTRACT, OWN, STRANGER } from './leak-city.ts';
import type { Post } from './leak-models.ts';
import { WRITTEN } from './leak-written.ts';

const ASSESSMENTS = '/api/v1/impact-assessments';
const INCIDENTS = '/api/v1/incidents';
const DAY_MS = 86_400_000;
const text = '测试';

/** An assessment that waits for a second person; an incident that is handled on, and one of which the enterprise was told. */
export type LeakProcessing = Readonly<Record<'assessment' | 'incident' | 'told', string>>;

export async function prepareProcessing(city: LeakCity, postTo: Post): Promise<LeakProcessing> {
  const opened = async (): Promise<string> =>
    (await postTo<{ incidentId: string }>('security_admin', INCIDENTS, incidentOf(city))).incidentId;
  const told = await opened();
  // The stranger is in no scope here, so that what it reads of this incident is a leak.
  await postTo('security_admin', `${INCIDENTS}/${told}/scope`, { ...scopeOf(city), enterprises: [OWN.code] });
  await postTo('security_admin', `${INCIDENTS}/${told}/notices`, noticeOf(WRITTEN.notice.word));
  // By another person than decides.
  const filled = assessmentOf(city, 'verification');
  const { assessmentId } = await postTo<{ assessmentId: string }>('data_admin', ASSESSMENTS, filled);
  return { assessment: assessmentId, incident: await opened(), told };
}

/** One good answer to each question of the template. */
function assessmentOf({ node }: LeakCity, activity: string): object {
  const { questions } = openProcessing(node).assessment;
  const good = { yes_no: 'yes', level: 'low', text: WRITTEN.assessment.word } as const;
  return { activity, answers: Object.fromEntries(questions.map(({ id, kind }) => [id, good[kind]])) };
}

function incidentOf({ node }: LeakCity): object {
  const noticedAt = new Date(node.clock.now().getTime() - DAY_MS).toISOString();
  return { kind: 'leak', noticedAt, what: WRITTEN.incident.word };
}

/** Everything that the node holds of both enterprises in the dataset. */
function scopeOf({ node }: LeakCity): object {
  const now = node.clock.now().getTime();
  const [from, to] = [new Date(now - DAY_MS).toISOString(), new Date(now + DAY_MS).toISOString()];
  return { basis: 'records', contracts: [OBJECTED_CONTRACT], from, to };
}

function noticeOf(words: string): object {
  return {
    information: words,
    cause: words,
    harm: words,
    measures: words,
    advice: words,
    contact: words,
  };
}

/** How the routes of the node's own duties are called. */
export const PROCESSING_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/processing': () => get('/api/v1/processing'),
  'GET /api/v1/processing/figures': () => get('/api/v1/processing/figures?year=2026'),
  'GET /api/v1/rights/processing': () => get('/api/v1/rights/processing'),
  'GET /api/v1/rights/processing/versions': () => get('/api/v1/rights/processing/versions'),
  'GET /api/v1/rights/processing/figures': () => get('/api/v1/rights/processing/figures?year=2026'),
  'GET /api/v1/rights/processing/figures/{figure}': () =>
    get('/api/v1/rights/processing/figures/requests?year=2026'),
  'GET /api/v1/impact-assessments': () => get(ASSESSMENTS),
  'GET /api/v1/impact-assessments/{id}': ({ processing }) => get(`${ASSESSMENTS}/${processing.assessment}`),
  'GET /api/v1/impact-assessment-template': () => get('/api/v1/impact-assessment-template'),
  'POST /api/v1/impact-assessments': ({ city }) => post(ASSESSMENTS, assessmentOf(city, 'query')),
  'POST /api/v1/impact-assessments/{id}/decision': ({ processing }) =>
    post(`${ASSESSMENTS}/${processing.assessment}/decision`, { decision: 'approved' }),
  'GET /api/v1/incidents': () => get(INCIDENTS),
  'GET /api/v1/incidents/{id}': ({ processing: { incident, told } }) =>
    get(`${INCIDENTS}/${incident}`, `${INCIDENTS}/${told}`),
  'POST /api/v1/incidents': ({ city }) => post(INCIDENTS, incidentOf(city)),
  'POST /api/v1/incidents/{id}/scope': ({ city, processing: { incident } }) =>
    post(`${INCIDENTS}/${incident}/scope`, scopeOf(city)),
  'POST /api/v1/incidents/{id}/notices': ({ processing: { incident } }) =>
    post(`${INCIDENTS}/${incident}/notices`, noticeOf(text)),
  'POST /api/v1/incidents/{id}/steps': ({ processing: { incident } }) =>
    post(`${INCIDENTS}/${incident}/steps`, { act: 'measure', words: text }),
  'POST /api/v1/enterprises/{code}/incidents/{id}/acknowledged': ({ processing: { told } }) =>
    [OWN, STRANGER].flatMap(({ code }) => post(`/api/v1/enterprises/${code}/incidents/${told}/acknowledged`)),
};
