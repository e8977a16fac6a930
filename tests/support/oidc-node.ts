import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ending } from '../flows/http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export type NodeProcess = {
  /** Where it listens; not its public address when several stand behind one. */
  readonly url: string;
  readonly process: ChildProcess;
};

/** A node as a city runs it: `xinqiao start --only http` on a database and keys that others share. Ends with the test. */
export async function startNode(t: Ending, settings: Readonly<Record<string, string>>): Promise<NodeProcess> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'src/entry/cli/main.ts'), 'start', '--only', 'http'], {
    cwd: settings.XINQIAO_DATA,
    env: { PATH, XINQIAO_LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return { url: await readyUrl(child), process: child };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => (said += text));
  }
  for (;;) {
    const found = /http:\/\/[\w.:]+/.exec(said)?.[0];
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`the node ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
