import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { followComplaints } from '#rights';
import { openComplaints } from '../../src/entry/complaints.ts';
import { addMember, CODE, OTHER_CODE } from './consent-setting.ts';
import { addPerson, basic, endingOf } from './http-node.ts';
import { openObjectionSetting } from './objections-setting.ts';

const DAY_MS = 86_400_000;
const SECRET = '行长张某某私自查询我公司';

const setting = await openObjectionSetting(endingOf(after));
const { app, node, clock, enterpriseId } = setting;
const context = openComplaints(node);
const { database } = context;
await addMember(node, { login: 'bank-compliance', participant: 'bank', role: 'compliance' });
await addMember(node, { login: 'other-compliance', participant: 'other-bank', role: 'compliance' });
await addPerson(node, { login: 'supervisor', kind: 'reader' });
await inTransaction(node.database, (tx) =>
  tx.rows(
    `update platform.accounts set kind = 'regulator', participant_id = 'regulator', roles = '{supervisor}' where login = 'supervisor'`,
  ),
);
const access = await addAccess('dsc_00000000000000000000000001', 'bank', enterpriseId);

/** An answer that an institution was given, as a query leaves it. */
async function addAccess(id: string, institution: string, of: string): Promise<string> {
  await inTransaction(database, (tx) =>
    tx.rows(
      `insert into security.disclosures (enterprise_id, disclosure_id, kind, contracts, as_of, known_at, institution,
         operator, purpose, policy_hash, content_digest, receipt_id, at)
       values ($1, $2, 'answer', '{n01_registration}', now(), now(), $3, 'cli_bank', 'loan_origination', 'h', 'd', 'rcp_x', now())`,
      [of, id, institution],
    ),
  );
  return id;
}

type Wire = {
  complaintId: string;
  state: string;
  text: string;
  person: string | null;
  outcome: string | null;
  decidedOutcome: string | null;
  attachments: { name: string }[];
  terms: { term: string; state: string; dueOn: string | null }[];
  steps: { act: string; byKind: string; words: string | null; receiptId: string }[];
  complaints: { complaintId: string }[];
  next: string | null;
  error?: { code: string };
};

async function send(method: 'GET' | 'POST', url: string, login: string, payload?: object) {
  const headers = { authorization: basic(login) };
  const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  return { status: answer.statusCode, text: answer.body, body: answer.json<Wire>() };
}

const own = `/api/v1/enterprises/${CODE}/complaints`;
const handling = '/api/v1/rights/complaints';
const bank = { kind: 'institution', id: 'bank' };
const file = async (over: object = {}, login = 'representative') =>
  await send('POST', own, login, { kind: 'tie_in', against: bank, text: '贷款搭售保险。', ...over });
const act = async (id: string, what: string, login: string, over: object = {}) =>
  await send('POST', `${handling}/${id}/acts`, login, { act: what, ...over });
const ownAct = async (id: string, what: string, over: object = {}, login = 'representative') =>
  await send('POST', `${own}/${id}/acts`, login, { act: what, ...over });
const codeOf = ({ body }: { body: Wire }) => body.error?.code;
const answering = { words: '经核实，情况属实，已责令改正。', outcome: 'upheld' };

test('a complaint about an access is answered by another than whom it is about, and taken to the supervisor once', async () => {
  const filed = await file({
    kind: 'query_without_use',
    text: SECRET,
    disclosureId: access,
    person: '李某',
    attachments: [
      { name: '通话记录.pdf', sha256: createHash('sha256').update('a').digest('hex'), bytes: 10 },
    ],
  });
  assert.equal(filed.status, 200, filed.text.slice(0, 300));
  const id = filed.body.complaintId;
  assert.deepEqual(
    filed.body.terms.map(({ term, state, dueOn }) => [term, state, dueOn]),
    [['complaint_answer', 'running', '2026-07-02']],
  );
  assert.equal(codeOf(await send('GET', `${handling}/${id}`, 'bank-compliance')), 'complaints.unknown');
  assert.equal(codeOf(await act(id, 'answer', 'data', answering)), 'complaints.not_assigned');
  assert.equal((await act(id, 'acknowledge', 'data')).body.state, 'handling');
  assert.equal((await act(id, 'answer', 'bank-compliance', answering)).status, 403);
  const seen = await send('GET', `${handling}/${id}`, 'bank-compliance');
  assert.equal(seen.body.text, SECRET);
  assert.deepEqual([seen.body.person, seen.body.attachments, seen.body.terms], [null, [], []]);
  assert.equal(codeOf(await send('GET', `${handling}/${id}`, 'other-compliance')), 'complaints.unknown');
  assert.equal((await act(id, 'state', 'bank-compliance', { words: '该笔申请已被撤回。' })).status, 200);
  assert.equal(codeOf(await act(id, 'answer', 'data2', answering)), 'complaints.not_assigned');
  const answered = await act(id, 'answer', 'data', answering);
  assert.deepEqual([answered.body.state, answered.body.outcome], ['answered', 'upheld']);
  assert.deepEqual(
    answered.body.terms.map(({ state }) => state),
    ['met'],
  );
  assert.equal((await ownAct(id, 'escalate', { words: '未说明查询依据。' })).body.state, 'escalated');
  assert.equal((await act(id, 'decide', 'data', answering)).status, 403);
  const decided = await act(id, 'decide', 'supervisor', { words: '维持答复。', outcome: 'rejected' });
  assert.deepEqual([decided.body.state, decided.body.decidedOutcome], ['decided', 'rejected']);
  assert.equal(codeOf(await ownAct(id, 'escalate', { words: '再次。' })), 'complaints.not_in_state');
  const course = (await send('GET', `${own}/${id}`, 'agent')).body;
  assert.deepEqual(
    course.steps.map((step) => `${step.byKind} ${step.act}`),
    [
      'enterprise file',
      'node acknowledge',
      'institution state',
      'node answer',
      'enterprise escalate',
      'regulator decide',
    ],
  );
  assert.ok(course.steps.every(({ receiptId }) => receiptId.startsWith('rcp_')));
});

test('what was written stands neither in the tables nor in the log in clear', async () => {
  const [row] = await inTransaction(database, (tx) =>
    tx.rows<{ whole: string }>(
      `select (select string_agg(c::text, ' ') from rights.complaints c)
         || (select string_agg(s::text, ' ') from rights.complaint_steps s)
         || (select string_agg(b.body, ' ') from security.leaf_bodies b) as whole`,
    ),
  );
  const whole = row?.whole ?? assert.fail('there are complaints');
  for (const written of [SECRET, '李某', '通话记录', '搭售', '该笔申请', '责令改正'])
    assert.ok(!whole.includes(written), written);
  assert.ok(whole.includes('complaint_filed'));
});

test('asked back the clock stands, and goes on with what comes back or when nothing does', async () => {
  const id = (await file()).body.complaintId;
  await act(id, 'acknowledge', 'data');
  const asked = await act(id, 'ask_back', 'data', { words: '请提供保险单号。' });
  assert.deepEqual([asked.body.state, asked.body.terms[0]?.state], ['asked_back', 'stopped']);
  assert.equal(codeOf(await act(id, 'answer', 'data', answering)), 'complaints.not_in_state');
  clock.advance(3 * DAY_MS);
  const completed = await ownAct(id, 'complete', { words: '保险单号见附件。' });
  assert.deepEqual([completed.body.state, completed.body.terms[0]?.state], ['handling', 'running']);
  await act(id, 'ask_back', 'data', { words: '请再补充。' });
  clock.advance(16 * DAY_MS);
  assert.deepEqual(await followComplaints(context), { closed: 0, resumed: 1 });
  assert.deepEqual(await followComplaints(context), { closed: 0, resumed: 0 });
  assert.equal(
    codeOf(await act(id, 'ask_back', 'data', { words: '第三次。' })),
    'complaints.asked_back_too_often',
  );
  assert.equal((await act(id, 'take_over', 'data2')).status, 200);
  assert.equal((await act(id, 'answer', 'data2', answering)).body.state, 'answered');
  clock.advance(31 * DAY_MS);
  assert.equal(codeOf(await ownAct(id, 'escalate', { words: '迟了。' })), 'complaints.escalation_too_late');
  assert.deepEqual(await followComplaints(context), { closed: 1, resumed: 0 });
  assert.equal((await send('GET', `${own}/${id}`, 'representative')).body.state, 'closed');
});

test('a complaint about the node is handled by its auditor, and by nobody who took part in what it is about', async () => {
  const node_ = { kind: 'node', id: 'node' };
  const id = (await file({ kind: 'refusal', against: node_ })).body.complaintId;
  assert.equal(codeOf(await send('GET', `${handling}/${id}`, 'data')), 'complaints.unknown');
  const refused = await act(id, 'acknowledge', 'data');
  assert.equal(codeOf(refused), 'policy.complaints_about_the_node_by_its_auditor');
  assert.equal((await act(id, 'acknowledge', 'auditor')).body.state, 'handling');
  assert.equal((await send('GET', `${handling}/${id}`, 'data')).status, 200);
  assert.equal((await act(id, 'answer', 'auditor', answering)).body.state, 'answered');
  const other = (await file()).body.complaintId;
  assert.equal(
    codeOf(await act(other, 'acknowledge', 'auditor')),
    'policy.complaints_about_others_not_by_audit',
  );
  const [auditor] = await inTransaction(database, (tx) =>
    tx.rows<{ id: string }>(`select account_id as id from platform.accounts where login = 'auditor'`),
  );
  const looked = 'dsc_00000000000000000000000002';
  await inTransaction(database, (tx) =>
    tx.rows(
      `insert into security.disclosures (enterprise_id, disclosure_id, kind, contracts, as_of, known_at, operator, purpose,
         policy_hash, content_digest, receipt_id, at)
       values ($1, $2, 'report', '{n01_registration}', now(), now(), $3, 'operate', 'h', 'd', 'rcp_x', now())`,
      [enterpriseId, looked, auditor?.id],
    ),
  );
  const about = (await file({ kind: 'misuse', against: node_, disclosureId: looked })).body.complaintId;
  assert.equal(
    codeOf(await act(about, 'acknowledge', 'auditor')),
    'policy.complaints_not_by_those_concerned',
  );
});

test('a complaint that does not fit is refused with what is wrong', async () => {
  const foreign = await addAccess('dsc_00000000000000000000000003', 'other-bank', enterpriseId);
  const cases: readonly [string, object][] = [
    ['complaints.kind_unknown', { kind: 'slow_correction' }],
    ['complaints.kind_unknown', { kind: 'nonsense' }],
    ['complaints.nobody_to_complain_about', { against: { kind: 'institution', id: 'nobody' } }],
    ['complaints.nobody_to_complain_about', { kind: 'refusal', against: { kind: 'node', id: 'other' } }],
    ['complaints.access_needed', { kind: 'query_without_use' }],
    ['complaints.access_not_fitting', { disclosureId: access }],
    ['complaints.access_not_fitting', { kind: 'query_without_use', disclosureId: foreign }],
    ['complaints.access_not_fitting', { kind: 'misuse', disclosureId: 'dsc_00000000000000000000000009' }],
    ['complaints.too_large', { text: '字'.repeat(2001) }],
    ['complaints.too_large', { text: '   ' }],
    [
      'complaints.attachment_not_valid',
      { attachments: [{ name: '../a.pdf', sha256: '0'.repeat(64), bytes: 1 }] },
    ],
    [
      'complaints.attachment_not_valid',
      { attachments: [{ name: 'a.pdf', sha256: 'z'.repeat(64), bytes: 1 }] },
    ],
  ];
  for (const [code, over] of cases)
    assert.equal(codeOf(await file(over)), code, JSON.stringify(over).slice(0, 80));
  assert.equal(codeOf(await file({}, 'other')), 'policy.complaints_by_their_enterprise');
  assert.equal(codeOf(await file({}, 'filing-agent')), 'mandate.out_of_scope');
  assert.equal((await file({}, 'bank-compliance')).status, 403);
  const list = await send('GET', `/api/v1/enterprises/${OTHER_CODE}/complaints`, 'other');
  assert.deepEqual(list.body.complaints, []);
});

test('the same access is complained of once at a time, withdrawn ends it, and ten thousand are bounded by the day', async () => {
  clock.advance(DAY_MS);
  const over = { kind: 'query_without_use', disclosureId: access };
  const id = (await file(over)).body.complaintId;
  assert.equal(codeOf(await file(over)), 'complaints.open_already');
  const withdrawn = await ownAct(id, 'withdraw');
  assert.equal(withdrawn.body.state, 'withdrawn');
  assert.ok(withdrawn.body.terms.every(({ state }) => state === 'met'));
  const codes = [];
  for (let n = 0; n < 11; n += 1) codes.push(codeOf(await file()));
  assert.deepEqual(
    codes.slice(0, 9),
    Array.from({ length: 9 }, () => undefined),
  );
  assert.deepEqual(codes.slice(9), ['complaints.too_many_today', 'complaints.too_many_today']);
});

test('the enterprise finds its complaints in what it sees of itself', async () => {
  const answer = await app.inject({
    url: `/api/v1/enterprises/${CODE}/everything?part=complaints`,
    headers: { authorization: basic('representative') },
  });
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 300));
  assert.ok(answer.body.includes(SECRET) && answer.body.includes('责令改正'));
});

test('figures are of ended quarters and show nothing of few, and the supervisor has the list', async () => {
  const figures = async (quarter: string, login = 'supervisor') =>
    await send('GET', `/api/v1/rights/complaint-figures?quarter=${quarter}`, login);
  assert.equal(codeOf(await figures('2026-Q4')), 'complaints.quarter_not_ended');
  clock.advance(92 * DAY_MS);
  const { text, status } = await figures('2026-Q2');
  assert.equal(status, 200, text.slice(0, 300));
  const lines = (JSON.parse(text) as { figures: { complaints: number | null; hiddenBecause: string }[] })
    .figures;
  assert.ok(lines.length >= 3 && lines.every(({ complaints }) => complaints === null), text.slice(0, 500));
  assert.equal((await figures('2026-Q2', 'bank-compliance')).status, 403);
  const list = await send('GET', handling, 'supervisor');
  assert.ok(list.body.complaints.length >= 9);
});
