import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { canonicalHash, inTransaction } from '#kernel';
import {
  keepRegister,
  listMissingAssessments,
  loadProcessing,
  type ProcessingContext,
  readWholeRegister,
} from '#rights';
import { openProcessing } from '../../src/entry/processing.ts';
import { addPeople, callerOf } from './consent-setting.ts';
import { addOperator, addPerson, endingOf, openTestApp, signIn } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addOperator(node);
for (const login of ['security', 'security-two'])
  await addPerson(node, { login, kind: 'operator', roles: ['security_admin'] });
const context = openProcessing(node);
const SECURITY = callerOf({ id: 'acc_s', kind: 'operator', roles: ['security_admin'] });
const { assessment: template } = loadProcessing([join(import.meta.dirname, '../../models')]);
const ANSWERS = Object.fromEntries(
  template.questions.map(({ id, kind }) => [
    id,
    kind === 'yes_no' ? 'yes' : kind === 'level' ? 'low' : '说明',
  ]),
);

type Body = Record<string, unknown> & { error?: { code: string } };

async function call(login: string, url: string, payload?: object): Promise<{ status: number; body: Body }> {
  const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
  const asked = payload === undefined ? { method: 'GET' as const } : { method: 'POST' as const, payload };
  const answer = await app.inject({ ...asked, url, headers });
  return { status: answer.statusCode, body: answer.json<Body>() };
}

const codeOf = async (login: string, url: string, payload?: object): Promise<string | undefined> =>
  (await call(login, url, payload)).body.error?.code;
const missing = async (of: ProcessingContext = context): Promise<Map<string, string>> =>
  new Map(
    (await inTransaction(node.database, (tx) => listMissingAssessments(tx, of, { caller: SECURITY }))).map(
      ({ activityId, state }) => [activityId, state],
    ),
  );

test('the register is made from contracts, kept once with a leaf, and anew when a contract changes', async () => {
  const [first, again] = [
    await inTransaction(node.database, (tx) => keepRegister(tx, context)),
    await inTransaction(node.database, (tx) => keepRegister(tx, context)),
  ];
  assert.deepEqual([first.registerNo, again.registerNo, again.digest], [1, 1, first.digest]);
  assert.equal(canonicalHash(first.register), first.digest);
  const query = first.register.activities.find(({ id }) => id === 'query') ?? assert.fail();
  assert.ok(
    query.personalFields > 0 && query.sensitiveFields === 0,
    'identity numbers are not read for queries',
  );
  const collection = first.register.activities.find(({ id }) => id === 'collection') ?? assert.fail();
  assert.ok(collection.sensitiveFields > 0);
  for (const { stops, legalBasis } of first.register.activities)
    assert.ok(stops.zh !== '' && legalBasis.length > 0);
  const changed = withoutClass(context);
  const second = await inTransaction(node.database, (tx) => keepRegister(tx, changed));
  assert.equal(second.registerNo, 2);
  const asked = { caller: SECURITY, version: 1 };
  const old = await inTransaction(node.database, (tx) => readWholeRegister(tx, context, asked));
  assert.equal(old.digest, first.digest, 'the version before stays readable');
});

/** The same contracts, with another version of one that names persons. */
function withoutClass(of: ProcessingContext): ProcessingContext {
  const contracts = new Map(of.catalogue.contracts);
  const contract = contracts.get('n01_registration') ?? assert.fail();
  contracts.set(contract.id, { ...contract, version: '1.9.0', hash: '0'.repeat(64) });
  return { ...of, catalogue: { ...of.catalogue, contracts } };
}

test('an assessment takes two persons, and a new contract version with fields of persons asks for another', async () => {
  assert.equal((await missing()).get('query'), 'none');
  const path = '/api/v1/impact-assessments';
  const filled = await call('security', path, { activity: 'query', answers: ANSWERS });
  assert.equal(filled.status, 200, JSON.stringify(filled.body));
  const id = String(filled.body['assessmentId']);
  assert.equal((await missing()).get('query'), 'waiting');
  assert.equal(
    await codeOf('security', path, { activity: 'query', answers: ANSWERS }),
    'processing.assessment_waiting',
  );
  const decision = { decision: 'approved' };
  assert.equal(await codeOf('security', `${path}/${id}/decision`, decision), 'policy.assessment_two_persons');
  assert.equal(await codeOf('data', `${path}/${id}/decision`, decision), 'security.not_permitted');
  assert.equal((await call('security-two', `${path}/${id}/decision`, decision)).status, 200);
  assert.equal(
    await codeOf('security-two', `${path}/${id}/decision`, decision),
    'processing.assessment_decided',
  );
  assert.equal((await missing()).get('query'), undefined);
  assert.equal((await missing(withoutClass(context))).get('query'), 'outdated');
  const read = await call('data', `${path}/${id}`);
  assert.equal((read.body['answers'] as unknown[]).length, template.questions.length);
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ sealed: string; kept: number }>(
      `select answers_sealed as sealed, kept_until - filled_at::date as kept from rights.impact_assessments`,
    ),
  );
  assert.ok(row !== undefined && !row.sealed.includes('说明'), 'answers stand sealed');
  assert.ok(row.kept >= 3 * 365);
});

test('anyone reads the public part, without names of fields, and nobody but the node’s people the whole', async () => {
  const open = await app.inject({ method: 'GET', url: '/api/v1/processing' });
  assert.equal(open.statusCode, 200, open.body);
  assert.equal(open.body.includes('legal_representative_cert_no'), false);
  assert.ok(open.body.includes('不向境外提供'));
  const whole = await call('data', '/api/v1/rights/processing');
  assert.ok(JSON.stringify(whole.body).includes('legal_representative_cert_no'));
  for (const url of ['/api/v1/rights/processing', '/api/v1/impact-assessments', '/api/v1/incidents'])
    assert.equal(await codeOf('inquirer', url), 'security.not_permitted', url);
});

test('figures of few are not published, and every figure shows its rows to the node’s people', async () => {
  const year = new Date(node.clock.now().getTime() + 8 * 3_600_000).getUTCFullYear();
  await inTransaction(node.database, (tx) =>
    tx.rows(
      `insert into rights.removals (enterprise_id, removal_id, place, contract_id, versions, basis, kept_until, entry_hash, removed_at)
       select 9000 + n, 'rmv_1', n, 'n08_penalty', array['dlv:0'], 'ended', $1::date, sha256('x'), $1
       from generate_series(1, 3) n`,
      [node.clock.now()],
    ),
  );
  type Figures = { figures: { id: string; value: number | null; isHidden: boolean }[] };
  const open = await app.inject({ method: 'GET', url: `/api/v1/processing/figures?year=${year}` });
  const shown = new Map(open.json<Figures>().figures.map((one) => [one.id, one.value]));
  assert.deepEqual([shown.get('deletions'), shown.get('breaches'), shown.get('assessments')], [null, 0, 1]);
  const whole = (await call('data', `/api/v1/rights/processing/figures?year=${year}`)).body as Figures & Body;
  assert.equal(whole.figures.find(({ id }) => id === 'deletions')?.value, 3);
  for (const { id, value } of whole.figures) {
    const rows = await call('data', `/api/v1/rights/processing/figures/${id}?year=${year}`);
    assert.equal((rows.body['rows'] as unknown[]).length, value, id);
  }
});
