import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ConsentContext,
  findConsent,
  grantConsent,
  pauseConsent,
  rejectConsent,
  requestConsent,
  requireRequest,
  revokeConsent,
} from '#consent';
import { runQuery, verify } from '#information';
import { beijingDate, inTransaction, type Tx } from '#kernel';
import { findEnterprise, processDelivery, receive } from '#lists';
import { authenticate, type DemonstrationAccount, proveAdmission } from '#platform';
import { type Caller, quarterOf } from '#security';
import { openConsent } from './consent.ts';
import { type DemonstrationCase, readCases } from './demonstration-case-file.ts';
import {
  type CaseOfficers,
  type CasePasswords,
  loginOf,
  mandate,
  participantPerson,
  representative,
} from './demonstration-case-people.ts';
import { openVerifications } from './http/routes/verifications.ts';
import { isUnderObjection, objectToDomicile } from './demonstration-objection.ts';
import { readKept, writeKept } from './demonstration-kept.ts';
import type { Node } from './node.ts';

/** What the file beside the database tells an integrator: how to sign in, and each call ready to be made. */
export type ReadyCase = {
  readonly id: string;
  readonly enterprise: string;
  readonly as: string;
  /** Null: a program, by its token. */
  readonly login: string | null;
  readonly consentId: string;
  readonly token: 'consent' | 'own' | 'other';
  readonly method: 'POST';
  readonly path: string;
  readonly isKeyless: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  readonly expect: string;
};
type Kept = { readonly passwords: CasePasswords; readonly cases: readonly ReadyCase[] };
type Asked = { readonly consentId: string; readonly digest: string };

const FILE = 'demonstration-cases.json';
const DATASETS = ['n01_registration'];
/** Of an enterprise that exists nowhere. */
const REGISTRATION = {
  established_on: '2020-01-02',
  domicile: '北京市合成路1号（合成数据，不代表真实企业）',
};
const DAY_MS = 86_400_000;
/** A consent that has expired was asked for and given before its last day. */
const ASKED_DAYS_AGO = 40;
const EXPIRED_DAYS_AGO = 10;
const VALID_DAYS = 30;

/**
 * Lays down an enterprise for each outcome and refusal of the demonstration, by the same functions as anyone: their
 * registration is delivered, consents are asked for and answered. A start makes anew only what is missing or has run
 * out. Writes `demonstration-cases.json` for the node's own user.
 */
export async function openDemonstrationCases(
  node: Node,
  accounts: readonly DemonstrationAccount[],
): Promise<readonly ReadyCase[]> {
  const file = join(node.config.dataFolder, FILE);
  const earlierStart = readKept(file) as Kept | undefined; // our own file
  const kept = earlierStart ?? { passwords: {}, cases: [] };
  const passwords = { ...kept.passwords };
  const cases = readCases(node.config.packageFolder);
  await register(node, cases);
  const laying: Laying = {
    node,
    context: openConsent(node),
    officers: await findOfficers(node, accounts),
    passwords,
  };
  const ready: ReadyCase[] = [];
  for (const one of cases) {
    const earlier = kept.cases.find(({ id }) => id === one.id);
    ready.push((await isStanding(laying, one, earlier)) ?? (await layDown(laying, one)));
  }
  await writeKept(file, { passwords, cases: ready });
  return ready;
}

type Laying = {
  readonly node: Node;
  readonly context: ConsentContext;
  readonly officers: CaseOfficers;
  readonly passwords: CasePasswords;
};

/** By an ordinary delivery of the registration; the same bytes are the same delivery. */
async function register({ lists }: Node, cases: readonly DemonstrationCase[]): Promise<void> {
  const contract = lists.catalogue.contracts.get('n01_registration');
  if (contract === undefined) throw new TypeError('the lists have a registration');
  const lines = cases.map(
    ({ code, name }) => `${JSON.stringify({ 统一社会信用代码: code, 企业名称: name, ...REGISTRATION })}\n`,
  );
  const received = await receive(
    lists,
    {
      contractId: contract.id,
      provider: contract.provider,
      kind: 'records',
      fileName: 'demonstration-cases.jsonl',
      mapping: '',
      isSynthetic: true,
      receivedBy: 'system:demonstration',
    },
    Readable.from([Buffer.from(lines.join(''))]),
  );
  await processDelivery(lists, received.deliveryNo);
}

async function findOfficers(node: Node, accounts: readonly DemonstrationAccount[]): Promise<CaseOfficers> {
  const { database, clock, policies, keys } = node;
  const officer = async (login: string) => {
    const password = accounts.find((account) => account.login === login)?.password ?? '';
    return { caller: await authenticate(database, clock, { login, password }), policies, clock, keys };
  };
  return { proposer: await officer('admission'), approver: await officer('admission2') };
}

/** What an earlier start laid down, unless time or a person has moved its consent on. */
async function isStanding(
  laying: Laying,
  one: DemonstrationCase,
  earlier: ReadyCase | undefined,
): Promise<ReadyCase | undefined> {
  const { node, passwords } = laying;
  if (earlier === undefined || (earlier.login !== null && passwords[earlier.login] === undefined))
    return undefined;
  const record = await inTransaction(node.database, (tx) => findConsent(tx, node.clock, earlier.consentId));
  const isSame = record?.state === (one.state ?? 'active');
  const usedAt = record?.lastUsedAt ?? null;
  const isUsed = one.isUsed !== true || isThisMonth(node, usedAt);
  const isClaimed = one.claimed === undefined || isThisQuarter(node, usedAt);
  return isSame && isUsed && isClaimed && (await isStillDisputed(laying, one)) ? earlier : undefined;
}

async function isStillDisputed({ node, passwords }: Laying, one: DemonstrationCase): Promise<boolean> {
  if (one.isDisputed !== true) return true;
  const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, one.code));
  const signatory = await representative(node, passwords, { caseId: one.id, enterpriseId, name: one.name });
  return await isUnderObjection(node, { one, signatory });
}

function isThisQuarter({ clock }: Node, at: Date | null): boolean {
  return at !== null && quarterOf(at) === quarterOf(clock.now());
}

function isThisMonth({ clock }: Node, at: Date | null): boolean {
  return at !== null && beijingDate(at).slice(0, 7) === beijingDate(clock.now()).slice(0, 7);
}

async function layDown(laying: Laying, one: DemonstrationCase): Promise<ReadyCase> {
  const { node, officers, passwords } = laying;
  const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, one.code));
  const signatory = await representative(node, passwords, { caseId: one.id, enterpriseId, name: one.name });
  const login = loginOf(one.id);
  await mandate(node, officers, {
    caller: signatory,
    login,
    enterpriseId,
    validDays: one.mandateDays ?? null,
  });
  const asker = await participantPerson(node, passwords, one.for ?? 'demo-bank');
  const asked = await bringAbout(laying, one, { signatory, asker });
  if (isParticipant(one.as)) await participantPerson(node, passwords, one.as);
  return readyCase(node, one, asked);
}

function isParticipant(as: string): boolean {
  return as !== 'program' && as !== 'enterprise';
}

type Parties = { readonly signatory: Caller; readonly asker: Caller };

/** Asks for the consent and moves it to the state of the case. */
async function bringAbout(laying: Laying, one: DemonstrationCase, parties: Parties): Promise<Asked> {
  const { node, context } = laying;
  const state = one.state ?? 'active';
  const ago = state === 'expired' ? ASKED_DAYS_AGO : 0;
  const then = { now: () => new Date(node.clock.now().getTime() - ago * DAY_MS) };
  const asked = await inTransaction(node.database, async (tx) => {
    const past = { ...context, catalogue: context.catalogue, clock: then };
    const pending = await ask(tx, past, one, parties.asker);
    await answer(tx, past, { state, signatory: parties.signatory, ...pending });
    return pending;
  });
  if (state === 'exhausted' || one.isUsed === true) await useOnce(node, one, { ...parties, ...asked });
  if (one.claimed !== undefined) await claimBefore(node, one, { ...parties, ...asked });
  if (one.isDisputed === true) await objectToDomicile(node, { one, signatory: parties.signatory });
  return asked;
}

async function ask(tx: Tx, context: ConsentContext, one: DemonstrationCase, asker: Caller): Promise<Asked> {
  const admission = await proveAdmission(tx, context.clock, asker, { operator: asker.id });
  const isOnce = one.fetch === 'once';
  const request = requireRequest({
    enterprise: one.code,
    purpose: 'loan_origination',
    contracts: (one.contracts ?? DATASETS).map((id) => ({ id, ...fieldsOf(one) })),
    fetch: isOnce ? 'once' : 'periodic',
    ...(isOnce ? {} : { frequency: { count: one.isUsed === true ? 1 : 5, unit: 'month' } }),
    dataFrom: dayOf(context, -365),
    validTo: dayOf(context, one.state === 'expired' ? ASKED_DAYS_AGO - EXPIRED_DAYS_AGO : VALID_DAYS),
    dataLife: { count: 6, unit: 'month' },
    ...(one.branch === undefined ? {} : { branch: one.branch }),
  });
  const { consentId, digest } = await requestConsent(tx, context, { admission, caller: asker, request });
  return { consentId, digest };
}

/** Fields that are usable but not visible have to be asked for by name. */
function fieldsOf({ verifies }: DemonstrationCase): { fields?: string[] } {
  return verifies === undefined ? {} : { fields: verifies };
}

function dayOf({ clock }: Pick<Node, 'clock'>, days: number): string {
  return beijingDate(new Date(clock.now().getTime() + days * DAY_MS));
}

type Answering = Asked & { readonly state: string; readonly signatory: Caller };

async function answer(
  tx: Tx,
  context: ConsentContext,
  { state, signatory: caller, consentId: consent, digest }: Answering,
): Promise<void> {
  if (state === 'pending') return;
  if (state === 'rejected') {
    await rejectConsent(tx, context, { caller, consent });
    return;
  }
  await grantConsent(tx, context, { caller, consent, digest });
  if (state === 'paused') await pauseConsent(tx, context, { caller, consent });
  if (state === 'revoked') await revokeConsent(tx, context, { caller, consent });
}

/** A query as the institution makes it; its consent is used by it. */
async function useOnce(
  node: Node,
  one: DemonstrationCase,
  { asker, consentId }: Parties & Asked,
): Promise<void> {
  await runQuery(node, {
    caller: asker,
    enterprise: one.code,
    consentId,
    purpose: 'loan_origination',
    contracts: one.contracts ?? DATASETS,
    application: 'LN-DEMO',
    operator: '示范柜员',
    idempotencyKey: keyOf(consentId),
  });
}

/** What was verified before is booked; a department that does not answer at once is asked again, which costs nothing. */
async function claimBefore(
  node: Node,
  one: DemonstrationCase,
  { asker, consentId }: Parties & Asked,
): Promise<void> {
  const [contract = ''] = one.contracts ?? DATASETS;
  for (let attempt = 1; attempt <= CLAIM_ATTEMPTS; attempt += 1) {
    const { answer } = await verify(openVerifications(node), {
      caller: asker,
      enterprise: one.code,
      consentId,
      purpose: 'loan_origination',
      contract,
      claims: one.claimed ?? [],
      application: 'LN-DEMO',
      operator: '示范柜员',
      idempotencyKey: keyOf(`${consentId} ${attempt}`),
    });
    const { budget } = JSON.parse(answer) as { budget: { bookedBits: number } }; // an answer's own form
    if (budget.bookedBits > 0) return;
  }
}

/** Fewer than the consent allows a month, so that the call of the case has one left. */
const CLAIM_ATTEMPTS = 3;

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const PATHS = {
  query: () => '/api/v1/queries',
  verification: () => '/api/v1/verifications',
  consent: () => '/api/v1/consents',
  grant: (consentId: string) => `/api/v1/consents/${consentId}/grant`,
} as const;

/** The call of the case, as it can be sent. */
function readyCase(node: Node, one: DemonstrationCase, { consentId, digest }: Asked): ReadyCase {
  const asks = one.asks ?? 'query';
  const logins: Readonly<Record<string, string | null>> = { program: null, enterprise: loginOf(one.id) };
  return {
    id: one.id,
    enterprise: one.code,
    as: one.as,
    login: isParticipant(one.as) ? loginOf(one.as) : (logins[one.as] ?? null),
    consentId,
    token: one.token ?? 'consent',
    method: 'POST',
    path: PATHS[asks](consentId),
    isKeyless: one.isKeyless === true,
    body: asks === 'grant' ? { digest } : { ...bodyOf(node, one, consentId), ...one.with },
    expect: one.expect,
  };
}

function bodyOf(node: Node, one: DemonstrationCase, consentId: string): Record<string, unknown> {
  const about = { enterprise: one.code, purpose: 'loan_origination' };
  const contracts = one.contracts ?? DATASETS;
  const use = { consentId, application: 'LN-DEMO', operator: '示范柜员' };
  if (one.asks === 'verification') return { ...about, ...use };
  if (one.asks !== 'consent') return { ...about, ...use, contracts };
  return {
    ...about,
    contracts: contracts.map((id) => ({ id })),
    fetch: 'once',
    dataFrom: dayOf(node, -365),
    validTo: dayOf(node, one.validDays ?? VALID_DAYS),
    dataLife: { count: 6, unit: 'month' },
  };
}
