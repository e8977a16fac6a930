import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../support/oidc-client.ts';
import { addPeople, CODE } from './consent-setting.ts';
import { addPerson, endingOf, openTestApp, PASSWORD } from './http-node.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'integrators.md');
const missing = ['bash', 'curl', 'openssl'].filter(
  (tool) => spawnSync(tool, ['--version']).error !== undefined,
);
if (missing.length > 0)
  console.log(`没有 ${missing.join('、')}：接入示例没有运行。 Without them the page is not run.`);

test('the page for integrators leads from nothing to the first answer, word for word', {
  skip: missing.length > 0,
}, async () => {
  const ending = endingOf(after);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const { app, node } = await openTestApp(ending, { publicUrl });
  await addPeople(node);
  await addPerson(node, {
    login: 'bank-admin',
    kind: 'institution',
    roles: ['institution_admin'],
    participantId: 'bank',
  });
  await app.listen({ host: '127.0.0.1', port });
  const { said, exitCode } = await run(publicUrl);
  assert.equal(exitCode, 0, said);
  const answer = JSON.parse(said.trim().split('\n').at(-1) ?? '') as {
    disclosureId: string;
    enterprise: { code: string };
    datasets: { contract: string }[];
  };
  assert.match(answer.disclosureId, /^dsc_/);
  assert.equal(answer.enterprise.code, CODE);
  assert.deepEqual(
    answer.datasets.map(({ contract }) => contract),
    ['n01_registration', 'n08_penalty'],
  );
});

async function run(publicUrl: string): Promise<{ said: string; exitCode: number | null }> {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```bash\n([\s\S]*?)```/g)].map(([, text]) => text);
  assert.equal(blocks.length, 5);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-first-'));
  const file = join(folder, 'first-answer.sh');
  writeFileSync(file, blocks.join('\n'));
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    NODE: publicUrl,
    PARTICIPANT: 'bank',
    ADMIN: `bank-admin:${PASSWORD}`,
    ENTERPRISE: `enterprise-a:${PASSWORD}`,
    CLIENT: 'first-client',
  };
  const child = spawn('bash', [file], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  rmSync(folder, { recursive: true });
  return { said, exitCode: child.exitCode };
}
