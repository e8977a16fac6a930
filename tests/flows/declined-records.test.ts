import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { declineRecord, loadPositiveRecords, openChampion, replayScore, runEvaluation } from '#evaluation';
import { type QueryAnswer, runQuery } from '#information';
import { type EnterpriseId, inTransaction } from '#kernel';
import { systemCaller } from '#platform';
import { bringEvaluationIntoForce, openRuns } from '../../src/entry/evaluation.ts';
import { deliver } from '../support/lists.ts';
import { addEnterprise, addMandate, BANK, callerOf, CODE, OTHER_CODE } from './consent-setting.ts';
import { addOperator, addPerson, basic, endingOf, openTestApp, openTestClock } from './http-node.ts';
import { dayOf, fillVerificationSetting, givenConsent, NAME } from './verification-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HONOUR = '市政府质量管理奖';
const OTHER_HONOURS = ['首都劳动奖状', '市科学技术进步奖'];
const REVOKED = '诚信示范企业';
const HEAD = '统一社会信用代码,企业名称,荣誉名称,荣誉级别,授予机关,授予日期,荣誉撤销日期\n';
const honour = (name: string, day: string, revoked = '', level = '省级') =>
  `${CODE},${NAME},${name},${level},北京市人民政府,${day},${revoked}\n`;

const clock = openTestClock();
const { app, node } = await openTestApp(endingOf(after), { clock });
const { database, lists } = node;
const setting = await fillVerificationSetting(lists, clock);
const { signatory } = setting;
/** Of the honours, the latest first. */
const DAYS = [dayOf(clock, -250), dayOf(clock, -300), dayOf(clock, -350), dayOf(clock, -400)] as const;
const enterpriseId = signatory.enterpriseId ?? assert.fail('a signatory is of an enterprise');

await deliver(lists, {
  contract: 'n01_registration',
  content: `统一社会信用代码,企业名称,成立日期,住所\n${CODE},${NAME},2015-06-01,北京市海淀区甲路1号\n`,
});
await deliver(lists, {
  contract: 'n27_honours',
  content:
    HEAD +
    honour(HONOUR, DAYS[0]) +
    OTHER_HONOURS.map((name, n) => honour(name, DAYS[n + 1] ?? '')).join('') +
    honour(REVOKED, DAYS[3], DAYS[0]),
});
await addAccounts();
await bringEvaluationIntoForce(node, node.evaluation);
const context = openRuns(node);

/** People of the enterprise with mandates of several kinds, of another enterprise, and of the node. */
async function addAccounts(): Promise<void> {
  await addMember('representative', enterpriseId, { capacity: 'legal_representative', scope: [] });
  await addMember('agent', enterpriseId, { capacity: 'agent', scope: ['object'] });
  await addMember('consent-agent', enterpriseId, { capacity: 'agent', scope: ['consent'] });
  await addPerson(node, { login: 'unmandated', kind: 'enterprise', enterpriseId });
  const other = await inTransaction(database, (tx) =>
    addEnterprise(tx, { code: OTHER_CODE, name: '北京乙商贸有限公司', accountId: 'acc_b' }),
  );
  await addMember('other', other.enterpriseId ?? assert.fail(), {
    capacity: 'legal_representative',
    scope: [],
  });
  await addOperator(node);
  await addPerson(node, { login: 'reader', kind: 'reader' });
}

async function addMember(
  login: string,
  of: EnterpriseId,
  mandate: { capacity: string; scope: string[] },
): Promise<void> {
  const accountId = await addPerson(node, { login, kind: 'enterprise', enterpriseId: of });
  await inTransaction(database, (tx) => addMandate(tx, { enterpriseId: of, accountId, ...mandate }));
}

type Listed = {
  record: string;
  contract: string;
  title: string;
  at: string;
  isPositive: boolean;
  declinedSince: string | null;
};
type Answer = {
  status: number;
  body: { error?: { code: string }; declinedSince?: string | null; receipt?: { id: string; kind: string } };
};

const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, login: string) =>
  await app.inject({
    method,
    url: `/api/v1/enterprises/${CODE}/${path}`,
    headers: { authorization: basic(login) },
  });

async function act(method: 'POST' | 'DELETE', record: string, login = 'representative'): Promise<Answer> {
  const answer = await call(method, `positive-records/${record}/declined`, login);
  return { status: answer.statusCode, body: answer.json<Answer['body']>() };
}

async function listOwn(login = 'representative'): Promise<Listed[]> {
  const answer = await call('GET', 'positive-records', login);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ records: Listed[] }>().records;
}

const recordOf = async (name: string): Promise<string> =>
  (await listOwn()).find(({ title }) => title.startsWith(name))?.record ?? assert.fail(`no ${name}`);
const codeOf = ({ body }: Answer): string | undefined => body.error?.code;

async function evaluate(kind: 'full' | 'incremental') {
  const model = await inTransaction(database, (tx) => openChampion(tx, context));
  return await runEvaluation(context, { caller: systemCaller('test'), kind, model, role: 'champion' });
}

type Scored = { run_id: string; enterprise_id: string; score: number; bins: number[] };

async function scoresOf(runId: string): Promise<Scored[]> {
  return await inTransaction(database, (tx) =>
    tx.rows<Scored>(
      `select run_id, enterprise_id, score, bins from evaluation.scores join evaluation.runs using (run_no)
       where run_id = $1`,
      [runId],
    ),
  );
}

/** The one enterprise that an incremental run touched. */
async function scoreTouched(): Promise<Scored> {
  const run = await evaluate('incremental');
  const scores = await scoresOf(run?.runId ?? assert.fail('something was touched'));
  assert.deepEqual(
    scores.map(({ enterprise_id }) => enterprise_id),
    [enterpriseId],
  );
  return scores[0] ?? assert.fail();
}

const full = await evaluate('full');
const fullRunId = full?.runId ?? assert.fail('a full run always runs');
const before = (await scoresOf(fullRunId)).find(({ enterprise_id }) => enterprise_id === enterpriseId);
assert(before !== undefined);

/** What stands in the standard report, in every word of it. */
async function reportFor(login: string, query = ''): Promise<string> {
  const answer = await call('GET', `report${query}`, login);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.body;
}

const consentId = await givenConsent(setting);

async function honoursAsked(): Promise<unknown[]> {
  const { answer } = await runQuery(
    { database, clock, keys: node.keys, policies: node.policies, lists, personGate: node.personGate },
    {
      caller: BANK,
      enterprise: CODE,
      consentId,
      purpose: 'loan_origination',
      contracts: ['n27_honours'],
      application: 'LN-1',
      operator: '客户经理 7',
      idempotencyKey: crypto.randomUUID(),
    },
  );
  const { datasets } = JSON.parse(answer) as QueryAnswer;
  return datasets.flatMap(({ records }) => records.map(({ values }) => values['honour_name'])).sort();
}

test('an enterprise lists its positive records by what they are, and no other dataset', async () => {
  const own = await listOwn('agent');
  assert.deepEqual(
    own.map(({ contract, title, at, isPositive }) => [contract, title, at, isPositive]),
    [HONOUR, ...OTHER_HONOURS, REVOKED].map((name, n) => [
      'n27_honours',
      `${name} · ${DAYS[n]}`,
      DAYS[n],
      name !== REVOKED,
    ]),
  );
  assert.ok(own.every(({ declinedSince }) => declinedSince === null));
});

test('nobody but its representative, or an agent mandated for it, declines a record', async () => {
  const record = await recordOf(HONOUR);
  assert.equal(codeOf(await act('POST', record, 'other')), 'policy.own_record_only');
  assert.equal(codeOf(await act('POST', record, 'data')), 'policy.own_record_only');
  assert.equal(codeOf(await act('POST', record, 'reader')), 'policy.own_record_only');
  assert.equal(codeOf(await act('POST', record, 'unmandated')), 'mandate.missing');
  assert.equal(codeOf(await act('POST', record, 'consent-agent')), 'mandate.out_of_scope');
  assert.ok((await listOwn()).every(({ declinedSince }) => declinedSince === null));
});

test('only a live record of a positive dataset that states nothing bad can be declined', async () => {
  const [penalty] = await inTransaction(database, (tx) =>
    tx.rows<{ record: string }>(
      `select delivery_id || ':' || row_no as record from lists.n08_penalty_v1 join lists.deliveries using (delivery_no)`,
    ),
  );
  assert.equal(codeOf(await act('POST', penalty?.record ?? '')), 'declined.record_unknown');
  assert.equal(codeOf(await act('POST', 'dlv_0:1')), 'declined.record_unknown');
  assert.equal(codeOf(await act('POST', await recordOf(REVOKED))), 'declined.not_positive');
  assert.equal(codeOf(await act('DELETE', await recordOf(HONOUR))), 'marks.not_marked');
});

test('of two that decline the same record at once one does, with a receipt of a leaf about the enterprise', async () => {
  const record = await recordOf(HONOUR);
  const answers = await Promise.all([act('POST', record), act('POST', record, 'agent')]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  assert.equal(
    answers.map(codeOf).find((code) => code !== undefined),
    'marks.marked_already',
  );
  const done = answers.find(({ status }) => status === 200)?.body;
  assert.equal(done?.receipt?.kind, 'correction');
  const [leaf] = await inTransaction(database, (tx) =>
    tx.rows<{ subject_id: string; body: string }>(
      'select subject_id, body from security.leaf_bodies where receipt_id = $1',
      [done?.receipt?.id],
    ),
  );
  assert.equal(leaf?.subject_id, enterpriseId);
  assert.match(leaf.body, /"act":"record_declined"/);
  assert.doesNotMatch(leaf.body, new RegExp(HONOUR), 'no value of a record stands in the log');
});

test('others no longer read it; the enterprise does, with its mark', async () => {
  assert.doesNotMatch(await reportFor('reader'), new RegExp(HONOUR));
  assert.match(await reportFor('reader'), new RegExp(String(OTHER_HONOURS[0])));
  assert.deepEqual(await honoursAsked(), [...OTHER_HONOURS, REVOKED].sort());
  const own = await reportFor('representative', '?purpose=self');
  assert.match(own, new RegExp(HONOUR));
  assert.match(own, /企业谢绝他人使用/);
  const [listed] = await listOwn();
  assert(listed !== undefined);
  assert.ok(listed.title.startsWith(HONOUR));
  assert.match(listed.declinedSince ?? '', /^\d{4}-\d{2}-\d{2}T/);
});

test('the next incremental run counts it no more, and the run after that has nothing to do', async () => {
  const now = await scoreTouched();
  assert.ok(now.score < before.score, `${now.score} after ${before.score}`);
  assert.equal(await evaluate('incremental'), undefined);
});

test('what was evaluated before replays bit for bit for the enterprise; for others today’s withholding shows', async () => {
  const score = `${fullRunId}/${CODE}`;
  const own = await replayScore(context, { caller: signatory, score });
  assert.deepEqual([own.isIdentical, own.differing], [true, []]);
  const operator = callerOf({ id: 'acc_data', kind: 'operator', roles: ['data_admin'] });
  const others = await replayScore(context, { caller: operator, score });
  assert.equal(others.isIdentical, false);
  assert.ok(others.differing.includes('honour_count_60m'), others.differing.join());
});

test('taken back, it is read and counted as before, and what was known meanwhile stays known', async () => {
  const record = await recordOf(HONOUR);
  const { status, body } = await act('DELETE', record, 'agent');
  assert.deepEqual([status, body.declinedSince, body.receipt?.kind], [200, null, 'correction']);
  assert.equal(codeOf(await act('DELETE', record)), 'marks.ended_already');
  assert.match(await reportFor('reader'), new RegExp(HONOUR));
  assert.deepEqual(await honoursAsked(), [HONOUR, ...OTHER_HONOURS, REVOKED].sort());
  const now = await scoreTouched();
  assert.deepEqual([now.score, now.bins], [before.score, before.bins]);
  const marks = await inTransaction(database, (tx) =>
    tx.rows<{ was_open: boolean; is_known: boolean; follows: boolean }>(
      `select valid_to = 'infinity' as was_open, known_to = 'infinity' as is_known,
         known_from = lag(known_to) over (order by known_from) as follows
       from lists.marks where mark = 'declined' order by known_from`,
    ),
  );
  assert.deepEqual(marks, [
    { was_open: true, is_known: false, follows: null },
    { was_open: false, is_known: true, follows: true },
  ]);
});

test('it can be declined again, and a changed version of it is a record of its own to decide about', async () => {
  const record = await recordOf(HONOUR);
  assert.equal((await act('POST', record)).status, 200);
  await deliver(lists, {
    contract: 'n27_honours',
    content: HEAD + honour(HONOUR, DAYS[0], '', '国家级'),
  });
  const anew = await recordOf(HONOUR);
  assert.notEqual(anew, record);
  assert.equal((await listOwn()).find((one) => one.record === anew)?.declinedSince, null);
  assert.equal(codeOf(await act('POST', record)), 'declined.record_unknown');
  assert.equal((await act('POST', anew)).status, 200);
  assert.doesNotMatch(await reportFor('reader'), new RegExp(HONOUR));
});

test('a run that begins while a record is being declined waits for it and counts it no more', async () => {
  const record = await recordOf(OTHER_HONOURS[0] ?? '');
  const declining = {
    policies: node.policies,
    keys: node.keys,
    clock,
    catalogue: lists.catalogue,
    positive: loadPositiveRecords([join(ROOT, 'models')], lists.catalogue),
  };
  await evaluate('incremental');
  let running: Promise<Scored> | undefined;
  let isOver = false;
  await inTransaction(database, async (tx) => {
    await declineRecord(tx, declining, { caller: signatory, code: CODE, record });
    running = scoreTouched().finally(() => {
      isOver = true;
    });
    while (!isOver && !(await isSomebodyWaiting())) await setTimeout(5);
  });
  const now = await running;
  assert.ok(now !== undefined && now.score < before.score);
});

async function isSomebodyWaiting(): Promise<boolean> {
  const waiting = await inTransaction(database, (tx) =>
    tx.rows(`select from pg_locks where locktype = 'advisory' and not granted`),
  );
  return waiting.length > 0;
}

test('each listing is among the accesses that the enterprise sees', async () => {
  const { accesses } = (await call('GET', 'accesses', 'representative')).json<{
    accesses: { kind: string; purpose: string; contracts: string[] }[];
  }>();
  const listed = accesses.filter(({ kind }) => kind === 'export');
  assert.ok(listed.length > 5);
  assert.ok(
    listed.every(({ purpose, contracts }) => purpose === 'self' && contracts.includes('n27_honours')),
  );
});

test('a definition that names what is not there, or cannot be withheld, is not loaded', (t) => {
  const city = mkdtempSync(join(tmpdir(), 'xinqiao-positive-'));
  t.after(() => rmSync(city, { recursive: true, force: true }));
  mkdirSync(city, { recursive: true });
  const own = readFileSync(join(ROOT, 'models', 'positive-records.yaml'), 'utf8');
  const load = (text: string) => {
    writeFileSync(join(city, 'positive-records.yaml'), text);
    return loadPositiveRecords([join(ROOT, 'models'), city], lists.catalogue);
  };
  assert.equal(load(own).datasets.size, 5);
  const wrong: [string, string, RegExp][] = [
    ['id: n27_honours', 'id: n99_honours', /there is no contract n99_honours/],
    ['id: n27_honours', 'id: n14_tax_declaration', /n14_tax_declaration is not replicated/],
    ['field: honour_revoked_on', 'field: honour_revoked', /has no field honour_revoked/],
    ['values: [B, M, C, D]', 'values: [E]', /has no code E/],
    ['id: v10_awards', 'id: n12_taxpayer_a', /n12_taxpayer_a twice/],
    ['version: 1.0.0', 'version: one', /\/version/],
  ];
  for (const [found, planted, reason] of wrong) {
    assert.ok(own.includes(found));
    assert.throws(() => load(own.replace(found, planted)), {
      code: 'declined.definition_not_valid',
      message: reason,
    });
  }
});
