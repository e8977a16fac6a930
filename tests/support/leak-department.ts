import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Ending } from '../flows/http-node.ts';
import type { CanaryRow } from './leak-canaries.ts';

/** Rows by contract and code of the enterprise. */
export type SourceRows = ReadonlyMap<string, readonly CanaryRow[]>;

export type LeakDepartment = {
  readonly address: string;
  /** From now on it answers with errors that carry the rows: what goes wrong must not carry them on. */
  fail(isFailing: boolean): void;
};

const SECRET = 'a-secret-of-the-department-only';

/** A department outside the node that answers every dataset it is asked for with the rows it was given. */
export async function startLeakDepartment(t: Ending, rows: SourceRows): Promise<LeakDepartment> {
  let isFailing = false;
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      const path = request.url ?? '';
      if (path === '/oauth/token') {
        response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 }));
        return;
      }
      const { uscc } = JSON.parse(body) as { uscc: string };
      const items = rows.get(`${path.slice(path.lastIndexOf('/') + 1)} ${uscc}`) ?? [];
      if (isFailing) response.writeHead(500);
      response.end(JSON.stringify({ data: { uscc, items }, message: isFailing ? items : '' }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, fail: (is) => (isFailing = is) };
}

type Definition = { id: string; kind: string; interfaces: { contract: string }[] };

/**
 * Writes a city's own definitions under `folder`: every source of the package, asked by service, so that one department
 * answers them all. The secret goes to `keysFolder`.
 */
export function connectAllSources(packageFolder: string, folder: string, keysFolder: string): void {
  mkdirSync(join(folder, 'sources'), { recursive: true });
  mkdirSync(join(keysFolder, 'sources'), { recursive: true, mode: 0o700 });
  writeFileSync(join(keysFolder, 'sources', 'department'), SECRET, { mode: 0o600 });
  const from = join(packageFolder, 'models', 'sources');
  for (const name of readdirSync(from).filter((file) => file.endsWith('.yaml'))) {
    const definition = parse(readFileSync(join(from, name), 'utf8')) as Definition;
    writeFileSync(join(folder, 'sources', name), stringify(asService(definition)));
  }
}

function asService({ id, interfaces }: Definition): object {
  return {
    id,
    name: '测试数据源',
    provider: '测试单位',
    kind: 'service',
    endpoint: { named: 'department' },
    timeoutMs: 5_000,
    retries: { max: 0, backoffMs: 5 },
    concurrencyMax: 8,
    queueMax: 64,
    breaker: { failures: 100, openMs: 60_000 },
    bodyBytesMax: 1_048_576,
    rowsMax: 500,
    oauth: { tokenPath: '/oauth/token', clientId: 'xinqiao', secret: 'department' },
    interfaces: interfaces.map(({ contract }) => ({
      contract,
      frequency: 'month',
      capacity: { perMinute: 10_000, perDay: 100_000 },
      cacheMs: 0,
      method: 'POST',
      path: `/v1/datasets/${contract}`,
      parameters: { code: 'uscc' },
      rows: 'data.items',
      echo: 'data.uscc',
    })),
  };
}
