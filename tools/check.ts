/**
 * `npm run check`: everything that can be said of the code without running it, side by side, in under 20 s.
 * Prints a line per check and the output of those that fail.
 */
import { spawn } from 'node:child_process';

type Check = { name: string; command: string; args: string[] };

const node = process.execPath;
const bin = (name: string) => `node_modules/.bin/${name}`;
const checks: Check[] = [
  { name: 'format', command: bin('biome'), args: ['format', '.'] },
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'types of the pages', command: bin('tsc'), args: ['--noEmit', '-p', 'src/portal/browser'] },
  { name: 'architecture', command: node, args: ['--test', 'tests/architecture/*.test.ts'] },
  { name: 'contracts', command: node, args: ['tools/check-contracts.ts'] },
  { name: 'generated files fresh', command: node, args: ['tools/generate.ts', '--check'] },
  { name: 'dead code', command: bin('knip'), args: ['--no-progress'] },
  { name: 'lock complete', command: node, args: ['tools/check-lock.ts'] },
];

const AT_ONCE = 2;
const results = new Map<string, number>();
const waiting = [...checks];
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exitCode = [...results.values()].some((code) => code !== 0) ? 1 : 0;

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await run(check);
}

function run({ name, command, args }: Check): Promise<void> {
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      results.set(name, code ?? 1);
      console.log(`${code === 0 ? '✓' : '✗'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      if (code !== 0) console.log(Buffer.concat(output).toString().slice(-12_000));
      resolve();
    });
  });
}
