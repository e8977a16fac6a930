import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { inTransaction } from '#kernel';
import { BANK } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  askContact,
  bind,
  consentOfEnterprise,
  follow,
  openPersonsSetting,
  QIAN,
  type Refused,
  ZHAO,
} from './persons-setting.ts';

const setting = await openPersonsSetting(endingOf(after));
const { node, call } = setting;

type Field = { field: string; value: string | null; masked: boolean };
type OwnRecord = { contract: { id: string }; record: string; source: string; fields: Field[] };
type OwnData = { records: OwnRecord[]; digest: string; receiptId: string };
type View = {
  requestId: string;
  state: string;
  responsible: { kind: string; id: string };
  objectionId: string | null;
  decision: string | null;
  lookedBy: string | null;
  terms: { term: string; state: string; dueOn: string | null }[];
  steps: { act: string; byKind: string }[];
};

const ownData = async (login: string) => (await call<OwnData>(login, 'GET', '/persons/me/data')).body;
const request = async (login: string, payload: object) =>
  await call<{ requestId: string } & Refused>(login, 'POST', '/persons/me/requests', payload);
const view = async (login: string, id: string) =>
  (await call<View>(login, 'GET', `/persons/me/requests/${id}`)).body;
const rowsOf = async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  await inTransaction(node.database, (tx) => tx.rows<Row & object>(sql, values));
const WORDS = '号码下的姓名有误，请更正。';

let personId = '';

describe('a person becomes known to the node', () => {
  test('refuses everything about a person before the identity is proved', async () => {
    const { status, body } = await call('zhao', 'GET', '/persons/me/data');
    assert.deepEqual([status, body.error.code], [403, 'persons.not_proved']);
  });

  test('takes two clerks, and refuses the same clerk twice and a wrong check character', async () => {
    const window = { login: 'zhao', ...ZHAO, documentDigest: 'ab'.repeat(32) };
    const wrong = { ...window, number: '110101198001010011' };
    assert.equal(
      (await call('data', 'POST', '/rights/persons', wrong)).body.error.code,
      'persons.identity_wrong',
    );
    const entered = await call<{ personId: string }>('data', 'POST', '/rights/persons', window);
    personId = entered.body.personId;
    const again = await call('data', 'POST', `/rights/persons/${personId}/confirmation`);
    assert.equal(again.body.error.code, 'policy.persons_two_clerks');
    const done = await call('data2', 'POST', `/rights/persons/${personId}/confirmation`);
    assert.equal(done.status, 200);
    assert.equal(
      (await call('data', 'POST', '/rights/persons', window)).body.error.code,
      'persons.known_already',
    );
  });

  test('keeps neither name nor number in clear', async () => {
    const tables = ['persons', 'person_mentions', 'person_notices', 'person_requests'];
    for (const table of tables) {
      const rows = await rowsOf(`select to_jsonb(t)::text as row from rights.${table} t`);
      const text = JSON.stringify(rows);
      assert.ok(!text.includes(ZHAO.name) && !text.includes(ZHAO.number), table);
    }
  });

  test('gives an office no way to ask as a person', async () => {
    const { body } = await call('department', 'GET', '/persons/me/data');
    assert.equal(body.error.code, 'policy.persons_not_by_offices');
  });
});

describe('notices', () => {
  test('are owed once for each person and contract, and again for nothing when nothing is new', async () => {
    const found = await follow(setting);
    // Two representatives, one shareholder, one contact.
    assert.deepEqual([found.mentions, found.notices], [4, 4]);
    assert.deepEqual((await follow(setting)).notices, 0);
  });

  test('are delivered in the portal or by a clerk, and to nobody else', async () => {
    type Notices = { notices: { noticeId: string; contract: string; deliveredWay: string | null }[] };
    const { notices } = (await call<Notices>('zhao', 'GET', '/persons/me/notices')).body;
    assert.deepEqual(notices.map(({ contract }) => contract).sort(), [
      'n01_registration',
      'n03_shareholders',
      'v01_contact',
    ]);
    const ids = notices.map(({ noticeId }) => noticeId);
    const seen = await call<{ delivered: number }>('zhao', 'POST', '/persons/me/notices/seen', {
      notices: ids,
    });
    assert.equal(seen.body.delivered, 3);
    const owed = (await call<Notices>('data', 'GET', '/rights/person-notices')).body.notices;
    assert.deepEqual(
      owed.map(({ contract }) => contract),
      ['n01_registration'],
    );
    const path = `/rights/person-notices/${owed[0]?.noticeId}/delivery`;
    assert.equal((await call('data', 'POST', path, { way: 'post' })).status, 200);
    assert.equal(
      (await call('data', 'POST', path, { way: 'post' })).body.error.code,
      'persons.notice_unknown',
    );
  });
});

describe('access and copy', () => {
  test('show every record about the person across enterprises with its source, and the number masked', async () => {
    const { records, receiptId } = await ownData('zhao');
    assert.deepEqual(records.map(({ contract }) => contract.id).sort(), [
      'n01_registration',
      'n03_shareholders',
      'v01_contact',
    ]);
    const contact = records.find(({ contract }) => contract.id === 'v01_contact')?.fields ?? [];
    const valueOf = (name: string) => contact.find(({ field }) => field === name)?.value;
    assert.equal(valueOf('contact_person'), ZHAO.name);
    assert.equal(valueOf('contact_id_number'), '110101********0010');
    assert.match(receiptId, /^rcp_/);
  });

  test('show nobody else anything: neither another person nor the enterprise of the record', async () => {
    await bind(setting, 'qian', QIAN);
    const text = JSON.stringify(await ownData('qian'));
    assert.ok(text.includes(QIAN.name) && !text.includes(ZHAO.name));
    for (const login of ['representative', 'agent'])
      assert.equal((await call(login, 'GET', '/persons/me/data')).body.error.code, 'persons.not_proved');
  });
});

describe('separate consent', () => {
  type Form = { id: string; hash: string; lines: { zh: string }[] };
  let enterpriseConsent = '';
  let consentId = '';
  let form: Form | undefined;

  test('is asked in six lines that say what is read and what stops', async () => {
    const { forms } = (await call<{ forms: Form[] }>('zhao', 'GET', '/persons/consent-forms')).body;
    form = forms.find(({ id }) => id === 'provide_contact');
    const lines = form?.lines.map(({ zh }) => zh) ?? [];
    assert.equal(lines.length, 6);
    assert.ok(
      lines.some((line) => line.startsWith('读取的信息')) && lines.at(-1)?.startsWith('不同意时停止'),
    );
  });

  test('is what an institution needs beside the consent of the enterprise', async () => {
    enterpriseConsent = await consentOfEnterprise(setting);
    const { values } = await askContact(setting, enterpriseConsent);
    assert.deepEqual([values.contact_person, values.contact_mobile], [null, null]);
    assert.equal(values.contact_duty, 'principal');
  });

  test('lets it see the person from the next call on, and only that institution and purpose', async () => {
    const given = { form: 'provide_contact', formHash: form?.hash, recipient: BANK.participantId };
    const path = '/persons/me/consents';
    const elsewhere = await call<{ consentId: string }>('zhao', 'POST', path, {
      ...given,
      purpose: 'post_loan_management',
    });
    assert.equal(elsewhere.status, 200, JSON.stringify(elsewhere.body));
    assert.equal((await askContact(setting, enterpriseConsent)).values.contact_person, null);
    const done = await call<{ consentId: string }>('zhao', 'POST', path, {
      ...given,
      purpose: 'loan_origination',
    });
    consentId = done.body.consentId;
    const { values } = await askContact(setting, enterpriseConsent);
    assert.equal(values.contact_person, ZHAO.name);
    assert.match(values.contact_mobile ?? '', /^138/);
    assert.equal(values.contact_id_number ?? null, null);
    const twice = await call('zhao', 'POST', path, { ...given, purpose: 'loan_origination' });
    assert.equal(twice.body.error.code, 'persons.consent_given');
  });

  test('ends with its withdrawal, from the next call on, and only by the person', async () => {
    const other = await request('qian', { kind: 'consent_withdrawal', consent: consentId });
    assert.equal(other.body.error.code, 'persons.consent_unknown');
    const { body } = await request('zhao', { kind: 'consent_withdrawal', consent: consentId });
    assert.equal((await view('zhao', body.requestId)).state, 'granted');
    assert.equal((await askContact(setting, enterpriseConsent)).values.contact_person, null);
  });

  test('shows the person who received the record', async () => {
    type Accesses = { accesses: { contract: string; institution: { id: string } | null; kind: string }[] };
    const { accesses } = (await call<Accesses>('zhao', 'GET', '/persons/me/accesses')).body;
    assert.ok(
      accesses.some((one) => one.contract === 'v01_contact' && one.institution?.id === BANK.participantId),
      JSON.stringify(accesses),
    );
  });
});

describe('requests', () => {
  const about = async (contract: string) => {
    const { records } = await ownData('zhao');
    const record = records.find((one) => one.contract.id === contract)?.record ?? assert.fail(contract);
    return { contract, record };
  };

  test('make a correction an objection to the record, of which the enterprise does not see who asked', async () => {
    const { body } = await request('zhao', {
      kind: 'correction',
      about: await about('n01_registration'),
      words: WORDS,
      fields: [{ field: 'legal_representative', claimed: '赵一诺二' }],
    });
    const found = await view('zhao', body.requestId);
    assert.equal(found.state, 'forwarded', JSON.stringify(body));
    assert.match(found.objectionId ?? '', /^obj_/);
    assert.deepEqual(
      found.terms.map(({ term, state }) => [term, state]),
      [['person_answer', 'running']],
    );
    const path = `/enterprises/91110108MA01ABCD3N/objections/${found.objectionId}`;
    const seen = JSON.stringify((await call('representative', 'GET', path)).body);
    assert.ok(seen.includes(found.objectionId ?? '-') && !seen.includes(personId));
    const direct = await call('data', 'POST', `/rights/person-requests/${body.requestId}/decision`, {
      granted: true,
      decision: '已经核实，同意更正。',
    });
    assert.equal(direct.body.error.code, 'persons.request_elsewhere');
  });

  test('answer it with the decision on the objection', async () => {
    const [item] = await rowsOf<{ objection: string; request: string }>(
      `select objection_id as objection, request_id as request from rights.person_requests where objection_id is not null`,
    );
    const refused = await call('data', 'POST', `/rights/objections/${item?.objection}/check`, {
      act: 'refuse',
      words: '登记机关的记载与申请所附材料一致，不予受理。',
    });
    assert.equal(refused.status, 200, JSON.stringify(refused.body));
    assert.equal((await follow(setting)).answered, 1);
    const found = await view('zhao', item?.request ?? '');
    assert.deepEqual([found.state, found.terms[0]?.state], ['refused', 'met']);
    assert.ok(found.decision?.includes('登记机关'));
    assert.deepEqual(
      found.steps.map(({ act }) => act),
      ['asked', 'became_objection', 'refused'],
    );
  });

  test('refuse fields that are not about the person, and records of others', async () => {
    const mine = await about('n01_registration');
    const other = {
      kind: 'correction',
      about: mine,
      words: WORDS,
      fields: [{ field: 'domicile', claimed: null }],
    };
    assert.equal((await request('zhao', other)).body.error.code, 'persons.field_not_yours');
    const foreign = { ...other, fields: [{ field: 'legal_representative', claimed: '钱二' }] };
    assert.equal((await request('qian', foreign)).body.error.code, 'persons.not_about_you');
  });

  test('delete nothing that must be kept, in writing', async () => {
    const asked = { kind: 'deletion', about: await about('n01_registration'), words: '请删除。' };
    const { body } = await request('zhao', asked);
    const decide = (payload: object) =>
      call('data', 'POST', `/rights/person-requests/${body.requestId}/decision`, payload);
    const kept = await decide({ granted: true, decision: '同意删除该项登记信息。' });
    assert.equal(kept.body.error.code, 'persons.duty_to_keep');
    assert.equal(
      (await decide({ granted: false, decision: '不行' })).body.error.code,
      'persons.reasons_needed',
    );
    assert.equal((await decide({ granted: false, decision: '依登记条例须保存，不予删除。' })).status, 200);
    const found = await view('zhao', body.requestId);
    assert.deepEqual([found.state, found.decision], ['refused', '依登记条例须保存，不予删除。']);
  });

  test('take what was filed voluntarily out of use, and tell whoever had it', async () => {
    const { body } = await request('zhao', {
      kind: 'deletion',
      about: await about('v01_contact'),
      words: '请删除。',
    });
    const path = `/rights/person-requests/${body.requestId}/decision`;
    const done = await call('data', 'POST', path, {
      granted: true,
      decision: '自愿填报信息，同意停止使用。',
    });
    assert.equal(done.status, 200, JSON.stringify(done.body));
    const { records } = await ownData('zhao');
    assert.ok(!records.some(({ contract }) => contract.id === 'v01_contact'));
    const [recalls] = await rowsOf<{ n: number }>('select count(*)::integer as n from rights.recalls');
    assert.ok((recalls?.n ?? 0) > 0);
  });

  test('are seen by the person and whoever owes the answer, and by no enterprise among its terms', async () => {
    const [one] = await rowsOf<{ id: string }>('select request_id as id from rights.person_requests limit 1');
    const strangers = [call('qian', 'GET', `/persons/me/requests/${one?.id}`)];
    for (const { body } of await Promise.all(strangers))
      assert.equal(body.error.code, 'persons.request_unknown');
    assert.equal((await call('department', 'GET', `/rights/person-requests/${one?.id}`)).status, 403);
    const everything = await call('representative', 'GET', '/enterprises/91110108MA01ABCD3N/everything');
    assert.ok(!JSON.stringify(everything.body).includes('prq_'));
  });
});

describe('an automated decision', () => {
  test('is explained by a human who gives a name, and by nothing else', async () => {
    const disclosureId = await deriveScore();
    const asked = {
      kind: 'explanation',
      disclosure: disclosureId,
      words: '请说明该评分如何使用了我的信息。',
    };
    const stranger = {
      ...asked,
      disclosure: disclosureId.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    };
    assert.equal((await request('zhao', stranger)).body.error.code, 'persons.not_about_you');
    const { body } = await request('zhao', asked);
    const decide = (payload: object) =>
      call('data', 'POST', `/rights/person-requests/${body.requestId}/decision`, payload);
    const decision = '该评分使用了法定代表人变更次数，未使用姓名和证件号码。';
    assert.equal((await decide({ granted: true, decision })).body.error.code, 'persons.human_needed');
    assert.equal(
      (await decide({ granted: true, decision, lookedBy: '007' })).body.error.code,
      'persons.human_needed',
    );
    assert.equal((await decide({ granted: true, decision, lookedBy: '孙三' })).status, 200);
    assert.equal((await view('zhao', body.requestId)).lookedBy, '孙三');
  });

  /** A score of the first enterprise that read its registration, as a run records one. */
  async function deriveScore(): Promise<string> {
    const [row] = await rowsOf<{ id: string }>(
      `insert into security.disclosures (enterprise_id, disclosure_id, kind, contracts, fields, as_of, known_at, operator,
         purpose, policy_hash, content_digest, receipt_id, at)
       select $1, 'dsc_01hzy3v9k2m4n6p8q0r1s2t3v4', 'score', '{n01_registration}', '{"n01_registration": []}', now(), now(),
         'system:evaluation', 'evaluation', 'x', 'sha256:x', 'rcp_x', $2
       returning disclosure_id as id`,
      [setting.enterpriseId, node.clock.now()],
    );
    return row?.id ?? assert.fail();
  }
});

describe('deletion of what the person gave the node', () => {
  test('destroys name, number and words for good, and leaves the log sound', async () => {
    const { body } = await request('qian', { kind: 'deletion', about: null, words: '请删除我的登记信息。' });
    const path = `/rights/person-requests/${body.requestId}/decision`;
    assert.equal(
      (await call('data', 'POST', path, { granted: true, decision: '同意删除登记的身份信息。' })).status,
      200,
    );
    const gone = await call('qian', 'GET', '/persons/me/data');
    assert.equal(gone.body.error.code, 'persons.not_proved');
    const [row] = await rowsOf<{ left: number }>(
      `select count(*)::integer as left from rights.persons
       where state = 'ended' and (number_sealed is not null or name_sealed is not null or link_digest is not null)`,
    );
    assert.equal(row?.left, 0);
    await bind(setting, 'qian', QIAN);
    assert.equal((await ownData('qian')).records.length, 1);
  });

  test('waits for the person’s other requests', async () => {
    const kept = { kind: 'deletion', about: null, words: '请删除我的登记信息。' };
    await request('zhao', kept);
    const { body } = await request('zhao', kept);
    const path = `/rights/person-requests/${body.requestId}/decision`;
    const { body: refused } = await call('data', 'POST', path, {
      granted: true,
      decision: '同意删除登记的身份信息。',
    });
    assert.equal(refused.error.code, 'persons.open_requests');
  });
});
