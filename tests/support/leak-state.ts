import { bringEvaluationIntoForce, runScheduled } from '../../src/entry/evaluation.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { runDueFiles } from '#information';
import { type EnterpriseId, inTransaction } from '#kernel';
import { type Contract, findEnterprise, runQuality } from '#lists';
import { systemCaller } from '#platform';
import * as jose from 'jose';
import { openQueryFiles } from '../../src/entry/query-files.ts';
import { addMandate, dayFrom } from '../flows/consent-setting.ts';
import { addPerson, basic, newAddress, openTestClock, PASSWORD } from '../flows/http-node.ts';
import { type LeakAlerts, prepareAlerts } from './leak-alerts.ts';
import { type LeakCity, OWN } from './leak-city.ts';
import { type LeakEndpoints, prepareEndpoints } from './leak-endpoints.ts';
import { prepareExport } from './leak-exports.ts';
import { fetchAs, tokensOf } from './leak-machines.ts';
import { type LeakModels, type Post, prepareModels } from './leak-models.ts';
import { type LeakComplaints, prepareComplaints } from './leak-complaints.ts';
import { type LeakObjections, prepareObjections } from './leak-objections.ts';
import { type LeakProcessing, prepareProcessing } from './leak-processing.ts';
import { type LeakPersons, preparePersons } from './leak-persons.ts';
import { prepareRecall } from './leak-recalls.ts';
import { type LeakRepairs, prepareRepairs } from './leak-repairs.ts';
import { type LeakHolds, prepareHolds } from './leak-retention.ts';
import { type LeakReturns, prepareReturns } from './leak-returns.ts';
import { type LeakVoluntary, prepareVoluntary } from './leak-voluntary.ts';
import { type LeakWindow, prepareWindow, WINDOW_CLERKS } from './leak-window.ts';
import { enterWritten } from './leak-written.ts';
import { makeKeys } from './oidc-client.ts';

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly payload?: string | object | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Consents that a machine's token must name beside the one of the payload. */
  readonly consentId?: string;
};
type Consent = { readonly consentId: string; readonly digest: string; readonly contracts: readonly string[] };

/** What the calls are about: everything there is to ask for, prepared by whoever may prepare it. */
export type LeakState = {
  readonly city: LeakCity;
  /** Under which a bank, directly and through its platform, may see all that can be consented to. */
  readonly consents: readonly Consent[];
  readonly throughPlatform: readonly Consent[];
  readonly waiting: Readonly<Record<'grant' | 'reject', Consent>>;
  readonly given: Readonly<Record<'pause' | 'resume' | 'revoke', Consent>>;
  readonly paper: Consent & { readonly scanDigest: string };
  /** Of a batch and a file, so that these leave the uses of the others alone. */
  readonly forBatch: Consent;
  /** Of runs of the bank's own models, directly and through its platform. */
  readonly forModels: readonly [Consent, Consent];
  readonly models: LeakModels;
  readonly alerts: LeakAlerts;
  readonly returns: LeakReturns;
  readonly endpoints: LeakEndpoints;
  readonly objections: LeakObjections;
  readonly repairs: LeakRepairs;
  readonly complaints: LeakComplaints;
  /** To the bank. */
  readonly recallId: string;
  readonly holds: LeakHolds;
  readonly processing: LeakProcessing;
  /** Of everything about the enterprise, made. */
  readonly exportId: string;
  readonly voluntary: LeakVoluntary;
  readonly window: LeakWindow;
  readonly persons: LeakPersons;
  readonly fileId: string;
  readonly capacityChanges: readonly [string, string];
  readonly disclosureId: string;
  readonly receiptId: string;
  readonly batchId: string;
  readonly proposals: readonly [string, string];
  readonly mandateIds: readonly [string, string];
  /** A positive record of the enterprise, which it may decline. */
  readonly honour: string;
  readonly report: Buffer;
  readonly cookie: string;
  readonly jwk: object;
  readonly otherJwk: object;
  readonly sheet: string;
  readonly logSize: number;
};

/** The enterprise's own people, by whom it is the enterprise itself that asks. */
export const REPRESENTATIVE = 'representative';
const AGENTS = ['agent-a', 'agent-b', 'agent-c'] as const;
const CHUNK = 35;
const PDF = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n');
const clock = openTestClock();
export const day = (days: number): string => dayFrom(clock, days);

export async function prepareState(city: LeakCity): Promise<LeakState> {
  enterWritten(city.aviary);
  await addOwnPeople(city);
  await runQuality(city.node.lists, { period: day(0).slice(0, 7), caller: systemCaller('test') });
  await bringEvaluationIntoForce(city.node, city.node.evaluation);
  await runScheduled(city.node, 'full');
  const contracts = [...city.node.lists.catalogue.contracts.values()];
  const consents = await giveAll(city, contracts, 'institution-all');
  const throughPlatform = await giveAll(city, contracts, 'platform-all');
  const given = {
    pause: await give(city, contracts.slice(0, 2), 'institution-all'),
    resume: await give(city, contracts.slice(0, 2), 'institution-all'),
    revoke: await give(city, contracts.slice(0, 2), 'institution-all'),
  };
  await post(city, REPRESENTATIVE, `/api/v1/consents/${given.resume.consentId}/pause`);
  const waiting = {
    grant: await askFor(city, contracts.slice(0, 2), 'institution-all'),
    reject: await askFor(city, contracts.slice(0, 2), 'institution-all'),
  };
  const paper = await enterPaper(city);
  const forBatch = await give(city, contracts.slice(0, CHUNK), 'institution-all');
  const taxes = contracts.filter(({ id }) => id === 'n14_tax_declaration');
  const forModels = [
    await give(city, taxes, 'institution-all'),
    await give(city, taxes, 'platform-all'),
  ] as const;
  const { disclosureId, receiptId } = await queryOnce(city, consents[0]);
  const batchId = await reportOnce(city, disclosureId);
  await city.drain();
  const postTo: Post = (login, url, payload) => post(city, login, url, payload);
  const objections = await prepareObjections(city, postTo);
  const complaints = await prepareComplaints(postTo);
  const checkpoint = await send(city, 'reader', { method: 'GET', url: '/api/v1/log/checkpoint' });
  return {
    city,
    consents,
    throughPlatform,
    waiting,
    given,
    paper,
    forBatch,
    forModels,
    models: await prepareModels(city, postTo),
    alerts: await prepareAlerts(city),
    returns: await prepareReturns(city, { postTo, month: day(0).slice(0, 7) }),
    endpoints: await prepareEndpoints(city, postTo),
    objections,
    complaints,
    recallId: await prepareRecall(city, objections.record),
    repairs: await prepareRepairs(city, postTo),
    holds: await prepareHolds(city),
    processing: await prepareProcessing(city, postTo),
    exportId: await prepareExport(city),
    voluntary: await prepareVoluntary(city, postTo),
    window: await prepareWindow(city, postTo),
    persons: await preparePersons(city, postTo),
    fileId: await answerFileOf(city, forBatch),
    capacityChanges: [
      await proposeCapacity(city, 'department_tax'),
      await proposeCapacity(city, 'department_court'),
    ],
    disclosureId,
    receiptId,
    batchId,
    proposals: [await propose(city, 'platform'), await propose(city, 'other-platform')],
    mandateIds: await enterMandates(city),
    honour: await findHonour(city),
    report: await ownReport(city),
    cookie: await signInAs(city, 'reader'),
    jwk: await jose.exportJWK((await makeKeys()).publicKey),
    otherJwk: await jose.exportJWK((await makeKeys()).publicKey),
    sheet: await sheetOf(city, disclosureId),
    logSize: Number(checkpoint.body.split('\n')[1]),
  };
}

/** As a program does: login and password with each call, each from an address of its own. */
export async function send({ app }: LeakCity, login: string | null, call: Call) {
  const authorization = login === null ? {} : { authorization: basic(login) };
  const headers = { 'x-forwarded-for': newAddress(), ...authorization, ...call.headers };
  const { method, url, payload } = call;
  return await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
}

async function post<Body>(city: LeakCity, login: string, url: string, payload?: object): Promise<Body> {
  const headers = { 'idempotency-key': randomUUID() };
  const body = payload === undefined ? {} : { payload };
  const answer = await send(city, login, { method: 'POST', url, headers, ...body });
  assert.equal(answer.statusCode, 200, `${url} ${answer.body}`);
  return answer.json<Body>();
}

async function addOwnPeople({ node }: LeakCity): Promise<void> {
  const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, OWN.code));
  const own = { kind: 'enterprise', enterpriseId } as const;
  const accountId = await addPerson(node, { ...own, login: REPRESENTATIVE, roles: ['legal_representative'] });
  for (const login of AGENTS) await addPerson(node, { ...own, login, roles: ['agent'] });
  await addMandateOf(node, { enterpriseId, accountId });
  for (const login of WINDOW_CLERKS) {
    const label = { zh: login, en: login };
    await addPerson(node, { login, kind: 'operator', roles: ['window_clerk'], label });
  }
  for (const role of ['admission_officer', 'system_admin'] as const)
    await addPerson(node, { login: `${role}2`, kind: 'operator', roles: [role] });
}

async function addMandateOf(
  node: LeakCity['node'],
  { enterpriseId, accountId }: { enterpriseId: EnterpriseId; accountId: string },
): Promise<void> {
  const mandate = { enterpriseId, accountId, capacity: 'legal_representative', scope: [] };
  await inTransaction(node.database, (tx) => addMandate(tx, mandate));
}

async function giveAll(city: LeakCity, contracts: readonly Contract[], login: string): Promise<Consent[]> {
  const given: Consent[] = [];
  for (let at = 0; at < contracts.length; at += CHUNK)
    given.push(await give(city, contracts.slice(at, at + CHUNK), login));
  return given;
}

async function give(city: LeakCity, contracts: readonly Contract[], login: string): Promise<Consent> {
  const consent = await askFor(city, contracts, login);
  const { digest, consentId } = consent;
  await post(city, REPRESENTATIVE, `/api/v1/consents/${consentId}/grant`, { digest });
  return consent;
}

/** Every field that the contract lets anyone consent to, the invisible ones for verification. */
function termsOf(contracts: readonly Contract[]) {
  return {
    enterprise: OWN.code,
    purpose: 'loan_origination',
    contracts: contracts.map(({ id, fields }) => ({
      id,
      fields: fields.filter(({ disclosure }) => disclosure !== 'secret').map(({ name }) => name),
    })),
    fetch: 'periodic',
    frequency: { count: 5, unit: 'month' },
    dataFrom: day(-700),
    validTo: day(50),
    dataLife: { count: 6, unit: 'month' },
  };
}

async function askFor(city: LeakCity, contracts: readonly Contract[], login: string): Promise<Consent> {
  const through = login === 'platform-all' ? { institution: 'bank' } : {};
  const asked = { ...termsOf(contracts), ...through };
  const pending = await post<Omit<Consent, 'contracts'>>(city, login, '/api/v1/consents', asked);
  return { ...pending, contracts: contracts.map(({ id }) => id) };
}

async function enterPaper(city: LeakCity): Promise<LeakState['paper']> {
  const scan = await send(city, 'clerk', { method: 'PUT', url: '/api/v1/consent-scans', payload: PDF });
  const { digest: scanDigest } = scan.json<{ digest: string }>();
  const contracts = [...city.node.lists.catalogue.contracts.values()].slice(0, 1);
  const entry = { ...termsOf(contracts), scanDigest, signedOn: day(0) };
  const entered = await post<Omit<Consent, 'contracts'>>(city, 'clerk', '/api/v1/consents/paper', entry);
  return { ...entered, contracts: contracts.map(({ id }) => id), scanDigest };
}

async function queryOnce(city: LeakCity, consent: Consent | undefined) {
  assert(consent !== undefined);
  const answer = await post<{ disclosureId: string; receipt: { id: string } }>(
    city,
    'institution-all',
    '/api/v1/queries',
    queryOf(consent),
  );
  return { disclosureId: answer.disclosureId, receiptId: answer.receipt.id };
}

export function queryOf({ consentId, contracts }: Consent): object {
  return {
    enterprise: OWN.code,
    consentId,
    purpose: 'loan_origination',
    contracts,
    application: 'LN-1',
    operator: '柜员 7',
  };
}

async function reportOnce(city: LeakCity, disclosureId: string): Promise<string> {
  const items = [{ disclosureId, used: true }];
  const report = { operator: '柜员 7', items };
  return (await post<{ batchId: string }>(city, 'institution-all', '/api/v1/outcomes', report)).batchId;
}

async function propose(city: LeakCity, participant: string): Promise<string> {
  const change = { state: 'admitted', reason: '测试' };
  const url = `/api/v1/participants/${participant}/admission-proposals`;
  return (await post<{ proposalId: string }>(city, 'admission_officer', url, change)).proposalId;
}

/** One entered from paper that waits for a second person, and one that may be ended. */
async function enterMandates(city: LeakCity): Promise<[string, string]> {
  const url = `/api/v1/enterprises/${OWN.code}/mandates`;
  const terms = { scope: ['query'], validTo: day(90) };
  const paper = { ...terms, login: AGENTS[1], capacity: 'agent', documentDigest: '0'.repeat(64) };
  const entered = await post<{ mandateId: string }>(city, 'admission_officer', url, paper);
  const granted = await post<{ mandateId: string }>(city, REPRESENTATIVE, url, {
    ...terms,
    login: AGENTS[2],
  });
  return [entered.mandateId, granted.mandateId];
}

async function findHonour(city: LeakCity): Promise<string> {
  const url = `/api/v1/enterprises/${OWN.code}/positive-records`;
  const answer = await send(city, REPRESENTATIVE, { method: 'GET', url });
  assert.equal(answer.statusCode, 200, answer.body);
  const { records } = answer.json<{ records: { record: string; isPositive: boolean }[] }>();
  return records.find(({ isPositive }) => isPositive)?.record ?? assert.fail('there is a positive record');
}

async function ownReport(city: LeakCity): Promise<Buffer> {
  const url = `/api/v1/enterprises/${OWN.code}/report?purpose=self&format=pdf`;
  const answer = await send(city, REPRESENTATIVE, { method: 'GET', url });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.rawPayload;
}

/** Hands a file in as a bank's program does, and lets the night come. */
async function answerFileOf(city: LeakCity, consent: Consent): Promise<string> {
  const { bank, tokens } = await tokensOf(city, 'bank', []);
  const answer = await fetchAs(city, { call: fileCall(consent), token: tokens.get('') ?? '', bank });
  assert.equal(answer.status, 202, answer.bytes.toString());
  const { fileId } = JSON.parse(answer.bytes.toString()) as { fileId: string };
  const night = { now: () => new Date(city.node.clock.now().getTime() + DAY_MS) };
  await runDueFiles({ ...openQueryFiles(city.node), clock: night });
  return fileId;
}

const DAY_MS = 86_400_000;

export function fileCall(consent: Consent): Call {
  const payload = `${JSON.stringify({ line: '1', ...queryOf(consent) })}\n`;
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': randomUUID() };
  return { method: 'PUT', url: '/api/v1/query-files', payload, headers };
}

/** The template with one line: what was passed on was not used. */
async function sheetOf(city: LeakCity, disclosureId: string): Promise<string> {
  const call = { method: 'GET', url: '/api/v1/outcomes/template.csv' } as const;
  const { body } = await send(city, 'institution-all', call);
  const [head = ''] = body.split(/\r?\n/);
  const cells = head
    .split(',')
    .map((name) => (/查询编号/.test(name) ? disclosureId : name === '是否使用' ? '是' : ''));
  return `${head}\r\n${cells.join(',')}\r\n`;
}

/** A rise that waits for a second person. */
async function proposeCapacity(city: LeakCity, source: string): Promise<string> {
  const change = { concurrencyMax: 200, reason: '测试' };
  const url = `/api/v1/sources/${source}/capacity-changes`;
  return (await post<{ changeId: string }>(city, 'system_admin', url, change)).changeId;
}

async function signInAs({ app }: LeakCity, login: string): Promise<string> {
  const headers = { 'x-forwarded-for': newAddress() };
  const payload = { login, password: PASSWORD };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/session', payload, headers });
  const [cookie] = answer.cookies;
  return `${cookie?.name}=${cookie?.value}`;
}
