import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tx } from '#kernel';
import type { Acting } from '../../acting.ts';
import { isObject, thumbprintText } from '../calls/jws.ts';
import { listClients, registerClient, rotateClientKey } from './clients.ts';

export type DemonstrationClients = {
  /** Folder of the file with the clients' private keys. */
  readonly dataFolder: string;
  readonly publicUrl: string;
  /** Ids of a demonstration institution and a platform that it has signed with. */
  readonly bank: string;
  readonly platform: string;
  /** Whom the example asks about; absent until the register holds one. */
  readonly enterprise: { readonly code: string; readonly name: string } | undefined;
};

type KeptClient = {
  readonly clientId: string;
  readonly participantId: string;
  readonly privateKey: JsonWebKey;
};

/** The file that `examples/bank-client` reads. */
const DEMONSTRATION_CLIENT_FILE = 'demonstration-client.json';

/**
 * Registers a bank's and a platform's client with keys of this installation, or finds those of an earlier start; file
 * and database end up the same. Only for a node with a synthetic city: elsewhere a private key never reaches the node.
 */
export async function makeDemonstrationClients(
  tx: Tx,
  acting: Acting,
  demonstration: DemonstrationClients,
): Promise<void> {
  const file = join(demonstration.dataFolder, DEMONSTRATION_CLIENT_FILE);
  const kept = readKept(file);
  const known = await listClients(tx, acting);
  const clients: Record<'bank' | 'platform', KeptClient> = {
    bank: toKept('bank', demonstration.bank, kept),
    platform: toKept('platform', demonstration.platform, kept),
  };
  for (const { clientId, participantId, privateKey } of Object.values(clients)) {
    const key = createPublicKey(createPrivateKey({ key: privateKey, format: 'jwk' })).export({
      format: 'jwk',
    });
    const found = known.find((one) => one.clientId === clientId);
    if (found === undefined) {
      const label = `${participantId} (demonstration)`;
      await registerClient(tx, acting, { clientId, participantId, label, keys: key, redirectUris: [] });
    } else if (!found.keys.some(({ kid, retiredAt }) => retiredAt === null && kid === kidOf(key))) {
      const old = found.keys.find(({ retiredAt }) => retiredAt === null);
      await rotateClientKey(tx, acting, { clientId, key, ...(old && { retire: old.kid }) });
    }
  }
  const { publicUrl, enterprise } = demonstration;
  await writeKept(file, {
    issuer: `${publicUrl}/oidc`,
    api: publicUrl,
    enterprise: enterprise ?? null,
    ...clients,
  });
}

function kidOf(jwk: JsonWebKey): string {
  return createHash('sha256')
    .update(thumbprintText(jwk) ?? '')
    .digest('base64url');
}

function toKept(name: string, participantId: string, kept: Record<string, unknown>): KeptClient {
  const clientId = `${participantId}-client`;
  const earlier = kept[name];
  if (isObject(earlier) && earlier.clientId === clientId && isObject(earlier.privateKey))
    return { clientId, participantId, privateKey: earlier.privateKey };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { clientId, participantId, privateKey: privateKey.export({ format: 'jwk' }) };
}

function readKept(file: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isObject(content) ? content : {};
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** Written whole and renamed, readable by the node's own user alone. */
async function writeKept(file: string, content: object): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
