import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Config,
  diagnose,
  type Finding,
  openEmbedded,
  shapeConfig,
  silentLogger,
  systemClock,
} from '#kernel';
import { cloneDatabase } from '../support/database.ts';
import { makeTestFolder, startServerProcess } from '../support/server-process.ts';

test('the doctor of a city looks at its database and warns that there is no standby', async (t) => {
  const database = await cloneDatabase(t);
  const config = shapeConfig({ DATABASE_URL: database.url, XINQIAO_DATA: makeTestFolder(t), PORT: '0' });
  const findings = await diagnose(config, systemClock);
  assert.deepEqual(worse(findings), ['warn database.standby']);
  assert.equal(levelOf(findings, 'database.migrations'), 'ok');
  assert.equal(levelOf(findings, 'clock.skew'), 'ok');
});

test('a database that cannot be reached is an error that names the reason', async (t) => {
  const config = shapeConfig({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    XINQIAO_DATA: makeTestFolder(t),
    PORT: '0',
  });
  assert.deepEqual(worse(await diagnose(config, systemClock)), ['error database.unreachable']);
});

test('a database that is newer or older than the release is told apart', async (t) => {
  const database = await cloneDatabase(t);
  const config = shapeConfig({ DATABASE_URL: database.url, XINQIAO_DATA: makeTestFolder(t), PORT: '0' });
  await database.pool.query(`insert into kernel.migrations (name, sha256) values ('9999_later.sql', '')`);
  assert.equal(levelOf(await diagnose(config, systemClock), 'database.newer'), 'error');
  await database.pool.query('drop table kernel.migrations');
  assert.equal(levelOf(await diagnose(config, systemClock), 'database.migrations_pending'), 'warn');
});

test('the embedded database is told absent, running, orphaned and stopped, and none is started by asking', async (t) => {
  const config: Config = shapeConfig({ XINQIAO_DATA: join(makeTestFolder(t), 'data'), PORT: '0' });
  const look = async (): Promise<string[]> =>
    (await diagnose(config, systemClock))
      .map(({ code }) => code)
      .filter((code) => code.startsWith('embedded.'));
  assert.deepEqual(await look(), ['embedded.package', 'embedded.absent']);
  const node = await startServerProcess(config.dataFolder);
  assert.deepEqual(await look(), ['embedded.package', 'embedded.running']);
  await node.kill();
  assert.deepEqual(await look(), ['embedded.package', 'embedded.orphan']);
  await (await openEmbedded({ folder: config.dataFolder, logger: silentLogger })).stop();
  assert.deepEqual(await look(), ['embedded.package', 'embedded.stopped']);
});

test('a port in use is a warning', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const config = shapeConfig({ XINQIAO_DATA: makeTestFolder(t), PORT: String(address.port) });
  assert.deepEqual(worse(await diagnose(config, systemClock)), ['warn port.not_free']);
});

function worse(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== 'ok').map(({ level, code }) => `${level} ${code}`);
}

function levelOf(findings: readonly Finding[], code: string): string | undefined {
  return findings.find((finding) => finding.code === code)?.level;
}
