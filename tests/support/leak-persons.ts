import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { addDays, maskIdNumber } from '#lists';
import { linkOutsideAccount } from '#platform';
import { followMentions } from '#rights';
import { openPersons } from '../../src/entry/persons.ts';
import { addPerson, basic, newAddress } from '../flows/http-node.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type Canary, WORD_LENGTH } from './leak-canaries.ts';
import { type LeakCity, OWN } from './leak-city.ts';
import type { Post } from './leak-models.ts';
import { WRITTEN } from './leak-written.ts';
import { deliver } from './lists.ts';

const ME = '/api/v1/persons/me';
const HANDLING = '/api/v1/rights';
const CONTRACT = 'v01_contact';
/** Somebody whom the city's identity provider has proved, and who has not said so yet. */
const NEWCOMER = { name: '某某', number: '110105197809234173' };
/** Entered by one clerk, for another to confirm. */
const ENTERED = { login: 'person-entered', name: '某某', number: '110105199111052836' };
/** What anybody tries to be entered with. */
const IDENTITY = { name: '某某', number: '110101198001010010' };

/** Natural persons beside those who act for offices: one has consented, the other not, the last is not proved. */
export const PERSONS = ['person', 'other-person', 'person-new'] as const;

/** A contact of the enterprise; what stands of them in the record is spelled as a canary, in letters alone as names are. */
type Contact = {
  readonly login: string;
  readonly duty: string;
  readonly name: string;
  readonly position: string;
  readonly mobile: string;
  readonly number: string;
  readonly email: string;
  /** Whether the bank may see the person, by their own separate consent. */
  readonly consents: boolean;
};

const CONTACTS: readonly Contact[] = [
  {
    login: 'person',
    duty: '融资经办人',
    name: 'zqalphaname',
    position: 'zqalphaposition',
    mobile: '13987654021',
    number: '110105198604123511',
    email: 'zqalphamail@canary.example.com',
    consents: true,
  },
  {
    login: 'other-person',
    duty: '财务负责人',
    name: 'zqothername',
    position: 'zqotherposition',
    mobile: '13687654075',
    number: '110105197306167394',
    email: 'zqothermail@canary.example.com',
    consents: false,
  },
];
const WORDS = `${WRITTEN.personRequest.word} 请停止使用我的联系方式。`;
const REPLY = `${WRITTEN.personReply.word} 依登记条例须保存，不予删除。`;

/** Requests of `person`, each in the state from which one call goes on; `read` stays open and `answered` is decided. */
export type LeakPersons = Readonly<
  Record<'read' | 'answered' | 'withdrawal' | 'decision', string> & {
    notice: string;
    /** Of the other person. */
    owedNotice: string;
    entered: string;
    formHash: string;
    /** What is about each person, by login. */
    own: ReadonlyMap<string, ReadonlySet<Canary>>;
  }
>;

/** Two contacts of the enterprise who have proved who they are, of whom one lets the bank see them. */
export async function preparePersons(city: LeakCity, postTo: Post): Promise<LeakPersons> {
  const { node } = city;
  for (const login of [...PERSONS, ENTERED.login]) await addPerson(node, { login, kind: 'reader' });
  const own = new Map(CONTACTS.map((contact) => [contact.login, plant(city, contact)]));
  await deliverContacts(city);
  const context = openPersons(node);
  await followMentions(context);
  for (const { login, name, number } of CONTACTS) {
    const personId = await enter(postTo, { login, name, number });
    await postTo('window-clerk', `${HANDLING}/persons/${personId}/confirmation`);
  }
  await linkNewcomer(city);
  const formHash = context.persons.consents.find(({ id }) => id === FORM)?.hash ?? assert.fail(FORM);
  await postTo('person', `${ME}/consents`, consentOf(formHash, 'loan_origination'));
  await letBankSee(city, postTo);
  return {
    ...(await raiseRequests(city, postTo)),
    notice: await noticeOf(city, 'person'),
    owedNotice: await noticeOf(city, 'other-person'),
    entered: await enter(postTo, ENTERED),
    formHash,
    own,
  };
}

const FORM = 'provide_contact';

const consentOf = (formHash: string, purpose: string) => ({
  form: FORM,
  formHash,
  purpose,
  recipient: 'bank',
});

/** Enters what stands of a person in the aviary. Without the person's consent no institution may see any of it. */
function plant(city: LeakCity, contact: Contact): ReadonlySet<Canary> {
  const { name, position, mobile, number, email, consents } = contact;
  const disclosure = consents ? 'authorised' : 'invisible';
  const about = { owner: OWN.owner, contract: CONTRACT };
  for (const [field, whole] of [
    ['contact_mobile', mobile],
    ['contact_id_number', number],
  ] as const)
    city.aviary.numbers.set(whole, { ...about, field, disclosure: 'whole' });
  return new Set([
    addWord(city, name, { ...about, field: 'contact_person', disclosure }),
    addWord(city, position, { ...about, field: 'contact_position', disclosure }),
    addWord(city, email, { ...about, field: 'contact_email', disclosure }),
    addRun(city, `${mobile.slice(0, 3)}****${mobile.slice(-4)}`, {
      ...about,
      field: 'contact_mobile',
      disclosure,
    }),
    addRun(city, maskIdNumber(number), { ...about, field: 'contact_id_number', disclosure: 'secret' }),
  ]);
}

function addWord(city: LeakCity, text: string, canary: Canary): Canary {
  return addRun(city, text.slice(0, WORD_LENGTH), canary);
}

function addRun({ aviary }: LeakCity, text: string, canary: Canary): Canary {
  assert.ok(!aviary.words.has(text), text);
  aviary.words.set(text, canary);
  return canary;
}

async function deliverContacts({ node }: LeakCity): Promise<void> {
  const head =
    '统一社会信用代码,企业名称,联系人职责,联系人姓名,联系人职务,联系人手机号,联系人证件号码,联系人电子邮箱\n';
  const rows = CONTACTS.map(({ duty, name, position, mobile, number, email }) =>
    [OWN.code, OWN.name, duty, name, position, mobile, number, email].join(','),
  );
  const receipt = await deliver(node.lists, { contract: CONTRACT, content: `${head}${rows.join('\n')}\n` });
  assert.equal(receipt.quarantined, 0, JSON.stringify(receipt.defects));
}

async function enter(
  postTo: Post,
  identity: { readonly login: string; readonly name: string; readonly number: string },
): Promise<string> {
  const asked = { ...identity, documentDigest: 'ab'.repeat(32) };
  return (await postTo<{ personId: string }>('data_admin', `${HANDLING}/persons`, asked)).personId;
}

async function linkNewcomer({ node }: LeakCity): Promise<void> {
  const { clock, keys, identity } = node;
  const link = {
    login: 'person-new',
    subjectHash: identity.requireOutside().subjectHash(NEWCOMER.number),
  };
  const act = { by: 'system:test', clock, keys };
  await inTransaction(node.database, (tx) => linkOutsideAccount(tx, act, link));
}

/** Under a consent of its own, so that this leaves the uses of the others alone: there is an access to be shown. */
async function letBankSee({ node }: LeakCity, postTo: Post): Promise<void> {
  const today = node.clock.now().toISOString().slice(0, 10);
  const about = { enterprise: OWN.code, purpose: 'loan_origination' };
  const { consentId, digest } = await postTo<{ consentId: string; digest: string }>(
    'institution-all',
    '/api/v1/consents',
    {
      ...about,
      contracts: [{ id: CONTRACT, fields: ['contact_person', 'contact_mobile'] }],
      fetch: 'once',
      dataFrom: addDays(today, -100),
      validTo: addDays(today, 30),
      dataLife: { count: 6, unit: 'month' },
    },
  );
  await postTo('representative', `/api/v1/consents/${consentId}/grant`, { digest });
  const asked = { ...about, consentId, contracts: [CONTRACT], application: 'LN-1', operator: '柜员 7' };
  await postTo('institution-all', '/api/v1/queries', asked);
}

async function raiseRequests(city: LeakCity, postTo: Post) {
  const { records } = await getAs<{ records: { record: string }[] }>(city, 'person', `${ME}/data`);
  const [{ record }] = [records[0] ?? assert.fail('the person stands in a record')];
  const asked = { kind: 'deletion', about: { contract: CONTRACT, record }, words: WORDS };
  const raise = async () =>
    (await postTo<{ requestId: string }>('person', `${ME}/requests`, asked)).requestId;
  const answered = await raise();
  await postTo('data_admin', `${HANDLING}/person-requests/${answered}/decision`, REFUSED);
  return { answered, read: await raise(), withdrawal: await raise(), decision: await raise() };
}

const REFUSED = { granted: false, decision: REPLY };

async function noticeOf(city: LeakCity, login: string): Promise<string> {
  const { notices } = await getAs<{ notices: { noticeId: string }[] }>(city, login, `${ME}/notices`);
  return notices[0]?.noticeId ?? assert.fail(`${login} is owed a notice`);
}

async function getAs<Body>({ app }: LeakCity, login: string, url: string): Promise<Body> {
  const headers = { authorization: basic(login), 'x-forwarded-for': newAddress() };
  const answer = await app.inject({ method: 'GET', url, headers });
  assert.equal(answer.statusCode, 200, `${url} ${answer.body}`);
  return answer.json<Body>();
}

/** What natural persons may be told beside everyone else: what is about themselves, in the answer that asks for it. */
export function mayReachPerson(
  { own }: LeakPersons,
  { to, route }: { readonly to: string; readonly route: string },
  canary: Canary,
): boolean {
  return route === OWN_DATA_ROUTE && own.get(to)?.has(canary) === true;
}

export const OWN_DATA_ROUTE = 'GET /api/v1/persons/me/data';

/** How the routes about natural persons are called. */
export const PERSON_CALLS: Readonly<Record<string, Calls>> = {
  'GET /api/v1/persons/consent-forms': () => get('/api/v1/persons/consent-forms'),
  'GET /api/v1/persons/me': () => get(ME),
  'POST /api/v1/persons/me/proof': () => post(`${ME}/proof`, NEWCOMER),
  [OWN_DATA_ROUTE]: () => get(`${ME}/data`),
  'GET /api/v1/persons/me/accesses': () => get(`${ME}/accesses`),
  'GET /api/v1/persons/me/notices': () => get(`${ME}/notices`),
  'POST /api/v1/persons/me/notices/seen': ({ persons: { notice } }) =>
    post(`${ME}/notices/seen`, { notices: [notice] }),
  'GET /api/v1/persons/me/consents': () => get(`${ME}/consents`),
  // For another purpose than anybody here asks in: it lets nobody see anything.
  'POST /api/v1/persons/me/consents': ({ persons: { formHash } }) =>
    post(`${ME}/consents`, consentOf(formHash, 'post_loan_management')),
  'GET /api/v1/persons/me/requests': () => get(`${ME}/requests`),
  'POST /api/v1/persons/me/requests': () =>
    post(`${ME}/requests`, { kind: 'deletion', about: null, words: '请删除我的登记信息。' }),
  'GET /api/v1/persons/me/requests/{request}': ({ persons: { read, answered } }) =>
    get(`${ME}/requests/${read}`, `${ME}/requests/${answered}`),
  'POST /api/v1/persons/me/requests/{request}/withdrawal': ({ persons: { withdrawal } }) =>
    post(`${ME}/requests/${withdrawal}/withdrawal`),
  'GET /api/v1/rights/persons': () => get(`${HANDLING}/persons`),
  'POST /api/v1/rights/persons': () =>
    post(`${HANDLING}/persons`, { login: 'reader', ...IDENTITY, documentDigest: 'ab'.repeat(32) }),
  'POST /api/v1/rights/persons/{person}/confirmation': ({ persons: { entered } }) =>
    post(`${HANDLING}/persons/${entered}/confirmation`),
  'GET /api/v1/rights/person-notices': () => get(`${HANDLING}/person-notices`),
  'POST /api/v1/rights/person-notices/{notice}/delivery': ({ persons: { owedNotice } }) =>
    post(`${HANDLING}/person-notices/${owedNotice}/delivery`, { way: 'post' }),
  'GET /api/v1/rights/person-requests': () => get(`${HANDLING}/person-requests`),
  'GET /api/v1/rights/person-requests/{request}': ({ persons: { read, answered } }) =>
    get(`${HANDLING}/person-requests/${read}`, `${HANDLING}/person-requests/${answered}`),
  'POST /api/v1/rights/person-requests/{request}/decision': ({ persons: { decision } }) =>
    post(`${HANDLING}/person-requests/${decision}/decision`, REFUSED),
};
