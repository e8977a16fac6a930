/**
 * A witness for a Xinqiao log: node examples/witness/main.ts --log URL --vkey KEY --name NAME --state FOLDER
 * Looks once and prints the cosigned checkpoint; with --listen PORT it looks every --every SECONDS and serves it.
 * Exit code 1: the checkpoint was refused, and why stands on standard error.
 */
import { createServer, type Server } from 'node:http';
import { parseArgs } from 'node:util';
import { formatVkey, parseVkey, urlSource } from '../../src/security/log/verifier/index.ts';
import { look, type Look, type Watch, witnessKey } from './look.ts';
import { openState } from './state.ts';

const REASONS = {
  not_by_this_log: '检查点不是这部日志签的 · the checkpoint is not signed by this log',
  rolled_back: '日志变短了 · the log has become shorter',
  split_view: '日志有两种历史 · the log has two histories',
  tiles_missing: '日志没有给出证明所需的树块 · the log does not serve the tiles that the proof needs',
  tiles_wrong: '日志给出的树块与检查点不符 · the tiles are not those of the checkpoint',
} as const;

const { values } = parseArgs({
  options: {
    log: { type: 'string' },
    vkey: { type: 'string', multiple: true },
    name: { type: 'string' },
    state: { type: 'string' },
    listen: { type: 'string' },
    every: { type: 'string', default: '10' },
  },
});

await main();

async function main(): Promise<void> {
  const { log, vkey = [], name, state, listen, every } = values;
  if (log === undefined || name === undefined || state === undefined || vkey.length === 0) {
    throw new TypeError('--log, --vkey, --name and --state are needed');
  }
  const keys = vkey.map((text) => parseVkey(text)).filter((key) => key !== undefined);
  if (keys.length < vkey.length) throw new TypeError('--vkey is no verifier key');
  const watch: Watch = { source: urlSource(log.replace(/\/+$/, '')), keys, state: openState(state), name };
  process.stderr.write(`vkey ${formatVkey(witnessKey(name, watch.state.key))}\n`);
  if (listen === undefined) {
    const seen = say(await lookNow(watch));
    if (seen !== undefined) process.stdout.write(seen);
    else process.exitCode = 1;
    return;
  }
  await serve(watch, { port: Number(listen), everyMs: 1_000 * Number(every) });
}

async function lookNow(watch: Watch): Promise<Look> {
  return await look(watch, Math.floor(Date.now() / 1_000));
}

/** The cosigned note, or undefined with the reason on standard error. */
function say(result: Look): Buffer | undefined {
  if ('seen' in result) return result.seen.note;
  const kept = result.evidence === undefined ? '' : ` → ${result.evidence}`;
  process.stderr.write(`✗ [${result.refused}] ${REASONS[result.refused]}${kept}\n`);
  return undefined;
}

/** A log that is away or refused is looked at again; what was seen last stays served. */
async function serve(watch: Watch, { port, everyMs }: { port: number; everyMs: number }): Promise<void> {
  const again = async (): Promise<void> => {
    try {
      say(await lookNow(watch));
    } catch (error) {
      process.stderr.write(`✗ ${error instanceof Error ? error.message : 'unknown'}\n`);
    }
    setTimeout(() => void again(), everyMs);
  };
  const server = createServer((request, response) => {
    const note = request.url === '/checkpoint' ? watch.state.readSeen() : undefined;
    response
      .writeHead(note === undefined ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' })
      .end(note);
  });
  await again();
  server.listen(port, '127.0.0.1', () => process.stderr.write(`listening ${addressOf(server)}\n`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null
    ? `http://127.0.0.1:${address.port}`
    : String(address);
}
