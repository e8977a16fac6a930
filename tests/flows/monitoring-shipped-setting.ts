import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../support/database.ts';
import type { Department } from './source-department.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A department that says of whoever is asked about what the test put there, by dataset. */
export type SayingDepartment = Pick<Department, 'addresses' | 'keysFolder'> & {
  /** What it answers of this dataset from now on. */
  says(contractId: string, rows: readonly Row[]): void;
  /** Enterprises that it was asked about, by dataset. */
  readonly asked: Map<string, number>;
};

/** An HTTP service of its own, asked with a token as departments are; it ends with the test. */
export async function startSayingDepartment(t: Cleanup, until: string): Promise<SayingDepartment> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-saying-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'sources'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'sources', 'department'), 'a secret of this test', { mode: 0o600 });
  const rows = new Map<string, readonly Row[]>();
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      response.setHeader('content-type', 'application/json');
      if (path === '/oauth/token') {
        response.end('{"access_token":"token-of-this-test","token_type":"Bearer","expires_in":300}');
        return;
      }
      const contractId = path.split('/').at(-1) ?? '';
      const { uscc } = JSON.parse(Buffer.concat(chunks).toString()) as { uscc: string };
      asked.set(contractId, (asked.get(contractId) ?? 0) + 1);
      response.end(JSON.stringify({ data: { uscc, until, items: rows.get(contractId) ?? [] } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(isPort(address));
  return {
    addresses: { department: `http://127.0.0.1:${address.port}` },
    keysFolder: folder,
    says: (contractId, said) => rows.set(contractId, said),
    asked,
  };
}

function isPort(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
