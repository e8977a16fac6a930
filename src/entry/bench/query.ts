import assert from 'node:assert';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import Fastify from 'fastify';
import {
  bookUse,
  grantConsent,
  proveConsent,
  readConsentWords,
  requestConsent,
  requireRequest,
} from '#consent';
import { inTransaction, type Tx } from '#kernel';
import { type EnterpriseIdentity, readDatasets, readEnterprise, readKnownAt } from '#lists';
import { authenticate, proveAdmission, registerClient, systemCaller } from '#platform';
import { type Caller, decide, isFinancingPurpose } from '#security';
import { openConsent } from '../consent.ts';
import { collectDemonstration, openDemonstrationAccounts } from '../demonstration.ts';
import { buildApp } from '../http/app.ts';
import type { Node } from '../node.ts';
import { type BenchResult, peakMemoryMiB, percentile, round, withBenchNode } from './bench-node.ts';
import type { Load, LoadResult, PreparedRequest } from './query-load.ts';

const ENTERPRISES = 300;
/** So many that the node's code is compiled by the time they have been used `WARM_USES` times: a node runs for months. */
const CONSENTS = 600;
const WARM_USES = 12;
/** As often as the published bound lets a bank use one consent in a month. */
const USES = 30;
const CONNECTIONS = 32;
const STEP_RUNS = 400;
const CLIENT = 'bench-bank';
const CONTRACTS = ['n01_registration', 'n08_penalty', 'n12_taxpayer_a'] as const;
const INSTITUTION = 'demo-bank';

/**
 * `POST /api/v1/queries` over HTTP from a thread of its own: token, DPoP, consent, decision, read, durable leaf, every
 * call with a proof and a key of its own, signed before the clock starts. The limit is a bare Fastify route with one
 * prepared select of the same payload, same run and connections.
 */
export async function benchQuery(): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    const city = { ...node, config: { ...node.config, demonstrationEnterprises: ENTERPRISES } };
    await collectDemonstration(city, () => {});
    const asker = await openAsker(node);
    const app = await buildApp(node);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const port = portOf(app.server.address());
    const warm = await load({ port, connections: CONNECTIONS, requests: prepare(node, asker, 0, WARM_USES) });
    assert.equal(warm.failures, 0, warm.failure);
    await node.database.pool.query('analyze'); // as the server does by itself within a minute of such growth
    const ours = await load({
      port,
      connections: CONNECTIONS,
      requests: prepare(node, asker, WARM_USES, USES),
    });
    assert.equal(ours.failures, 0, ours.failure);
    await app.close();
    const limit = await measureLimit(node, { bytes: ours.bytes, count: ours.latenciesMs.length });
    const [figure, bare] = [rateOf(ours), rateOf(limit)];
    return {
      bench: 'query',
      figure: Math.round(figure),
      unit: 'queries/s',
      work: `${ours.latenciesMs.length} queries of ${CONTRACTS.length} replicated datasets, ${ours.bytes} bytes, ${CONNECTIONS} connections`,
      limit: Math.round(bare),
      ratio: round(figure / bare, 3),
      p50Ms: round(percentile(ours.latenciesMs, 0.5)),
      p99Ms: round(percentile(ours.latenciesMs, 0.99)),
      queriesPerDay: Math.round(figure * 86_400),
      processorUs: ours.processorUs,
      limitProcessorUs: limit.processorUs,
      ...(await measureSteps(node, asker)),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}

type Asker = {
  readonly machine: Caller;
  readonly enterprise: EnterpriseIdentity;
  readonly consents: readonly string[];
  readonly key: KeyObject;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
};

/** A bank with a client, and consents that the demonstration enterprise gave it, as they are given in life. */
async function openAsker(node: Node): Promise<Asker> {
  const accounts = await openDemonstrationAccounts(node);
  const signIn = accounts.find(({ login }) => login === 'enterprise');
  assert(signIn !== undefined, 'the demonstration has an enterprise');
  const signatory = await authenticate(node.database, node.clock, signIn);
  assert(signatory.enterpriseId !== null);
  const subject = signatory.enterpriseId;
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { kty = '', crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { kty, crv, x, y };
  const acting = { ...node, caller: systemCaller('bench') };
  await inTransaction(node.database, (tx) =>
    registerClient(tx, acting, {
      clientId: CLIENT,
      participantId: INSTITUTION,
      label: 'bench',
      keys: { keys: [{ ...jwk, alg: 'ES256', use: 'sig', kid: 'bench' }] },
      redirectUris: [],
    }),
  );
  const enterprise = await inTransaction(node.database, (tx) => readEnterprise(tx, subject));
  const machine = await machineOf(node, { key, jwk });
  const consents: string[] = [];
  for (let n = 0; n < CONSENTS; n += 1)
    consents.push(await giveConsent(node, { machine, signatory, enterprise }));
  return { machine, enterprise, consents, key, jwk };
}

/** Who the client's token stands for, by the same check that every call passes. */
async function machineOf(node: Node, keys: Pick<Asker, 'key' | 'jwk'>): Promise<Caller> {
  const token = makeToken(node, keys.jwk, null);
  const call = { method: 'POST', url: '/api/v1/consents', authorization: `DPoP ${token}` };
  const dpop = makeProof(node, keys, { token, url: call.url });
  return (await node.identity.verifyCall({ ...call, dpop })).caller;
}

async function giveConsent(
  node: Node,
  { machine, signatory, enterprise }: { machine: Caller; signatory: Caller; enterprise: EnterpriseIdentity },
): Promise<string> {
  const context = openConsent(node);
  const now = node.clock.now().getTime();
  const day = (days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);
  const request = requireRequest({
    enterprise: enterprise.code,
    purpose: 'loan_origination',
    contracts: CONTRACTS.map((id) => ({ id })),
    fetch: 'periodic',
    frequency: { count: USES, unit: 'month' },
    dataFrom: day(-1_000),
    validTo: day(60),
    dataLife: { count: 6, unit: 'month' },
  });
  return await inTransaction(node.database, async (tx) => {
    const admission = await proveAdmission(tx, node.clock, machine, { operator: 'bench' });
    const { consentId } = await requestConsent(tx, context, { admission, caller: machine, request });
    const { digest } = await readConsentWords(tx, context, { caller: signatory, consent: consentId });
    await grantConsent(tx, context, { caller: signatory, consent: consentId, digest });
    return consentId;
  });
}

/** Calls number `from` to `to` of every consent, each with its own proof and key. */
function prepare(node: Node, asker: Asker, from: number, to: number): PreparedRequest[] {
  const url = '/api/v1/queries';
  const calls = asker.consents.map((consentId) => ({
    consentId,
    token: makeToken(node, asker.jwk, consentId),
  }));
  return Array.from({ length: to - from }, () => calls)
    .flat()
    .map(({ consentId, token }) => {
      const body = JSON.stringify({
        enterprise: asker.enterprise.code,
        consentId,
        purpose: 'loan_origination',
        contracts: CONTRACTS,
        application: 'LN-1',
        operator: 'bench',
      });
      return {
        method: 'POST' as const,
        path: url,
        body,
        headers: {
          authorization: `DPoP ${token}`,
          dpop: makeProof(node, asker, { token, url }),
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'idempotency-key': randomUUID(),
        },
      };
    });
}

/** An access token as the node's own server signs it (RFC 9068). */
function makeToken(node: Node, jwk: Asker['jwk'], consentId: string | null): string {
  const key = node.keys.get('oidc');
  const now = Math.floor(node.clock.now().getTime() / 1_000);
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))
    .digest('base64url');
  const details =
    consentId === null
      ? {}
      : { authorization_details: [{ type: 'credit_information', consent_id: consentId }] };
  const claims = {
    iss: node.identity.issuer,
    aud: node.identity.audience,
    sub: CLIENT,
    client_id: CLIENT,
    iat: now,
    exp: now + 300,
    jti: randomUUID(),
    cnf: { jkt: thumbprint },
    ...details,
  };
  return jws({ typ: 'at+jwt', alg: 'ES256', kid: key.kid }, claims, key.privateKey);
}

function makeProof(
  node: Node,
  { key, jwk }: Pick<Asker, 'key' | 'jwk'>,
  { token, url }: { token: string; url: string },
): string {
  const claims = {
    jti: randomBytes(16).toString('base64url'),
    htm: 'POST',
    htu: `${node.config.publicUrl}${url}`,
    iat: Math.floor(node.clock.now().getTime() / 1_000),
    ath: createHash('sha256').update(token).digest('base64url'),
    nonce: node.identity.nonce(),
  };
  return jws({ typ: 'dpop+jwt', alg: 'ES256', jwk }, claims, key);
}

function jws(header: object, claims: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** With the processor time of this thread, which answers them, for one request: beside other work it says more than a rate. */
async function load(workerData: Load): Promise<LoadResult & { readonly processorUs: number }> {
  const before = process.threadCpuUsage();
  const worker = new Worker(new URL('./query-load.ts', import.meta.url), { workerData });
  const [result] = (await once(worker, 'message')) as [LoadResult];
  const { user, system } = process.threadCpuUsage(before);
  return { ...result, processorUs: round((user + system) / workerData.requests.length, 1) };
}

/** The same bytes from one prepared select on the same pool. */
async function measureLimit(
  node: Node,
  { bytes, count }: { bytes: number; count: number },
): Promise<Awaited<ReturnType<typeof load>>> {
  const { pool } = node.database;
  await pool.query('create table public.bench_payload (id integer primary key, payload text not null)');
  await pool.query('insert into public.bench_payload values (1, $1)', [
    JSON.stringify('x'.repeat(bytes - 2)),
  ]);
  const app = Fastify();
  app.get('/', async (_request, reply) => {
    const text = 'select payload from public.bench_payload where id = $1';
    const { rows } = await pool.query<{ payload: string }>({ name: 'bench_payload', text, values: [1] });
    return reply.type('application/json; charset=utf-8').send(rows[0]?.payload ?? '');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const port = portOf(app.server.address());
  const get = { method: 'GET', path: '/', headers: {}, body: '' } as const;
  const requests = (n: number): PreparedRequest[] => Array.from({ length: n }, () => get);
  await load({ port, connections: CONNECTIONS, requests: requests(1_000) });
  const result = await load({ port, connections: CONNECTIONS, requests: requests(Math.max(count, 5_000)) });
  await app.close();
  return result;
}

function portOf(address: ReturnType<ReturnType<typeof Fastify>['server']['address']>): number {
  assert(typeof address === 'object' && address !== null, 'a listening server has a port');
  return address.port;
}

function rateOf({ latenciesMs, seconds }: LoadResult): number {
  return latenciesMs.length / seconds;
}

/** Microseconds of each named step by itself, one caller, median of many. */
async function measureSteps(node: Node, asker: Asker): Promise<Record<string, number>> {
  const consentId = asker.consents[0] ?? '';
  const token = makeToken(node, asker.jwk, consentId);
  const url = '/api/v1/queries';
  const proofs = Array.from({ length: STEP_RUNS }, () => makeProof(node, asker, { token, url }));
  const call = { method: 'POST', url, authorization: `DPoP ${token}` };
  const tokenUs = await medianUs((run) => node.identity.verifyCallStateless({ ...call, dpop: proofs[run] }));
  const ofTransaction = await inTransaction(node.database, (tx) => stepsIn(tx, node, asker, consentId));
  return { tokenUs, ...ofTransaction };
}

async function stepsIn(tx: Tx, node: Node, asker: Asker, consentId: string): Promise<Record<string, number>> {
  const { clock } = node;
  const { enterpriseId } = asker.enterprise;
  const contracts = CONTRACTS.flatMap((id) => node.lists.catalogue.contracts.get(id) ?? []);
  const admission = await proveAdmission(tx, clock, asker.machine, { operator: 'bench' });
  const consent = await proveConsent(tx, clock, { consentId, enterpriseId });
  assert(consent !== undefined && isFinancingPurpose(consent.purpose));
  const asked = {
    caller: asker.machine,
    purpose: consent.purpose,
    subject: enterpriseId,
    contracts,
  } as const;
  const financing = { admission, consent };
  const knownAt = await readKnownAt(tx, CONTRACTS);
  const ask = () => decide(tx, node.policies, { ...asked, asOf: { knownAt }, financing });
  const permit = ask();
  const range = { from: consent.dataFrom, to: consent.dataTo };
  return {
    admissionUs: await medianUs(() => proveAdmission(tx, clock, asker.machine, { operator: 'bench' })),
    consentUs: await medianUs(() => proveConsent(tx, clock, { consentId, enterpriseId })),
    knownAtUs: await medianUs(() => readKnownAt(tx, CONTRACTS)),
    decideUs: await medianUs(() => Promise.resolve(ask())),
    readUs: await medianUs(() => readDatasets(tx, permit, { contracts, limit: 200, range })),
    bookUseUs: await medianUs(async (run) => {
      await tx.rows(`savepoint bench_${run}`);
      await bookUse(tx, clock, consent, { contracts: [] }).catch(() => {});
      await tx.rows(`rollback to savepoint bench_${run}`);
    }),
  };
}

async function medianUs(step: (run: number) => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let run = 0; run < STEP_RUNS; run += 1) {
    const began = performance.now();
    await step(run);
    samples.push((performance.now() - began) * 1_000);
  }
  return round(percentile(samples, 0.5), 1);
}
