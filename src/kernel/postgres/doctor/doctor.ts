import assert from 'node:assert';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type Database, openDatabase } from '../../database.ts';
import type { Clock } from '../../time.ts';
import { findBinaries } from '../binaries.ts';
import { type EmbeddedState, inspectEmbedded } from '../embedded.ts';
import {
  type Finding,
  finding,
  judgeDisk,
  judgeNode,
  judgeServer,
  judgeSkew,
  type ServerFacts,
} from './findings.ts';
import { hasCode } from '../processes.ts';
import { Refusal } from '../../refusals.ts';

/** Looks at everything the node stands on and changes nothing; it starts no server either. */
export async function diagnose(config: Config, clock: Clock): Promise<Finding[]> {
  const findings = [
    judgeNode(process.version),
    ...(await examineFolder(config.dataFolder)),
    await examinePort(config),
  ];
  if (config.databaseUrl !== undefined) {
    return [...findings, ...(await examineDatabase(config.databaseUrl, config, clock))];
  }
  const { state, found } = examineEmbedded(config.dataFolder);
  const isUp = state?.state === 'running' || state?.state === 'orphan';
  return [...findings, ...found, ...(isUp ? await examineDatabase(state.url, config, clock) : [])];
}

async function examineFolder(folder: string): Promise<Finding[]> {
  const existing = nearestExisting(folder);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    return [
      finding(
        'error',
        'data.not_writable',
        `数据文件夹不可写：${folder}`,
        `Data folder is not writable: ${folder}`,
      ),
    ];
  }
  const { bavail, bsize } = await statfs(existing);
  return [
    finding('ok', 'data.writable', `数据文件夹 ${folder} 可写。`, `Data folder ${folder} is writable.`),
    judgeDisk(bavail * bsize),
  ];
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

/** A taken port is often the node itself, running. */
function examinePort({ host, port }: Config): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const level = hasCode(error, 'EADDRINUSE') ? 'warn' : 'error';
      resolve(
        finding(
          level,
          'port.not_free',
          `端口 ${host}:${port} 不能监听（节点可能已在运行）。`,
          `Cannot listen on ${host}:${port} (the node may be running).`,
        ),
      );
    });
    server.listen(port, host, () => {
      server.close(() =>
        resolve(finding('ok', 'port.free', `端口 ${host}:${port} 可用。`, `Port ${host}:${port} is free.`)),
      );
    });
  });
}

function examineEmbedded(dataFolder: string): { state: EmbeddedState | undefined; found: Finding[] } {
  try {
    const { version } = findBinaries();
    const found = [
      finding('ok', 'embedded.package', `随包数据库 ${version}。`, `Database in the package: ${version}.`),
    ];
    const state = inspectEmbedded(dataFolder);
    return { state, found: [...found, describeState(state)] };
  } catch (error) {
    return { state: undefined, found: [failure('embedded.unusable', error)] };
  }
}

function describeState(state: EmbeddedState): Finding {
  switch (state.state) {
    case 'absent':
      return finding(
        'ok',
        'embedded.absent',
        '还没有数据库，首次启动时建立。',
        'No database yet; the first start makes it.',
      );
    case 'stopped':
      return finding(
        'ok',
        'embedded.stopped',
        '数据库未运行；启动节点后可再查。',
        'The database is not running; look again after a start.',
      );
    case 'running':
      return finding(
        'ok',
        'embedded.running',
        `数据库在运行（进程 ${state.processId}，${state.folder}）。`,
        `The database runs (process ${state.processId}, ${state.folder}).`,
      );
    case 'orphan':
      return finding(
        'warn',
        'embedded.orphan',
        `数据库进程 ${state.processId} 没有所属节点；下次启动会接管。`,
        `Database process ${state.processId} has no node; the next start takes it over.`,
      );
  }
}

async function examineDatabase(url: string, config: Config, clock: Clock): Promise<Finding[]> {
  const database = openDatabase(url, 1);
  try {
    const facts = await readFacts(database);
    const found = [
      finding('ok', 'database.reachable', '数据库可连接。', 'The database is reachable.'),
      ...judgeServer(facts, config.databaseUrl !== undefined),
      judgeSkew(await measureSkew(database, clock)),
    ];
    return [...found, await examineMigrations(database, join(config.packageFolder, 'migrations'))];
  } catch (error) {
    return [failure('database.unreachable', error)];
  } finally {
    await database.close();
  }
}

async function readFacts(database: Database): Promise<ServerFacts> {
  const [facts] = (await database.pool.query<ServerFacts>(FACTS)).rows;
  assert(facts !== undefined, 'the statement answers with one row');
  return facts;
}

const FACTS = `
  select current_setting('server_version_num')::int as "versionNumber", current_setting('server_version') as version,
    current_setting('server_encoding') as encoding, current_setting('TimeZone') as "timeZone",
    current_setting('fsync') as fsync, current_setting('full_page_writes') as "fullPageWrites",
    current_setting('synchronous_commit') as "synchronousCommit",
    current_setting('synchronous_standby_names') as standbys`;

/** The server's clock against the middle of the question's round trip. */
async function measureSkew(database: Database, clock: Clock): Promise<number> {
  const askedAt = clock.now().getTime();
  const { rows } = await database.pool.query<{ at: Date }>('select clock_timestamp() as at');
  const middle = (askedAt + clock.now().getTime()) / 2;
  return (rows[0]?.at.getTime() ?? middle) - middle;
}

async function examineMigrations(database: Database, folder: string): Promise<Finding> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const journal = await database.pool.query<{ there: boolean }>(
    `select to_regclass('kernel.migrations') is not null as there`,
  );
  const ran = journal.rows[0]?.there
    ? (await database.pool.query<{ name: string }>('select name from kernel.migrations')).rows.map(
        ({ name }) => name,
      )
    : [];
  const pending = files.filter((name) => !ran.includes(name)).length;
  const unknown = ran.filter((name) => !files.includes(name)).length;
  if (unknown > 0) {
    return finding(
      'error',
      'database.newer',
      '数据库已由较新的版本迁移。',
      'The database was migrated by a newer release.',
    );
  }
  return pending > 0
    ? finding(
        'warn',
        'database.migrations_pending',
        `有 ${pending} 个迁移待执行（启动时自动执行）。`,
        `${pending} migrations are pending; a start runs them.`,
      )
    : finding('ok', 'database.migrations', '迁移齐全。', 'All migrations have run.');
}

function failure(code: string, error: unknown): Finding {
  if (error instanceof Refusal) {
    const { message, remedy } = error.toJSON();
    return finding('error', code, `${message.zh}${remedy.zh}`, `${message.en} ${remedy.en}`);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return finding('error', code, `检查没有完成：${reason}`, `The check did not finish: ${reason}`);
}
