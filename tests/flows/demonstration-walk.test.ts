import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { openDemonstrationAccounts } from '../../src/entry/demonstration.ts';
import { type DemonstrationCase, readCases } from '../../src/entry/demonstration-case-file.ts';
import { openDemonstrationCases, type ReadyCase } from '../../src/entry/demonstration-cases.ts';
import { openDemonstrationClients } from '../../src/entry/demonstration-clients.ts';
import { buildApp } from '../../src/entry/http/app.ts';
import type { Node } from '../../src/entry/node.ts';
import { openNodeSources } from '../../src/entry/sources.ts';
import { startDepartment } from '../../src/entry/stand-in-department.ts';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import { deliver } from '../support/lists.ts';
import { type BankClient, freePort, getToken, openBank } from '../support/oidc-client.ts';
import { endingOf, type Ending, openTestNode } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CASES = readCases(ROOT);

type Kept = { passwords: Record<string, string>; cases: ReadyCase[] };

describe('the demonstration, as an integrator finds it', () => {
  const ending = endingOf(after);
  let node: Node;
  let url = '';
  let kept: Kept;
  let bank: BankClient;
  const read = (name: string) => readFileSync(join(node.config.dataFolder, name), 'utf8');

  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    node = await openDemonstration(ending, url);
    await start(node);
    const app = await buildApp(node);
    ending.after(() => app.close());
    await app.listen({ host: '127.0.0.1', port });
    kept = JSON.parse(read('demonstration-cases.json')) as Kept;
    bank = await openProgram();
  });

  it('the file with passwords and calls is for the node’s own user alone', () => {
    assert.equal(statSync(join(node.config.dataFolder, 'demonstration-cases.json')).mode & 0o777, 0o600);
  });

  for (const one of CASES) {
    it(`${one.name} as ${one.as}: ${one.expect}`, async () => {
      const ready = kept.cases.find(({ id }) => id === one.id);
      assert.ok(ready !== undefined);
      assert.equal(await call(ready), one.expect);
    });
  }

  it('the document lists every case with its enterprise, its caller and what comes back', () => {
    const document = readFileSync(join(ROOT, 'docs', 'demonstration.md'), 'utf8');
    for (const one of CASES) assert.ok(document.includes(lineOf(one)), `write: ${lineOf(one)}`);
    assert.equal(document.split('\n').filter((line) => line.startsWith('| 9111')).length, CASES.length);
  });

  it('a second start finds what the first laid down', async () => {
    await start(node);
    assert.deepEqual(JSON.parse(read('demonstration-cases.json')), kept);
  });

  async function openProgram(): Promise<BankClient> {
    const { issuer, bank: program } = JSON.parse(read('demonstration-client.json')) as {
      issuer: string;
      bank: Program;
    };
    const privateKey = await jose.importJWK(program.privateKey, 'ES256');
    const { d: _, ...half } = program.privateKey;
    const publicKey = await jose.importJWK(half, 'ES256');
    assert.ok(!(privateKey instanceof Uint8Array) && !(publicKey instanceof Uint8Array));
    return await openBank(issuer, {
      clientId: program.clientId,
      keys: { privateKey, publicKey },
      algorithm: 'ES256',
    });
  }

  /** Makes the call and says what came back: the code of the refusal, or the outcome of the last dataset. */
  async function call(ready: ReadyCase): Promise<string> {
    const answer = ready.login === null ? await callAsProgram(ready) : await callAsPerson(ready, ready.login);
    if (typeof answer === 'string') return answer;
    const body = (await answer.json()) as { error?: { code: string }; datasets?: { outcome: string }[] };
    return body.error?.code ?? body.datasets?.at(-1)?.outcome ?? 'granted';
  }

  async function callAsPerson(
    { path, method, body, isKeyless }: ReadyCase,
    login: string,
  ): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${login}:${kept.passwords[login]}`).toString('base64')}`;
    const headers = {
      authorization,
      'content-type': 'application/json',
      ...(isKeyless ? {} : { 'idempotency-key': randomUUID() }),
    };
    return await fetch(new URL(path, url), { method, headers, body: JSON.stringify(body) });
  }

  async function callAsProgram({
    path,
    method,
    body,
    token,
    consentId,
  }: ReadyCase): Promise<Response | string> {
    const other = kept.cases.find(({ id }) => id === 'outcome_ok')?.consentId ?? '';
    const named = { consent: consentId, own: undefined, other }[token];
    const access = await getToken(bank, named).catch((error: unknown) => {
      if (error instanceof oauth.ResponseBodyError) return { refused: error.error };
      throw error;
    });
    if (typeof access !== 'string') return access.refused;
    const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': randomUUID() });
    const target = new URL(path, url);
    return await oauth.fetchProtectedResource(
      bank.config,
      access,
      target,
      method,
      JSON.stringify(body),
      headers,
      { DPoP: bank.dpop },
    );
  }
});

type Program = { clientId: string; privateKey: jose.JWK };

/** One line of the document's table. */
function lineOf({ code, name, as, asks = 'query', id, expect }: DemonstrationCase): string {
  return `| ${code} | ${name} | \`${as}\` | ${asks} | \`${expect}\` | \`${id}\` |`;
}

/** A node with the stand-in department and nothing else of a city but one penalty, so that its dataset is delivered. */
async function openDemonstration(t: Ending, publicUrl: string): Promise<Node> {
  const bare = await openTestNode(t, { publicUrl });
  const department = await startDepartment(bare.config);
  t.after(() => department.stop());
  const sources = openNodeSources(bare, department.addresses);
  t.after(() => sources.stop());
  const content = `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n${madeUpUscc(3)},某某有限公司,京市监罚1号,案,罚款,1000,2026-01-02,2099-02-01\n`;
  await deliver(bare.lists, { contract: 'n08_penalty', content });
  return { ...bare, askSources: sources.ask, sources: sources.book };
}

/** What `npm start` does once its city is collected. */
async function start(node: Node): Promise<void> {
  const accounts = await openDemonstrationAccounts(node);
  await openDemonstrationClients(node);
  await openDemonstrationCases(node, accounts);
}
