import assert from 'node:assert';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Database } from '../../database.ts';
import type { Clock } from '../../time.ts';
import { passwordFile, serverFolder } from '../cluster.ts';
import { copyFile, forEachFile, listTree } from './copy-files.ts';
import { type BackedUpFile, type BackupManifest, KEPT_FILES, writeManifest } from './manifest.ts';
import { findPlace, type Place } from '../place.ts';
import { postgresRefusal } from '../postgres-refusals.ts';

export type BackupOptions = {
  database: Database;
  dataFolder: string;
  /** Default `<data>/keys`. */
  keysFolder?: string;
  /** Empty or not there yet. It will hold keys and the database's password: keep it as closed as the data folder. */
  target: string;
  clock: Clock;
  /** Bytes copied so far. */
  onProgress?: (bytes: number) => void;
};

/**
 * Copies the embedded database, delivered bytes, attachments and the keys while the node runs and writes. What was committed
 * before the call is in the copy. Refuses with `backup.*`; without a manifest in the target the backup did not finish.
 */
export async function backupEmbedded(options: BackupOptions): Promise<BackupManifest> {
  const { database, target, clock } = options;
  const beganAt = clock.now().toISOString();
  const place = await requireEmbedded(database, options.dataFolder);
  await prepareTarget(target);
  const copier = new Copier(target, options.onProgress);
  const span = await backupServer(database, place, copier);
  // After the database: bytes and keys are written before the rows that name them.
  for (const folder of KEPT_FILES) await copier.copyTree(join(options.dataFolder, folder), folder);
  await copier.copyTree(options.keysFolder ?? join(options.dataFolder, 'keys'), 'keys');
  const manifest: BackupManifest = {
    format: 'xinqiao-backup/1',
    beganAt,
    endedAt: clock.now().toISOString(),
    node: process.version,
    ...span,
    folders: copier.folders,
    files: copier.files,
  };
  await writeManifest(target, manifest);
  return manifest;
}

/** What the backup of a city's own database must cover; printed by `backup` and `restore` when DATABASE_URL is set. */
export function explainCityBackup(keysFolder: string, dataFolder: string): { zh: string; en: string } {
  const files = KEPT_FILES.map((folder) => join(dataFolder, folder));
  return {
    zh: [
      '节点接的是城市数据库，备份由该数据库自己的工具完成：',
      '1. 数据库：pgBackRest（或同类工具）定期做基础备份，并持续归档 WAL（archive_mode=on），使任一时刻可恢复；至少一份在异地。',
      `2. 密钥文件夹 ${keysFolder}：与数据库分开存放，加密保存；没有它，已签名的回执和报告不能继续签发。`,
      `3. 交付原始文件和附件 ${files.join('、')}：在数据库备份之后复制；文件从不改写，期满的由节点删除。`,
      '4. 每季度做一次恢复演练，恢复后运行 xinqiao doctor 与 xinqiao verify。',
    ].join('\n'),
    en: [
      'The node runs on the city’s database; that database’s own tools make the backup:',
      '1. Database: base backups by pgBackRest (or its like) and continuous WAL archiving (archive_mode=on), so that any moment can be restored; one copy at another site.',
      `2. Keys folder ${keysFolder}: kept apart from the database and encrypted; without it receipts and reports can no longer be signed.`,
      `3. Delivered files and attachments ${files.join(', ')}: copied after the database; a file is never changed, and the node removes those past their years.`,
      '4. Rehearse a restore every quarter, then run xinqiao doctor and xinqiao verify.',
    ].join('\n'),
  };
}

async function requireEmbedded(database: Database, dataFolder: string): Promise<Place> {
  const shown = await database.pool.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  );
  const place = findPlace(dataFolder);
  const folder = shown.rows[0]?.folder;
  if (
    place === undefined ||
    folder === undefined ||
    !existsSync(folder) ||
    realpathSync(folder) !== serverFolder(place)
  ) {
    throw postgresRefusal('backup.not_embedded', {});
  }
  return place;
}

async function prepareTarget(target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0)
    throw postgresRefusal('backup.target_not_empty', { folder: target });
}

type Span = { postgres: string; startLsn: string; stopLsn: string };

/**
 * PostgreSQL's low-level base backup (documentation, 25.3.4). Start and stop must be one session; the temporary slot keeps the
 * log of that span from being recycled and goes with the session.
 */
async function backupServer(database: Database, place: Place, copier: Copier): Promise<Span> {
  const client = await database.pool.connect();
  try {
    await one(client, `select pg_create_physical_replication_slot('xinqiao_backup', true, true)`);
    const start = await one<{ lsn: string; file: string; version: string }>(client, START);
    await copyServerFiles(serverFolder(place), copier);
    const stop = await one<{ lsn: string; file: string; labelfile: string; spcmapfile: string }>(
      client,
      STOP,
    );
    assert.equal(stop.spcmapfile.trim(), '', 'the embedded database has no tablespaces');
    await copier.write(`${SERVER}/backup_label`, stop.labelfile);
    await copyLog(join(serverFolder(place), 'pg_wal'), { from: start.file, to: stop.file }, copier);
    await copier.copy(passwordFile(place), 'postgres/password');
    return { postgres: start.version, startLsn: start.lsn, stopLsn: stop.lsn };
  } finally {
    client.release(true); // ends the session: a backup that failed half-way is given up by the server, and the slot goes
  }
}

const START = `
  select lsn::text, pg_walfile_name(lsn) as file, current_setting('server_version') as version
  from pg_backup_start('xinqiao', fast => true) as lsn`;

const STOP = `
  select lsn::text, pg_walfile_name(lsn) as file, labelfile, spcmapfile
  from pg_backup_stop(wait_for_archive => false)`;

async function one<Row extends object>(client: pg.PoolClient, text: string): Promise<Row> {
  const [row] = (await client.query<Row>(text)).rows;
  assert(row !== undefined, 'the statement answers with one row');
  return row;
}

const SERVER = 'postgres/server';

/** Folders whose content the server makes anew (documentation, 25.3.4); only their names are kept. */
const EMPTY =
  /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans|(.*\/)?pgsql_tmp[^/]*)\//;
/** Of the running server alone, or rebuilt by it. */
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|backup_label|tablespace_map)$|(^|\/)(pg_internal\.init[^/]*|pgsql_tmp[^/]*)$/;
const CONTROL = 'global/pg_control';

async function copyServerFiles(folder: string, copier: Copier): Promise<void> {
  const tree = await listTree(folder);
  copier.addFolders(SERVER, [
    '',
    ...tree.folders.filter((path) => !EMPTY.test(path)),
    'pg_wal/archive_status',
  ]);
  const wanted = tree.files.filter((path) => !EMPTY.test(path) && !LEFT_OUT.test(path) && path !== CONTROL);
  await copier.copyAll(folder, wanted, SERVER);
  await copier.copy(join(folder, CONTROL), `${SERVER}/${CONTROL}`); // last: it must not be older than any other file
}

/** The segments from the one where the copy began to the one where it ended; their names sort as they follow. */
async function copyLog(folder: string, span: { from: string; to: string }, copier: Copier): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9A-F]{24}$/.test(name));
  const needed = names.filter((name) => name >= span.from && name <= span.to).sort();
  assert(needed.includes(span.from) && needed.includes(span.to), 'the slot keeps the log of the backup');
  for (const name of needed) {
    const isThere = await copier.copy(join(folder, name), `${SERVER}/pg_wal/${name}`);
    assert(isThere, `log segment ${name} vanished`);
  }
}

/** Copies into one target and keeps the list for the manifest. */
class Copier {
  readonly folders: string[] = [];
  readonly files: BackedUpFile[] = [];
  readonly #target: string;
  readonly #onProgress: (bytes: number) => void;
  #bytes = 0;

  constructor(target: string, onProgress: (bytes: number) => void = () => {}) {
    this.#target = target;
    this.#onProgress = onProgress;
  }

  addFolders(under: string, paths: readonly string[]): void {
    this.folders.push(...paths.map((path) => (path === '' ? under : `${under}/${path}`)));
  }

  /** False when the file is no longer there. */
  async copy(from: string, path: string): Promise<boolean> {
    const file = await copyFile(from, join(this.#target, path), path);
    if (file === undefined) return false;
    this.files.push(file);
    this.#bytes += file.bytes;
    this.#onProgress(this.#bytes);
    return true;
  }

  /** Those that are still there. */
  async copyAll(from: string, paths: readonly string[], under: string): Promise<void> {
    await forEachFile(paths, async (path) => {
      await this.copy(join(from, path), `${under}/${path}`);
    });
  }

  async copyTree(from: string, under: string): Promise<void> {
    const tree = await listTree(from);
    this.addFolders(under, ['', ...tree.folders]);
    await this.copyAll(from, tree.files, under);
  }

  /** For what the server hands over as text. */
  async write(path: string, text: string): Promise<void> {
    const source = join(this.#target, `${path}.unfinished`);
    await writeFile(source, text, { mode: 0o600 });
    await this.copy(source, path);
    await rm(source);
  }
}
