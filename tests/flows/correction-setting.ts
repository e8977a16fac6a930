import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { addJob, beijingDate, inTransaction } from '#kernel';
import {
  backTestWhitelist,
  proposeWhitelist,
  publishWhitelist,
  pushWhitelist,
  reviewWhitelist,
} from '#evaluation';
import { findEnterprise } from '#lists';
import { bringEvaluationIntoForce } from '../../src/entry/evaluation.ts';
import { openWhitelists } from '../../src/entry/http/routes/whitelists.ts';
import type { Node } from '../../src/entry/node.ts';
import { bringTimeLimitsIntoForce } from '../../src/entry/rights.ts';
import { bringAlertRulesIntoForce } from '../../src/entry/rule-life.ts';
import { serve } from '../../src/entry/serve.ts';
import { benchCode } from '../../src/entry/bench/ingest-files.ts';
import { freePort } from '../support/oidc-client.ts';
import { addMandate, addMember, addParticipants } from './consent-setting.ts';
import {
  addOperator,
  addPerson,
  addProvider,
  type Ending,
  newAddress,
  openTestClock,
  openTestNode,
  PASSWORD,
  type TestClock,
} from './http-node.ts';
import { DATA_ADMIN, LIST, RULES, SECOND_ADMIN } from './whitelists-setting.ts';

/** Days of the month before this one, in which everything up to the correction happens, and as the database's clock has today. */
const LAST_MONTH = (() => {
  const [year = 0, month = 0] = beijingDate(new Date(Date.now())).split('-').map(Number);
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
})();
export const MONTH = LAST_MONTH;

export function dayOf(day: number): string {
  return `${MONTH}-${String(day).padStart(2, '0')}`;
}

/** Six borrowers, so that a figure about them is shown; the first is the one that objects. */
export const BORROWERS = [1, 2, 3, 4, 5, 6].map((n) => ({
  code: benchCode(n),
  name: `北京借款${n}科技有限公司`,
  login: `enterprise-${n}`,
}));
const BYSTANDER = { code: benchCode(7), name: '北京旁观贸易有限公司' };

export type Answer<Body = Record<string, unknown>> = {
  readonly status: number;
  readonly body: Body & { readonly error?: { readonly code: string } };
};

export type City = {
  readonly node: Node;
  readonly url: string;
  readonly clock: TestClock;
  /** As the person signed in under this login; anybody where it is null. */
  readonly call: <Body = Record<string, unknown>>(
    login: string | null,
    path: string,
    payload?: object,
    method?: 'GET' | 'POST',
  ) => Promise<Answer<Body>>;
  readonly deliver: (login: string, contract: string, content: string) => Promise<void>;
  /** Waits until the node's own worker has nothing left, also nothing that was to wait for a while. */
  readonly settle: () => Promise<void>;
  readonly run: (job: string) => Promise<void>;
};

/** A node that serves and works, in the middle of last month, with people of every role and a whitelist; nothing is delivered. */
export async function openCity(t: Ending): Promise<City> {
  const clock = openTestClock();
  clock.advance(Date.parse(`${dayOf(16)}T02:00:00Z`) - clock.now().getTime());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { PORT: String(port), XINQIAO_DEFINITIONS: definitionsOf(t) };
  const node = await openTestNode(t, { clock, publicUrl: url, settings });
  await bringEvaluationIntoForce(node, node.evaluation);
  await bringAlertRulesIntoForce(node);
  await bringTimeLimitsIntoForce(node);
  const serving = await serve(node, { http: true, worker: true });
  t.after(() => serving.stop());
  await addPeople(node);
  const call = caller(url, clock);
  const settle = () => settleJobs(node);
  const run = async (job: string) => {
    await inTransaction(node.database, (tx) => addJob(tx, job, {}));
    await settle();
  };
  const deliver = async (login: string, contract: string, content: string) => {
    await handIn(url, await sessionOf(url, login), { contract, content });
    await settle();
  };
  return { node, url, clock, call, deliver, settle, run };
}

function definitionsOf(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-correction-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'whitelists'));
  const { slices: _everywhere, ...rules } = RULES;
  writeFileSync(join(folder, 'whitelists', `${LIST}.yaml`), JSON.stringify(rules));
  return folder;
}

async function addPeople(node: Node): Promise<void> {
  const providerOf = (contract: string): string =>
    node.lists.catalogue.contracts.get(contract)?.provider ?? assert.fail(contract);
  await inTransaction(node.database, addParticipants);
  await addMember(node, { login: 'inquirer', participant: 'bank', role: 'inquirer' });
  await addMember(node, { login: 'risk', participant: 'bank', role: 'risk_officer' });
  await addMember(node, { login: 'reporter', participant: 'bank', role: 'reporter' });
  await addMember(node, { login: 'other-risk', participant: 'other-bank', role: 'risk_officer' });
  await addOperator(node);
  await addPerson(node, { login: 'auditor', kind: 'operator', roles: ['audit_admin'] });
  await addPerson(node, { login: 'reader', kind: 'reader' });
  await addProvider(node, 'registry', providerOf('n01_registration'));
  await addProvider(node, 'department', providerOf('n08_penalty'));
  await addProvider(node, 'abnormal', providerOf('n05_abnormal_list'));
}

/** Their representatives, once the register knows the enterprises. */
export async function addRepresentatives({ node }: City): Promise<void> {
  for (const { code, login } of BORROWERS) {
    const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, code));
    const accountId = await addPerson(node, { login, kind: 'enterprise', enterpriseId });
    const mandate = { enterpriseId, accountId, capacity: 'legal_representative', scope: [] };
    await inTransaction(node.database, (tx) => addMandate(tx, mandate));
  }
}

export function registrations(): string {
  const head = '统一社会信用代码,企业名称,成立日期,住所\n';
  const rows = [...BORROWERS, BYSTANDER].map(
    ({ code, name }) => `${code},${name},2015-06-01,北京市海淀区甲路1号\n`,
  );
  return head + rows.join('');
}

/** Nobody is on the list, which is something else than a list that nobody delivers. */
export const NOBODY_ABNORMAL = '统一社会信用代码,企业名称,列入原因,列入日期\n';

const PENALTY_HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';

/** Of somebody else, so that the dataset is known to cover the city. */
export function bystandersPenalty(): string {
  return `${PENALTY_HEAD}${BYSTANDER.code},${BYSTANDER.name},旁1,未按期年报,罚款,1万元,2026-03-01,2027-03-01\n`;
}

export function penaltyOf(n: number): string {
  return `京市监罚〔2026〕${n}号`;
}

/** One large fine of each borrower. */
export function penalties(): string {
  const rows = BORROWERS.map(
    ({ code, name }, n) =>
      `${code},${name},${penaltyOf(n + 1)},虚假宣传,罚款,60万元,${dayOf(12)},2099-01-01\n`,
  );
  return PENALTY_HEAD + rows.join('');
}

/** Publishes the whitelist by its own steps and two persons, and pushes it. */
export async function publishList({ node, run }: City): Promise<void> {
  const context = openWhitelists(node);
  const asked = { caller: DATA_ADMIN, listId: LIST };
  const dates = [5, 6, 7].map((back) => endOfMonth(back));
  await backTestWhitelist(context, { ...asked, dates, knowledge: 'now' });
  await inTransaction(node.database, (tx) => proposeWhitelist(tx, context, asked));
  await publishWhitelist(context, { ...asked, caller: SECOND_ADMIN });
  await run('run_whitelists');
}

/**
 * The node's clock catches up with that of the database, by which records are published; what was published until now lies two
 * days back.
 */
export async function letTwoDaysPass({ node, clock, settle }: City): Promise<void> {
  await settle();
  clock.advance(Date.now() - clock.now().getTime());
  const back = `known_from = known_from - interval '2 days'`;
  await inTransaction(node.database, async (tx) => {
    for (const table of ['n01_registration_v1', 'n08_penalty_v1'])
      await tx.rows(`update lists.${table} set ${back}`);
    await tx.rows(`update lists.deliveries set ${back}, finished_at = finished_at - interval '2 days'`);
    await tx.rows(`update security.disclosures set known_at = known_at - interval '2 days'`);
  });
}

/** The last day of the month so many months before `MONTH`. */
function endOfMonth(back: number): string {
  const [year = 0, month = 0] = MONTH.split('-').map(Number);
  return new Date(Date.UTC(year, month - back, 0)).toISOString().slice(0, 10);
}

/** A person looks at who has come, where somebody has; then what changed goes to the institutions. */
export async function pushList({ node }: City, { hasNew }: { readonly hasNew: boolean }): Promise<void> {
  const context = openWhitelists(node);
  const asked = { caller: DATA_ADMIN, listId: LIST };
  await inTransaction(node.database, async (tx) => {
    if (hasNew) await reviewWhitelist(tx, context, { ...asked, decision: 'accept', reason: '整批复核' });
    await pushWhitelist(tx, context, asked);
  });
}

function caller(url: string, clock: TestClock): City['call'] {
  const sessions = new Map<string, { readonly cookie: string; readonly at: number }>();
  const signedIn = async (login: string): Promise<string> => {
    const found = sessions.get(login);
    if (found !== undefined && clock.now().getTime() - found.at < 600_000) return found.cookie;
    const cookie = await sessionOf(url, login);
    sessions.set(login, { cookie, at: clock.now().getTime() });
    return cookie;
  };
  return async (login, path, payload, method = payload === undefined ? 'GET' : 'POST') => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        origin: url,
        'idempotency-key': randomUUID(),
        ...(login !== null && { cookie: await signedIn(login) }),
        ...(payload !== undefined && { 'content-type': 'application/json' }),
      },
      ...(payload !== undefined && { body: JSON.stringify(payload) }),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };
}

/** Signs in as a browser does; tests do so more often than one person, hence from many addresses. */
async function sessionOf(url: string, login: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, 'x-forwarded-for': newAddress() },
    body: JSON.stringify({ login, password: PASSWORD }),
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  assert.equal(answer.status, 200, `${login} signs in`);
  return cookie.split(';')[0] ?? '';
}

async function handIn(
  url: string,
  cookie: string,
  { contract, content }: { readonly contract: string; readonly content: string },
): Promise<void> {
  const answer = await fetch(`${url}/api/v1/deliveries/${contract}`, {
    method: 'PUT',
    headers: { cookie, origin: url, 'content-type': 'text/csv' },
    body: content,
  });
  const receipt = (await answer.json()) as { state: string; quarantined: number };
  assert.deepEqual(
    [answer.status, receipt.state, receipt.quarantined],
    [200, 'published', 0],
    JSON.stringify(receipt),
  );
}

/** Jobs that wait for a while are due now; a job that fails for good fails the test. */
async function settleJobs({ database }: Node): Promise<void> {
  for (let turns = 0; turns < 1_200; turns += 1) {
    const { rows } = await database.pool.query<{ waiting: number; failed: string | null }>(
      `with due as (
         update graphile_worker._private_jobs set run_at = now() where run_at > now() and locked_at is null and attempts = 0
         returning 1)
       select count(*)::integer as waiting, min(last_error) as failed from graphile_worker._private_jobs, (select count(*) from due) d`,
    );
    const [row] = rows;
    assert.equal(row?.failed ?? null, null, 'a job of the node fails');
    if (row?.waiting === 0) return;
    await delay(50);
  }
  assert.fail('the jobs of the node come to an end');
}
