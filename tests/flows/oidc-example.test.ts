import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { inTransaction } from '#kernel';
import { makeDemonstrationClients, systemCaller } from '#platform';
import { freePort } from '../support/oidc-client.ts';
import { addPeople, CODE } from './consent-setting.ts';
import { basic, endingOf, openTestApp } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ending = endingOf(after);
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const { app, node } = await openTestApp(ending, { publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const file = join(node.config.dataFolder, 'demonstration-client.json');

async function prepare(): Promise<void> {
  const { policies, clock, keys } = node;
  const acting = { caller: systemCaller('demonstration'), policies, clock, keys };
  const { dataFolder } = node.config;
  const enterprise = { code: CODE, name: '北京甲科技有限公司' };
  const demonstration = { dataFolder, publicUrl, bank: 'bank', platform: 'platform', enterprise };
  await inTransaction(node.database, (tx) => makeDemonstrationClients(tx, acting, demonstration));
}

/** What the enterprise does on its phone, once the program has shown the link. */
async function answer(link: string): Promise<void> {
  const code = link.slice(link.lastIndexOf('/') + 1);
  const headers = { authorization: basic('enterprise-a') };
  const words = await app.inject({ url: `/api/v1/consents/${code}/words`, headers });
  const { consentId, digest } = words.json<{ consentId: string; digest: string }>();
  const url = `/api/v1/consents/${consentId}/grant`;
  const granted = await app.inject({ method: 'POST', url, headers, payload: { digest } });
  assert.equal(granted.statusCode, 200, granted.body);
}

async function run(as: string): Promise<{ said: string; exitCode: number | null }> {
  const child = spawn(process.execPath, [join(ROOT, 'examples/bank-client/main.ts'), file, as], {
    cwd: ROOT,
  });
  let said = '';
  let isAnswered = false;
  const hear = (text: string): void => {
    said += text;
    const link = /http:\S+\/consent\/\S+/.exec(said)?.[0];
    if (link === undefined || isAnswered || !said.includes('6. ')) return;
    isAnswered = true;
    answer(link).catch((error: unknown) => child.kill() && assert.fail(String(error)));
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
  await once(child, 'exit');
  return { said, exitCode: child.exitCode };
}

it('the example asks, waits, gets its token and is answered, for a bank and through a platform', async () => {
  await prepare();
  assert.equal(statSync(file).mode & 0o077, 0, 'the keys are for the node’s own user');
  await prepare();
  for (const as of ['bank', 'platform']) {
    const { said, exitCode } = await run(as);
    assert.equal(exitCode, 0, said);
    assert.match(said, /: active/);
    assert.match(said, /n01_registration +\w+/);
    assert.match(said, /dsc_/);
  }
});
