import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import {
  type EnterpriseId,
  inTransaction,
  migrateJobs,
  runJobs,
  silentLogger,
  toEnterpriseId,
} from '#kernel';
import { readWatchedIds } from '#monitoring';
import type { OutcomeItem } from '#outcomes';
import { refreshByJob, refreshNightly } from '../../src/entry/watches.ts';
import { addEnterprise, addParticipants, CODE } from './consent-setting.ts';
import { addOperator, addPerson, basic, endingOf, openTestApp, openTestClock } from './http-node.ts';
import { disclose, loanItem } from './outcomes-setting.ts';

const ending = endingOf(after);
const clock = openTestClock();
clock.advance(Date.parse('2026-10-20T02:00:00Z') - clock.now().getTime());
const { app, node } = await openTestApp(ending, { clock });
const { database } = node;
await inTransaction(database, addParticipants);
const subject: EnterpriseId = await inTransaction(database, async (tx) => {
  const { enterpriseId } = await addEnterprise(tx, {
    code: CODE,
    name: '北京甲科技有限公司',
    accountId: 'acc_a',
  });
  return enterpriseId ?? toEnterpriseId(0);
});
await addOperator(node);
await addPerson(node, { login: 'enterprise', kind: 'enterprise', enterpriseId: subject });
for (const [login, kind, participant, role] of [
  ['reporter', 'institution', 'bank', 'reporter'],
  ['risk', 'institution', 'bank', 'risk_officer'],
  ['east', 'institution', 'bank-east', 'risk_officer'],
  ['other-risk', 'institution', 'other-bank', 'risk_officer'],
  ['clerk', 'institution', 'bank', 'clerk'],
  ['brought', 'platform', 'platform', 'machine'],
  ['supervisor', 'regulator', 'regulator', 'supervisor'],
] as const) {
  await addPerson(node, { login, kind: 'reader' });
  await database.pool.query(
    'update platform.accounts set kind = $2, participant_id = $3, roles = array[$4] where login = $1',
    [login, kind, participant, role],
  );
}

const get = async (login: string, url: string) => {
  const answer = await app.inject({ url, headers: { authorization: basic(login) } });
  return { status: answer.statusCode, body: answer.json<Body>() };
};
type Body = {
  error?: { code: string };
  watches?: { code: string; since: string; loans: number; consent: unknown }[];
  next?: string | null;
  coverage?: {
    institutionId: string;
    liveLoans: number | null;
    watchedLoans: number | null;
    hiddenBecause: string | null;
  }[];
};

async function post(item: OutcomeItem): Promise<void> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/outcomes',
    payload: { operator: 'op-1', items: [item] },
    headers: { authorization: basic('reporter'), 'idempotency-key': randomUUID() },
  });
  assert.equal(answer.statusCode, 200, answer.body);
}

const disclosureId = await disclose(node, { subject, institution: 'bank' });

const queued = async () => {
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(*)::integer as n from graphile_worker.jobs where task_identifier = 'refresh_watches'`,
  );
  return rows[0]?.n;
};

/** Lets the worker do what is queued; the test's own time limit ends it otherwise. */
async function work(): Promise<void> {
  const handlers = {
    refresh_watches: (payload: Readonly<Record<string, string>>) => refreshByJob(node, payload),
  };
  const runner = await runJobs(database, handlers, { concurrency: 2, logger: silentLogger });
  while ((await queued()) !== 0) await new Promise((resolve) => void setTimeout(resolve, 20));
  await runner.stop();
}

test('a report queues the refresh of its borrowers, and the institution finds them on its list', async () => {
  await migrateJobs(database);
  assert.deepEqual((await get('risk', '/api/v1/monitoring/watches')).body, { watches: [], next: null });
  await post(loanItem(disclosureId));
  assert.equal(await queued(), 1);
  assert.deepEqual((await get('risk', '/api/v1/monitoring/coverage')).body.coverage, [
    { institutionId: 'bank', liveLoans: 1, watchedLoans: 0, hiddenBecause: null },
  ]);
  await work();
  const { watches, next } = (await get('risk', '/api/v1/monitoring/watches')).body;
  assert.equal(next, null);
  assert.deepEqual(
    watches?.map(({ code, since, loans, consent }) => [code, since, loans, consent]),
    [[CODE, '2026-09-15', 1, null]],
  );
  await post(loanItem(disclosureId));
  assert.equal(await queued(), 0, 'the same report again says nothing new');
});

test('each sees its own part: other institutions, offices and platforms find nothing of it', async () => {
  for (const url of ['/api/v1/monitoring/watches', '/api/v1/monitoring/watches?institution=other-bank'])
    assert.deepEqual((await get('other-risk', url)).body.watches, [], url);
  assert.deepEqual((await get('east', '/api/v1/monitoring/watches')).body.watches, []);
  assert.deepEqual((await get('brought', '/api/v1/monitoring/watches?institution=bank')).body.watches, []);
  assert.deepEqual((await get('brought', '/api/v1/monitoring/coverage?institution=bank')).body.coverage, []);
  assert.deepEqual((await get('other-risk', '/api/v1/monitoring/coverage')).body.coverage, []);
  const foreign = await get('risk', '/api/v1/monitoring/coverage?institution=other-bank');
  assert.equal(foreign.body.error?.code, 'admission.institution_unknown');
});

test('the node and the regulator see of whom there is coverage, and no figure of one borrower', async () => {
  for (const login of ['data', 'supervisor'])
    assert.deepEqual((await get(login, '/api/v1/monitoring/coverage')).body.coverage, [
      { institutionId: 'bank', liveLoans: null, watchedLoans: null, hiddenBecause: 'small' },
    ]);
  assert.deepEqual(
    (await get('data', '/api/v1/monitoring/coverage?institution=other-bank')).body.coverage,
    [],
  );
});

test('whoever has no part in monitoring is refused', async () => {
  const code = async (login: string, part: string) =>
    (await get(login, `/api/v1/monitoring/${part}`)).body.error?.code;
  assert.equal(await code('clerk', 'watches'), 'monitoring.watch_role_without');
  assert.equal(await code('enterprise', 'coverage'), 'security.not_permitted');
  assert.equal(await code('enterprise', 'watches'), 'admission.not_a_participant');
  assert.equal(await code('data', 'watches'), 'admission.not_a_participant');
  assert.equal(await code('risk', 'watches?after=1'), 'request.invalid');
  await database.pool.query(
    `update platform.admissions set state = 'suspended' where participant_id = 'other-bank'`,
  );
  assert.equal(await code('other-risk', 'watches'), 'policy.watcher_not_admitted');
});

test('settlement takes the enterprise off the list, by the job or by night', async () => {
  const { loan: _loan, balance, ...item } = loanItem(disclosureId);
  const settled = { month: '2026-10', balanceFen: 0, settledOn: '2026-10-12' };
  await post({ ...item, balance: { ...(balance ?? assert.fail()), ...settled } });
  await refreshNightly(node);
  assert.deepEqual(await inTransaction(database, (tx) => readWatchedIds(tx, { after: null, limit: 9 })), []);
  await work();
  assert.deepEqual((await get('risk', '/api/v1/monitoring/watches')).body.watches, []);
  assert.deepEqual((await get('risk', '/api/v1/monitoring/coverage')).body.coverage, []);
});
