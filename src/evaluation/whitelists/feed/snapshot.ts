import { createHash } from 'node:crypto';
import {
  algorithmOf,
  canonicalJson,
  fromPublicJwk,
  type SigningKey,
  signByKey,
  type Tx,
  verifyByKey,
} from '#kernel';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import { readMembers, type ReceivingContext, type Receiver } from './receive-whitelist.ts';

export type SnapshotMember = {
  readonly disclosureId: string;
  readonly code: string | null;
  readonly name: string;
  readonly validUntil: string | null;
};

/** What is signed: the members of one list as one institution was told. */
export type SnapshotContent = {
  readonly format: 'xinqiao.whitelist/1';
  readonly list: string;
  /** Hash of the rules under which the last push was made. */
  readonly rules: string;
  readonly institution: string;
  readonly issuedAt: string;
  /** From here the changes feed goes on. */
  readonly cursor: string;
  readonly members: readonly SnapshotMember[];
};

/** `hash`: SHA-256 of the content's canonical form (RFC 8785), hex; `jws`: detached over it (RFC 7515, Appendix F). */
export type Snapshot = { readonly content: SnapshotContent; readonly hash: string; readonly jws: string };

const TYPE = 'xinqiao-whitelist+jws';

/** The signed snapshot of a list for one institution; what changed since then is in the feed. */
export async function readSnapshot(tx: Tx, context: ReceivingContext, receiver: Receiver): Promise<Snapshot> {
  const { institution, rulesHash, members, cursor } = await readMembers(tx, context, receiver);
  const content: SnapshotContent = {
    format: 'xinqiao.whitelist/1',
    list: receiver.listId,
    rules: rulesHash,
    institution,
    issuedAt: context.clock.now().toISOString(),
    cursor,
    members: members.map(({ disclosureId, code, name, validUntil }) => ({
      disclosureId,
      code,
      name,
      validUntil,
    })),
  };
  return signSnapshot(content, context.keys.get('report'));
}

function signSnapshot(content: SnapshotContent, key: SigningKey): Snapshot {
  const header = Buffer.from(canonicalJson({ alg: key.algorithm, kid: key.kid, typ: TYPE })).toString(
    'base64url',
  );
  const canonical = Buffer.from(canonicalJson(content));
  const text = `${header}.${canonical.toString('base64url')}`;
  const signature = signByKey(key.privateKey, Buffer.from(text)).toString('base64url');
  const hash = createHash('sha256').update(canonical).digest('hex');
  return { content, hash, jws: `${header}..${signature}` };
}

export type TrustedJwk = Parameters<typeof fromPublicJwk>[0] & { readonly kid: string };

/** Checks a snapshot with the node's published keys alone. Throws `whitelists.snapshot_wrong` with the part that is wrong. */
export function verifySnapshot(
  { content, hash, jws }: Snapshot,
  trusted: readonly TrustedJwk[],
): SnapshotContent {
  const canonical = Buffer.from(canonicalJson(content));
  if (createHash('sha256').update(canonical).digest('hex') !== hash) throw wrong('hash');
  const [, header = '', signature = ''] = /^([\w-]+)\.\.([\w-]+)$/.exec(jws) ?? [];
  const jwk = trusted.find(({ kid }) => kid === kidOf(header));
  if (jwk === undefined) throw wrong('kid');
  const key = fromPublicJwk(jwk);
  const expected = canonicalJson({ alg: algorithmOf(key), kid: jwk.kid, typ: TYPE });
  if (Buffer.from(header, 'base64url').toString() !== expected) throw wrong('header');
  const text = Buffer.from(`${header}.${canonical.toString('base64url')}`);
  if (!verifyByKey(key, text, Buffer.from(signature, 'base64url'))) throw wrong('signature');
  return content;
}

function kidOf(header: string): string | undefined {
  const [, kid] = /"kid":"([\w-]+)"/.exec(Buffer.from(header, 'base64url').toString()) ?? [];
  return kid;
}

function wrong(part: string): Error {
  return whitelistRefusal('whitelists.snapshot_wrong', { part });
}
