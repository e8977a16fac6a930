import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { acceptReview, releaseHeld } from '#lists';
import { addMember, addPeople, CODE, dayFrom, OTHER_CODE } from './consent-setting.ts';
import { addOperator, basic, endingOf, openTestApp, openTestClock, startWork } from './http-node.ts';

const CONTRACT = 'v23_lender_record';
const ending = endingOf(after);
const clock = openTestClock();
const { app, node } = await openTestApp(ending, { clock });
await startWork(ending, node);
await addPeople(node);
await addOperator(node);
for (const participant of ['bank', 'other-bank'])
  await addMember(node, { login: `machine-${participant}`, participant, role: 'machine' });

const as = (login: string) => ({ authorization: basic(login) });
const get = (url: string, login: string) => app.inject({ url, headers: as(login) });

function post(url: string, login: string, payload?: object) {
  const headers = { ...as(login), 'idempotency-key': randomUUID() };
  return app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) });
}

type Row = {
  readonly code?: string;
  readonly name?: string;
  readonly no: string;
  readonly on?: string;
  readonly grade?: string;
};

const today = dayFrom(clock, 0);

function fileOf(rows: readonly Row[]): string {
  const lines = rows.map(({ code = CODE, name = '北京甲科技有限公司', no, on = today, grade = '正常' }) =>
    [code, name, 'other-bank', '京华银行', no, '流贷', '2026-01-05', '500000', grade, on].join(','),
  );
  const head =
    '统一社会信用代码,企业名称,提供机构编号,机构名称,借据号,业务种类,授信日期,授信额度,五级分类,数据日期';
  return [head, ...lines, ''].join('\n');
}

type Receipt = {
  delivery: string;
  state: string;
  provider: string;
  rows: number;
  new: number;
  changed: number;
  unchanged: number;
  held: number;
  quarantined: number;
  duplicateInFile: number;
  ignoredColumns: string[];
  defects: { row: number; code: string; message: string }[];
  error: { code: string };
};

async function give(
  login: string,
  rows: readonly Row[],
  query = '',
): Promise<{ status: number; body: Receipt }> {
  const answer = await app.inject({
    method: 'PUT',
    url: `/api/v1/deliveries/${CONTRACT}${query}`,
    headers: { ...as(login), 'content-type': 'text/csv' },
    payload: fileOf(rows),
  });
  const body = answer.json<Receipt>();
  if (answer.statusCode === 200) {
    const { changed, unchanged, held, quarantined, duplicateInFile } = body;
    assert.equal(body.rows, body.new + changed + unchanged + held + quarantined + duplicateInFile);
  }
  return { status: answer.statusCode, body };
}

type Asked = {
  readonly by?: string;
  readonly of?: 'enterprise-a' | 'enterprise-b';
  readonly over?: object;
};

async function consent({ by = 'inquirer', of = 'enterprise-a', over = {} }: Asked = {}): Promise<string> {
  const asked = await post('/api/v1/consents', by, {
    enterprise: of === 'enterprise-a' ? CODE : OTHER_CODE,
    purpose: 'give_back',
    contracts: [{ id: CONTRACT }],
    fetch: 'periodic',
    frequency: { count: 10, unit: 'month' },
    dataFrom: dayFrom(clock, -300),
    validTo: dayFrom(clock, 60),
    dataLife: { count: 12, unit: 'month' },
    operator: '张三',
    ...over,
  });
  assert.equal(asked.statusCode, 200, asked.body);
  const { consentId, digest, words } = asked.json<{
    consentId: string;
    digest: string;
    words: { zh: string }[];
  }>();
  for (const { zh } of words) assert.ok([...zh].length <= 60, zh);
  const granted = await post(`/api/v1/consents/${consentId}/grant`, of, { digest });
  assert.equal(granted.statusCode, 200, granted.body);
  return consentId;
}

/** Numbers of the records of the dataset in the enterprise's own report. */
async function ownNumbers(): Promise<string[]> {
  const answer = await get(`/api/v1/enterprises/${CODE}/report?purpose=self&format=html`, 'enterprise-a');
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 300));
  return [...answer.body.matchAll(/JIEJU-A[0-9]/g)].map(([no]) => no).sort();
}

let reading: string | undefined;

/** What another bank reads under a consent of its own for lending. */
async function readByOther(): Promise<{ outcome: string; grades: (string | null)[] }> {
  reading ??= await consent({
    by: 'other-inquirer',
    over: { purpose: 'loan_origination', frequency: { count: 10, unit: 'month' } },
  });
  const answer = await post('/api/v1/queries', 'other-inquirer', {
    enterprise: CODE,
    consentId: reading,
    purpose: 'loan_origination',
    contracts: [CONTRACT],
    application: 'LN-1',
    operator: '李四',
  });
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 500));
  const { datasets } = answer.json<{
    datasets: { contract: string; outcome: string; records: { values: Record<string, string | null> }[] }[];
  }>();
  const dataset = datasets.find(({ contract }) => contract === CONTRACT);
  return {
    outcome: dataset?.outcome ?? '',
    grades: (dataset?.records ?? []).map(({ values }) => values['five_grade'] ?? null).sort(),
  };
}

describe('data that a bank gives back', () => {
  let bank = '';

  it('are quarantined with the reason while the enterprise has agreed to nothing, and are kept', async () => {
    const { status, body } = await give('machine-bank', [{ no: 'JIEJU-A1' }]);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.new, body.quarantined], [0, 1]);
    assert.equal(body.provider, 'bank');
    const because = body.defects.find(({ code }) => code === 'consent_missing');
    assert.match(because?.message ?? '', /逆向共享授权/);
    const csv = await get(`/api/v1/deliveries/${body.delivery}/quarantine.csv`, 'machine-bank');
    assert.equal(csv.statusCode, 200);
    assert.match(csv.body, /JIEJU-A1/);
    assert.equal((await get(`/api/v1/deliveries/${body.delivery}`, 'machine-other-bank')).statusCode, 404);
  });

  it('are taken in under its consent, row by row, as of the bank that delivers whatever the file says', async () => {
    bank = await consent();
    const { body } = await give('machine-bank', [
      { no: 'JIEJU-A1', grade: '关注' },
      { no: 'JIEJU-A2' },
      { no: 'JIEJU-A3', on: dayFrom(clock, -400) },
      { no: 'JIEJU-B1', code: OTHER_CODE, name: '北京乙商贸有限公司' },
    ]);
    assert.deepEqual([body.new, body.quarantined], [2, 2], JSON.stringify(body));
    const missing = body.defects.filter(({ code }) => code === 'consent_missing');
    assert.deepEqual(missing.map(({ row }) => row).sort(), [3, 4]);
    assert.deepEqual(body.ignoredColumns, ['提供机构编号']);
    assert.deepEqual(await ownNumbers(), ['JIEJU-A1', 'JIEJU-A2']);
    const { rows } = await node.database.pool.query<{ institution_id: string }>(
      `select distinct institution_id from lists.${CONTRACT}_v1`,
    );
    assert.deepEqual(rows, [{ institution_id: 'bank' }]);
  });

  it('of two banks stand beside each other, and neither ends or changes the other’s', async () => {
    await consent({ by: 'other-inquirer' });
    const same = await give('machine-other-bank', [{ no: 'JIEJU-A1', grade: '可疑' }]);
    assert.deepEqual([same.body.new, same.body.changed], [1, 0], JSON.stringify(same.body));
    const withdrawn = await give('machine-other-bank', [{ no: 'JIEJU-A2' }], '?kind=withdrawal');
    assert.deepEqual([withdrawn.body.changed, withdrawn.body.unchanged], [0, 1]);
    assert.deepEqual(await ownNumbers(), ['JIEJU-A1', 'JIEJU-A1', 'JIEJU-A2']);
    assert.deepEqual(await readByOther(), {
      outcome: 'ok',
      grades: ['doubtful', 'normal', 'special_mention'],
    });
  });

  it('are read by nobody but the enterprise once it pauses or revokes, from the next call on', async () => {
    assert.equal((await post(`/api/v1/consents/${bank}/pause`, 'enterprise-a')).statusCode, 200);
    assert.deepEqual((await readByOther()).grades, ['doubtful']);
    assert.equal((await post(`/api/v1/consents/${bank}/resume`, 'enterprise-a')).statusCode, 200);
    assert.equal((await readByOther()).grades.length, 3);
    assert.equal((await post(`/api/v1/consents/${bank}/revoke`, 'enterprise-a')).statusCode, 200);
    assert.deepEqual((await readByOther()).grades, ['doubtful']);
    assert.deepEqual(await ownNumbers(), ['JIEJU-A1', 'JIEJU-A1', 'JIEJU-A2']);
    const { body } = await give('machine-bank', [{ no: 'JIEJU-A1', grade: '次级' }]);
    assert.deepEqual([body.changed, body.quarantined], [0, 1]);
  });

  it('come no more often than the consent says', async () => {
    await consent({ of: 'enterprise-b', over: { frequency: { count: 1, unit: 'month' } } });
    const row = { code: OTHER_CODE, name: '北京乙商贸有限公司' };
    assert.equal((await give('machine-bank', [{ ...row, no: 'JIEJU-B1' }])).body.new, 1);
    const again = await give('machine-bank', [{ ...row, no: 'JIEJU-B2' }]);
    assert.deepEqual([again.body.new, again.body.quarantined], [0, 1]);
  });

  it('of an enterprise that nobody knows wait for a person, and are looked at for a consent when he decides', async () => {
    const unknown = { code: '91110105MA01XYZW0L', name: '北京丙文化有限公司' };
    const { body } = await give('machine-other-bank', [{ ...unknown, no: 'C-1' }]);
    assert.deepEqual([body.new, body.held], [0, 1], JSON.stringify(body));
    const { rows } = await node.database.pool.query<{ review_no: string }>(
      `select review_no from lists.review_items where subject_code = $1`,
      [unknown.code],
    );
    const reviewNo = rows[0]?.review_no ?? assert.fail();
    await acceptReview(node.lists, { reviewNo, choice: { isNew: true }, decidedBy: 'acc_data' });
    await releaseHeld(node.lists, reviewNo);
    const receipt = (await get(`/api/v1/deliveries/${body.delivery}`, 'machine-other-bank')).json<Receipt>();
    assert.deepEqual([receipt.new, receipt.held, receipt.quarantined], [0, 0, 1]);
  });

  it('are delivered by an admitted institution itself and by nobody else', async () => {
    const codes = [];
    for (const login of ['data', 'inquirer', 'enterprise-a']) {
      const { status, body } = await give(login, [{ no: 'X' }]);
      codes.push([login, status, body.error.code]);
    }
    assert.deepEqual(codes, [
      ['data', 403, 'policy.giving_back_by_itself'],
      ['inquirer', 403, 'security.not_permitted'],
      ['enterprise-a', 403, 'policy.giving_back_by_itself'],
    ]);
    await node.database.pool.query(
      `update platform.admissions set state = 'suspended' where participant_id = 'other-bank'`,
    );
    const suspended = await give('machine-other-bank', [{ no: 'X' }]);
    assert.equal(suspended.body.error.code, 'policy.giver_not_admitted');
  });

  it('are asked for whole, over a time, and of datasets that institutions give', async () => {
    const ask = async (over: object) => {
      const answer = await post('/api/v1/consents', 'inquirer', {
        enterprise: CODE,
        purpose: 'give_back',
        contracts: [{ id: CONTRACT }],
        fetch: 'periodic',
        frequency: { count: 1, unit: 'month' },
        dataFrom: dayFrom(clock, -300),
        validTo: dayFrom(clock, 60),
        dataLife: { count: 12, unit: 'month' },
        operator: '张三',
        ...over,
      });
      return answer.json<{ error: { code: string } }>().error.code;
    };
    assert.equal(await ask({ contracts: [{ id: 'n14_tax_declaration' }] }), 'consent.not_given_back');
    assert.equal(
      await ask({ contracts: [{ id: CONTRACT, fields: ['five_grade'] }] }),
      'consent.request_malformed',
    );
    assert.equal(await ask({ fetch: 'once', frequency: undefined }), 'consent.request_malformed');
    const answer = await post('/api/v1/queries', 'inquirer', {
      enterprise: CODE,
      consentId: await consent(),
      purpose: 'loan_origination',
      contracts: [CONTRACT],
      application: 'LN-1',
      operator: '李四',
    });
    assert.equal(answer.statusCode, 403, 'nobody reads by a consent to giving back');
  });
});
