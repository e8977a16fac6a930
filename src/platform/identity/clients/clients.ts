import { type Tx } from '#kernel';
import { recordLeaf, requireAllowed } from '#security';
import type { Acting } from '../../acting.ts';
import { readParticipants } from '../../participants/read-participants.ts';
import { identityRefusal } from '../identity-refusals.ts';
import type { IdentityTables } from '../tables.ts';
import { type ClientKey, readClientKeys } from './client-keys.ts';

export type NewClient = {
  readonly clientId: string;
  readonly participantId: string;
  /** What people call it. */
  readonly label: string;
  /** A public JWK or a set of them. */
  readonly keys: unknown;
  /** Where browsers come back to; empty: the client asks for consents by API alone. */
  readonly redirectUris: readonly string[];
};

export type Client = {
  readonly clientId: string;
  readonly participantId: string;
  readonly label: string;
  readonly redirectUris: readonly string[];
  readonly keys: readonly { readonly kid: string; readonly madeAt: Date; readonly retiredAt: Date | null }[];
  readonly madeAt: Date;
  readonly disabledAt: Date | null;
};

const CLIENT_ID = /^[a-z0-9][a-z0-9._-]{1,63}$/;
const REDIRECTS_MAX = 10;
/** The one in use, the next one, and one for each of two sites. */
const KEYS_MAX = 4;

/**
 * Registers a program of an institution or platform, with its leaf. It may sign at once; whether its participant may
 * ask for anything, the admission says at each call. Throws `client.…` or a refused right.
 */
export async function registerClient(tx: Tx, acting: Acting, client: NewClient): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'manage_clients', { participant: client.participantId });
  requireShape(client);
  const keys = readClientKeys(client.keys);
  if (keys.length > KEYS_MAX) throw identityRefusal('client.keys_too_many', { keysMax: KEYS_MAX });
  await requireParticipant(tx, client.participantId);
  const at = acting.clock.now();
  const made = await tx
    .tables<IdentityTables>()
    .insertInto('platform.clients')
    .values({
      client_id: client.clientId,
      participant_id: client.participantId,
      label: client.label,
      redirect_uris: [...client.redirectUris],
      grant_types: grantTypesOf(client),
      made_by: acting.caller.id,
      made_at: at,
      disabled_by: null,
      disabled_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('client_id')
    .executeTakeFirst();
  if (made === undefined) throw identityRefusal('client.taken');
  for (const key of keys) await addKey(tx, acting, { clientId: client.clientId, key, at });
  await leaf(tx, acting, {
    act: 'client_registered',
    client: client.clientId,
    participant: client.participantId,
    keys: keys.map(({ kid }) => kid),
  });
}

function requireShape({ clientId, label, redirectUris }: NewClient): void {
  const isFit =
    CLIENT_ID.test(clientId) &&
    label.trim() !== '' &&
    redirectUris.length <= REDIRECTS_MAX &&
    redirectUris.every(isHttps);
  if (!isFit) throw identityRefusal('client.malformed', { redirectsMax: REDIRECTS_MAX });
}

/** FAPI 2.0 (5.3.2.2): browsers come back over TLS only. */
function isHttps(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === 'https:' && url.hash === '' && url.username === '';
}

function grantTypesOf({ redirectUris }: NewClient): string[] {
  return redirectUris.length === 0
    ? ['client_credentials']
    : ['client_credentials', 'authorization_code', 'refresh_token'];
}

async function requireParticipant(tx: Tx, participantId: string): Promise<void> {
  const kind = (await readParticipants(tx, [participantId])).get(participantId)?.kind;
  if (kind !== 'institution' && kind !== 'platform') throw identityRefusal('client.wrong_participant');
}

type AddedKey = { readonly clientId: string; readonly key: ClientKey; readonly at: Date };

/** A kid is never used again, so that an old signature always has its one key. */
async function addKey(tx: Tx, acting: Acting, { clientId, key, at }: AddedKey): Promise<void> {
  const made = await tx
    .tables<IdentityTables>()
    .insertInto('platform.client_keys')
    .values({
      client_id: clientId,
      kid: key.kid,
      // Without `alg`: Ed25519 goes by two names, and which algorithms are taken at all is the server's to say.
      jwk: JSON.stringify({ ...key.jwk, kid: key.kid, use: 'sig' }),
      made_by: acting.caller.id,
      made_at: at,
      retired_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('kid')
    .executeTakeFirst();
  if (made === undefined) throw identityRefusal('client.key_known');
}

export type KeyRotation = {
  readonly clientId: string;
  /** The key that is added; absent: only retire. */
  readonly key?: unknown;
  /** The kid that is retired; absent: the old keys stay until they are. */
  readonly retire?: string;
};

/** Adds a key, retires one, or both: old and new sign side by side while the participant changes over. */
export async function rotateClientKey(tx: Tx, acting: Acting, rotation: KeyRotation): Promise<void> {
  const { clientId, retire } = rotation;
  const { participantId, live } = await lockClient(tx, clientId);
  requireAllowed(acting.policies, acting.caller, 'manage_clients', { participant: participantId });
  const at = acting.clock.now();
  const keys = rotation.key === undefined ? [] : readClientKeys(rotation.key);
  const left = live.filter((kid) => kid !== retire).length + keys.length;
  if (left > KEYS_MAX) throw identityRefusal('client.keys_too_many', { keysMax: KEYS_MAX });
  if (left === 0 || (retire !== undefined && !live.includes(retire)))
    throw identityRefusal('client.key_unfit');
  for (const key of keys) await addKey(tx, acting, { clientId, key, at });
  if (retire !== undefined) {
    await tx.rows('update platform.client_keys set retired_at = $3 where client_id = $1 and kid = $2', [
      clientId,
      retire,
      at,
    ]);
  }
  await leaf(tx, acting, {
    act: 'client_keys_changed',
    client: clientId,
    added: keys.map(({ kid }) => kid),
    retired: retire === undefined ? [] : [retire],
  });
}

/** Two people who change the keys of one client do so one after the other. */
async function lockClient(tx: Tx, clientId: string): Promise<{ participantId: string; live: string[] }> {
  const [client] = await tx.rows<{ participant_id: string }>(
    'select participant_id from platform.clients where client_id = $1 and disabled_at is null for update',
    [clientId],
  );
  if (client === undefined) throw identityRefusal('client.unknown');
  const keys = await tx.rows<{ kid: string }>(
    'select kid from platform.client_keys where client_id = $1 and retired_at is null',
    [clientId],
  );
  return { participantId: client.participant_id, live: keys.map(({ kid }) => kid) };
}

/** Disables a client for good: it gets no token any more, and those it has serve for two seconds at most. */
export async function disableClient(tx: Tx, acting: Acting, clientId: string): Promise<void> {
  const { participantId } = await lockClient(tx, clientId);
  requireAllowed(acting.policies, acting.caller, 'manage_clients', { participant: participantId });
  await tx
    .tables<IdentityTables>()
    .updateTable('platform.clients')
    .set({ disabled_at: acting.clock.now(), disabled_by: acting.caller.id })
    .where('client_id', '=', clientId)
    .execute();
  await leaf(tx, acting, { act: 'client_disabled', client: clientId });
}

/** Clients with the ids of their keys; of one participant for whoever is not the node. */
export async function listClients(
  tx: Tx,
  acting: Pick<Acting, 'caller' | 'policies'>,
  participantId?: string,
): Promise<Client[]> {
  const { kind, participantId: own } = acting.caller;
  const wanted = kind === 'institution' || kind === 'platform' ? own : participantId;
  const matter = wanted === undefined || wanted === null ? {} : { participant: wanted };
  requireAllowed(acting.policies, acting.caller, 'manage_clients', matter);
  const rows = await tx.rows<ClientRow>(LIST, [wanted ?? null]);
  return rows.map((row) => ({
    clientId: row.client_id,
    participantId: row.participant_id,
    label: row.label,
    redirectUris: row.redirect_uris,
    keys: row.keys.map(({ kid, made_at, retired_at }) => ({
      kid,
      madeAt: new Date(made_at),
      retiredAt: retired_at === null ? null : new Date(retired_at),
    })),
    madeAt: row.made_at,
    disabledAt: row.disabled_at,
  }));
}

type ClientRow = IdentityTables['platform.clients'] & {
  keys: { kid: string; made_at: string; retired_at: string | null }[];
};

const LIST = `
  select c.*, coalesce(
    (select json_agg(json_build_object('kid', k.kid, 'made_at', k.made_at, 'retired_at', k.retired_at) order by k.made_at)
     from platform.client_keys k where k.client_id = c.client_id), '[]') as keys
  from platform.clients c
  where $1::text is null or c.participant_id = $1
  order by c.client_id`;

async function leaf(
  tx: Tx,
  acting: Acting,
  body: Readonly<Record<string, string | string[]>>,
): Promise<void> {
  await recordLeaf(tx, acting.keys, {
    kind: 'administrative_act',
    at: acting.clock.now(),
    body: { ...body, by: acting.caller.id },
  });
}
