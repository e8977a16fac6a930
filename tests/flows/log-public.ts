import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, inTransaction, type KeyStore, openKeyStore, silentLogger } from '#kernel';
import { auditLog, databaseSource, type LogSource, recordLeaves, savingTo, startSequencer } from '#security';
import { cloneDatabase } from '../support/database.ts';
import { type Ending } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const ORIGIN = 'node.example/api/v1/log';

/** A log in a database of its own, grown batch by batch so that it has several checkpoints. */
export type TestLog = {
  readonly database: Database;
  readonly keys: KeyStore;
  readonly source: LogSource;
  grow(entries: number): Promise<void>;
};

export async function openTestLog(t: Ending, keys = openTestKeys(t)): Promise<TestLog> {
  const database = await cloneDatabase(t);
  return {
    database,
    keys,
    source: databaseSource({ database, keys, origin: ORIGIN }),
    grow: (entries) => growLog(database, keys, entries),
  };
}

export function openTestKeys(t: Ending): KeyStore {
  return openKeyStore(makeTestFolder(t));
}

/** Records leaves and sequences them at once: one checkpoint. */
export async function growLog(database: Database, keys: KeyStore, entries: number): Promise<void> {
  const at = new Date('2026-03-01T02:03:04.005Z');
  const facts = Array.from({ length: entries }, (_, n) => ({ kind: 'answer' as const, at, body: { n } }));
  await inTransaction(database, (tx) => recordLeaves(tx, keys, facts));
  const sequencer = startSequencer({ database, keys, origin: ORIGIN, logger: silentLogger });
  await sequencer.drain();
  await sequencer.stop();
}

/** Keeps a copy of the whole log, as `verify log --save` does. Throws when it does not hold. */
export async function saveLog(t: Ending, source: LogSource): Promise<string> {
  const folder = makeTestFolder(t);
  const { fault } = await auditLog({ source: savingTo(folder, source) });
  if (fault !== undefined) throw new Error(`the log does not hold: ${JSON.stringify(fault)}`);
  return folder;
}

export function copyFolder(t: Ending, folder: string): string {
  const copy = makeTestFolder(t);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

export function makeTestFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Ran = { readonly code: number | null; readonly output: string; readonly complaint: string };

/** Runs a program of the package and waits for its end. */
export function runProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, file), ...args], { env: { ...process.env, ...env } });
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output, complaint })));
}
