import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { inTransaction, toEnterpriseId } from '#kernel';
import { commandLineReporter, proveAdmission } from '#platform';
import { requireAllowed } from '#security';
import { COLUMNS } from '../../src/outcomes/sheet/columns.ts';
import { makeWorkbook, textRow } from '../../src/lists/files/xlsx.test-support.ts';
import {
  addEnterprise,
  addOperator,
  addPerson,
  basic,
  endingOf,
  openTestApp,
  openTestClock,
} from './http-node.ts';
import { disclose, loanItem } from './outcomes-setting.ts';

/** After every date in the items. */
const clock = openTestClock();
clock.advance(Date.parse('2026-10-20T02:00:00Z') - clock.now().getTime());
const { app, node } = await openTestApp(endingOf(after), { clock });
const { database } = node;
const subject = toEnterpriseId(await registerEnterprise());
await addParticipants();
await addReporter('reporter-a', 'institution', 'bank-a', ['reporter']);
await addReporter('inquirer-a', 'institution', 'bank-a', ['inquirer']);
await addReporter('reporter-b', 'institution', 'bank-b', ['reporter']);
await addReporter('reporter-x', 'platform', 'platform-x', ['reporter']);
await addOperator(node);
await addEnterprise(node, subject);

const CODE = '91110108MA01ABCD0K';

async function registerEnterprise(): Promise<string> {
  const { rows } = await database.pool.query<{ enterprise_id: string }>(
    `insert into lists.enterprises (standing, kind, made_at) values ('registered', 'organisation', now()) returning enterprise_id`,
  );
  const id = rows[0]?.enterprise_id ?? assert.fail();
  await database.pool.query(
    `insert into lists.enterprise_codes (enterprise_id, code, kind, checksum_ok, known_from) values ($1, '91110108MA01ABCD0K', 'uscc', true, now())`,
    [id],
  );
  return id;
}

async function addParticipants(): Promise<void> {
  await database.pool.query(`
    insert into platform.participants (participant_id, kind, institution_type, lineage, name_zh, name_en, made_by, made_at)
    values ('bank-a', 'institution', 'bank', '{bank-a}', '甲银行', 'Bank A', 'test', now()),
      ('bank-b', 'institution', 'bank', '{bank-b}', '乙银行', 'Bank B', 'test', now()),
      ('platform-x', 'platform', null, '{platform-x}', '某平台', 'Platform X', 'test', now());
    insert into platform.admissions (participant_id, valid_from, known_from, state, reason, proposed_by, approved_by, receipt_id)
    select participant_id, '2026-01-01', '2026-01-01', 'admitted', 'test', 'a', 'b', 'rcp_1' from platform.participants;
    insert into platform.agreements (platform_id, institution_id, signed_at, document_digest, made_by, receipt_id)
    values ('platform-x', 'bank-a', '2026-01-01', repeat('0', 64), 'test', 'rcp_1')`);
}

async function addReporter(
  login: string,
  kind: 'institution' | 'platform',
  participant: string,
  roles: readonly string[],
): Promise<void> {
  await addPerson(node, { login, kind: 'reader' });
  await database.pool.query(
    'update platform.accounts set kind = $2, participant_id = $3, roles = $4 where login = $1',
    [login, kind, participant, roles],
  );
}

const passed = (platform?: string) =>
  disclose(node, { subject, ...(platform === undefined ? {} : { platform }) });

function post(login: string, payload: object, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: '/api/v1/outcomes',
    payload,
    headers: { authorization: basic(login), 'idempotency-key': randomUUID(), ...headers },
  });
}

function get(login: string, url: string) {
  return app.inject({ url, headers: { authorization: basic(login) } });
}

function put(login: string, url: string, payload: Buffer | string) {
  return app.inject({
    method: 'PUT',
    url,
    payload,
    headers: { authorization: basic(login), 'content-type': 'application/octet-stream' },
  });
}

type Answer = {
  batchId: string;
  counts: Record<string, number>;
  results: { fate: string; faults: { code: string; column?: string }[] }[];
  error: { code: string };
};
const bodyOf = (answer: { json(): unknown }) => answer.json() as Answer;
const batches = async () =>
  (await database.pool.query<{ n: number }>('select count(*)::integer as n from outcomes.batches')).rows[0]
    ?.n ?? 0;

test('a call with the same key and body has the same answer and counts once; with another body it is refused', async () => {
  const items = [loanItem(await passed())];
  const key = { 'idempotency-key': randomUUID() };
  const before = await batches();
  const first = await post('reporter-a', { operator: 'op-1', items }, key);
  assert.equal(first.statusCode, 200, first.body);
  assert.equal(bodyOf(first).counts['new'], 1);
  const second = await post('reporter-a', { operator: 'op-1', items }, key);
  assert.equal(second.body, first.body);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.equal((await batches()) - before, 1);
  const other = await post('reporter-a', { operator: 'op-2', items }, key);
  assert.deepEqual([other.statusCode, bodyOf(other).error.code], [422, 'idempotency.other_request']);
  const without = await post('reporter-a', { operator: 'op-1', items }, { 'idempotency-key': '' });
  assert.deepEqual([without.statusCode, bodyOf(without).error.code], [400, 'idempotency.key_missing']);
});

test('who has no duty to report is refused, and an unknown field refuses the call', async () => {
  const items = [loanItem(await passed())];
  for (const login of ['inquirer-a', 'data', 'enterprise'])
    assert.equal((await post(login, { operator: 'op-1', items })).statusCode, 403, login);
  const [item] = items;
  for (const wrong of [
    { operator: 'op-1', items: [{ ...item, colour: 'red' }] },
    { operator: 'op-1', items: [{ ...item, loan: { ...item?.loan, id: 'L\u0000' } }] },
    { operator: 'op-1', items: [{ ...item, loan: { ...item?.loan, id: '\ud800' } }] },
    { operator: 'op-1', items: [] },
    { items },
  ]) {
    const answer = await post('reporter-a', wrong);
    assert.deepEqual([answer.statusCode, bodyOf(answer).error.code], [400, 'request.invalid']);
  }
});

test('a platform reports for an institution that signed with it, and for no other', async () => {
  const items = [loanItem(await passed('platform-x'))];
  const refusals = [
    [{ operator: 'op-1', items }, 'admission.institution_missing'],
    [{ institution: 'bank-b', operator: 'op-1', items }, 'outcomes.not_through_platform'],
    [{ institution: 'bank-z', operator: 'op-1', items }, 'admission.institution_unknown'],
  ] as const;
  for (const [payload, code] of refusals) {
    const answer = await post('reporter-x', payload);
    assert.equal(bodyOf(answer).error?.code, code, answer.body);
  }
  const answer = await post('reporter-x', { institution: 'bank-a', operator: 'op-1', items });
  assert.equal(answer.statusCode, 200, answer.body);
});

test('an institution reads what it reported, page by page, and nobody else’s', async () => {
  const own = await get('reporter-a', '/api/v1/outcomes?kind=loan');
  const { facts } = own.json<{ facts: { institutionId: string; values: Record<string, unknown> }[] }>();
  assert(facts.length > 0);
  assert.deepEqual([...new Set(facts.map(({ institutionId }) => institutionId))], ['bank-a']);
  assert.equal(facts[0]?.values['amountFen'], 40_000_000);
  assert.deepEqual((await get('reporter-b', '/api/v1/outcomes')).json(), { facts: [], next: null });
  const viaX = await get('reporter-x', '/api/v1/outcomes?institution=bank-a&kind=use');
  assert.deepEqual(
    viaX.json<{ facts: { channel: string }[] }>().facts.map(({ channel }) => channel),
    ['platform-x'],
  );
  assert.equal((await get('reporter-a', '/api/v1/outcomes?institution=bank-b')).statusCode, 422);
});

test('the enterprise sees what was reported about it; another caller does not', async () => {
  const own = await get('enterprise', `/api/v1/enterprises/${CODE}/outcomes`);
  assert.equal(own.statusCode, 200, own.body);
  const { facts } = own.json<{ facts: { kind: string }[] }>();
  assert(facts.some(({ kind }) => kind === 'loan'));
  for (const login of ['data', 'reporter-a', 'reporter-x'])
    assert.equal((await get(login, `/api/v1/enterprises/${CODE}/outcomes`)).statusCode, 403, login);
});

const CELLS = {
  是否使用: '是',
  申请编号: 'A-9',
  申请日期: '2026-09-01',
  产品: '税贷',
  '申请金额（元）': '100000',
  审批结果: '批准',
  审批日期: '2026-09-02',
  借据编号: 'S-1',
  '放款金额（元）': '80000',
  '年利率（%）': '3.65',
  '期限（月）': '12',
  担保方式: '信用',
  是否首贷: '否',
  是否信用贷款: '是',
  放款日期: '2026-09-03',
  '贷款余额（元）': '80000',
  逾期情况: '未逾期',
  是否不良: '否',
};

function rowOf(cells: Readonly<Record<string, string>>): string[] {
  return COLUMNS.map(({ heading }) => cells[heading] ?? '');
}

const SHEET = '/api/v1/outcomes/sheets/2026-09?operator=op-1';

test('the template filled in is a sheet: good rows are taken, bad ones named by their heading and kept', async () => {
  const id = await passed();
  const template = await get('reporter-a', '/api/v1/outcomes/template.csv');
  assert.match(String(template.headers['content-type']), /^text\/csv/);
  const rows = [
    rowOf({ ...CELLS, 查询编号: id }),
    rowOf({ ...CELLS, 查询编号: id, 借据编号: 'S-2', '年利率（%）': '36.01' }),
    rowOf({ ...CELLS, 查询编号: id, 借据编号: 'S-3', 放款日期: '下月' }),
  ];
  const sheet = `${template.body}${rows.map((row) => row.join(',')).join('\r\n')}\r\n`;
  const answer = await put('reporter-a', SHEET, sheet);
  assert.equal(answer.statusCode, 200, answer.body);
  const { counts, results, batchId } = bodyOf(answer);
  assert.deepEqual([counts['items'], counts['new'], counts['refused']], [3, 1, 2]);
  assert.deepEqual(
    results.map(({ faults }) => faults.map(({ code, column }) => [code, column])),
    [[['rate_wrong', '年利率（%）']], [['cell_unreadable', '放款日期']]],
  );
  const batch = await get('reporter-a', `/api/v1/outcomes/batches/${batchId}`);
  const { refused } = batch.json<{ refused: { row: number; raw: Record<string, string> }[] }>();
  assert.deepEqual(
    refused.map(({ row, raw }) => [row, raw['借据编号'], raw['放款日期']]),
    [
      [2, 'S-2', '2026-09-03'],
      [3, 'S-3', '下月'],
    ],
  );
  assert.equal(bodyOf(await put('reporter-a', SHEET, sheet)).counts['unchanged'], 1);
  assert.equal((await get('reporter-b', `/api/v1/outcomes/batches/${batchId}`)).statusCode, 404);
});

test('a workbook is a sheet too, its columns in any order', async () => {
  const id = await passed();
  const headings = COLUMNS.map(({ heading }) => heading).toReversed();
  const row = rowOf({ ...CELLS, 查询编号: id, 借据编号: 'X-1' }).toReversed();
  const data = `${textRow(1, headings)}${textRow(2, row)}`;
  const answer = await put('reporter-a', SHEET, makeWorkbook({ sheets: [{ name: '反馈', data }] }));
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(bodyOf(answer).counts['new'], 1);
});

test('a sheet with another header, of a month to come, or empty is refused whole', async () => {
  const cases = [
    [SHEET, '企业,金额\r\n甲,1\r\n', 'outcomes.sheet_header'],
    [SHEET.replace('2026-09', '2026-13'), 'x', 'outcomes.sheet_month'],
    [SHEET.replace('2026-09', '2026-11'), 'x', 'outcomes.sheet_month'],
    [SHEET, '', 'file.empty'],
    [SHEET, COLUMNS.map(({ heading }) => heading).join(','), 'outcomes.no_items'],
  ] as const;
  for (const [url, payload, code] of cases) {
    const answer = await put('reporter-a', url, payload);
    assert.equal(bodyOf(answer).error?.code, code, answer.body);
  }
});

test('a sheet that an institution hands over is entered at the shell, for it or for the platform that brought it', async () => {
  const prove = (platformId?: string) =>
    inTransaction(database, (tx) => {
      const caller = commandLineReporter('anna', { institutionId: 'bank-a', platformId });
      requireAllowed(node.policies, caller, 'report_outcome');
      return proveAdmission(tx, clock, caller, { institutionId: 'bank-a', operator: caller.id });
    });
  const { institutionId, platformId, operator } = await prove();
  assert.deepEqual([institutionId, platformId, operator], ['bank-a', null, 'cli:anna']);
  const brought = await prove('platform-x');
  assert.deepEqual([brought.platformId, brought.hasAgreement], ['platform-x', true]);
});

test('channels that contradict each other are listed and settled by the data administrator alone', async () => {
  await addPerson(node, { login: 'auditor', kind: 'operator', roles: ['audit_admin'] });
  const [direct, brought] = [await passed(), await passed('platform-x')];
  const loanOf = (amountFen: number) => {
    const { loan, ...item } = loanItem(direct, { application: { ...loanItem('').application!, id: 'A-9' } });
    const { balance: _balance, ...rest } = item;
    return { ...rest, loan: { ...loan!, id: '沪银贷字第009号', amountFen } };
  };
  const said = await post('reporter-a', { operator: 'op-1', items: [loanOf(100_000_00)] });
  assert.equal(said.statusCode, 200, said.body);
  const other = { ...loanOf(200_000_00), disclosureId: brought };
  const contradicted = await post('reporter-x', { operator: 'op-1', institution: 'bank-a', items: [other] });
  assert.equal(bodyOf(contradicted).counts['conflicting'], 1, contradicted.body);

  const listed = await get('data', '/api/v1/outcomes/conflicts');
  assert.equal(listed.statusCode, 200, listed.body);
  const { conflicts } = listed.json<{
    conflicts: { conflictId: string; institutionId: string; says: { channel: string }[] }[];
  }>();
  const conflict = conflicts.find(({ institutionId }) => institutionId === 'bank-a');
  assert.deepEqual(conflict?.says.map(({ channel }) => channel).sort(), ['direct', 'platform-x']);

  const accept = (login: string, channel: string) =>
    app.inject({
      method: 'POST',
      url: `/api/v1/outcomes/conflicts/${conflict?.conflictId}/accept`,
      payload: { channel },
      headers: { authorization: basic(login) },
    });
  for (const [login, code] of [
    ['reporter-a', 'security.not_permitted'],
    ['enterprise', 'security.not_permitted'],
    ['auditor', 'policy.audit_watches_only'],
  ] as const) {
    assert.equal(bodyOf(await get(login, '/api/v1/outcomes/conflicts')).error.code, code, login);
    assert.equal(bodyOf(await accept(login, 'direct')).error.code, code, login);
  }
  assert.equal(bodyOf(await accept('data', 'platform-y')).error.code, 'outcomes.channel_unknown');
  assert.equal((await accept('data', 'platform-x')).statusCode, 200);
  assert.equal(bodyOf(await accept('data', 'platform-x')).error.code, 'outcomes.conflict_unknown');
});
