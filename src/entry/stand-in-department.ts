import assert from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Config } from '#kernel';
import { readCases } from './demonstration-case-file.ts';

export type StandInDepartment = {
  /** By the names that the package's source definitions use. */
  readonly addresses: Readonly<Record<string, string>>;
  stop(): void;
};

/**
 * Starts the demonstration's department as a process of its own, on loopback, with made-up data. It ends with this
 * process, however that ends. A city's node never starts it.
 */
export async function startDepartment(
  config: Pick<Config, 'packageFolder' | 'dataFolder' | 'keysFolder'>,
): Promise<StandInDepartment> {
  const folder = join(config.dataFolder, 'department');
  mkdirSync(folder, { recursive: true });
  const program = join(config.packageFolder, 'examples', 'department', 'main.ts');
  const flags = [
    '--secret-file',
    openSecret(config.keysFolder),
    '--folder',
    folder,
    '--json',
    '--with-parent',
    ...readCases(config.packageFolder).flatMap(({ code, source }) =>
      source === undefined ? [] : ['--always', `${code}=${source}`],
    ),
  ];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { addresses } = JSON.parse(await firstLineOf(child)) as Pick<StandInDepartment, 'addresses'>;
  const stop = (): void => {
    child.kill();
    child.stdin?.end(); // what it waits for at its other end; either pipe left open keeps a process alive
    child.stdout?.destroy();
  };
  return { addresses, stop };
}

/** Shared by node and department; made once per installation. */
function openSecret(keysFolder: string): string {
  const file = join(keysFolder, 'sources', 'department');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return file;
}

async function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  assert(stdout !== null, 'its output is piped');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new TypeError('the stand-in department ended before it was ready');
}
