import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Clock, Database } from '#kernel';
import type { ClientBook } from '../clients/client-book.ts';
import { type BackchannelParts, consentOf, followConsents } from './backchannel.ts';
import { clientMetadata } from './client-metadata.ts';

export type StateParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly clients: ClientBook;
};

/** Where the OAuth server keeps one kind of its state; clients come from their own table and are never written here. */
export function stateAdapter(model: string, parts: StateParts & BackchannelParts): Adapter {
  if (model === 'Client') return clientAdapter(parts.clients);
  const rows = rowAdapter(model, parts);
  return model === REQUEST ? followConsents(rows, parts) : rows;
}

const REQUEST = 'BackchannelAuthenticationRequest';

function clientAdapter(clients: ClientBook): Adapter {
  const notHere = (): never => {
    throw new TypeError('clients are registered by registerClient alone');
  };
  return {
    async find(id) {
      const client = await clients.read(id);
      return client && clientMetadata(client);
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: notHere,
    consume: notHere,
    destroy: notHere,
    revokeByGrantId: notHere,
  };
}

type Row = { payload: AdapterPayload; consumed_at: Date | null };

function rowAdapter(model: string, { database, clock }: StateParts): Adapter {
  const run = async (name: keyof typeof STATEMENTS, values: unknown[]): Promise<Row[]> => {
    const text = STATEMENTS[name];
    const statement = { name: `platform.oauth_${name}`, text, values: [model, ...values] };
    return (await database.pool.query<Row>(statement)).rows;
  };
  return {
    async upsert(id, payload, expiresIn) {
      const now = clock.now();
      const expiresAt = expiresIn === undefined ? null : new Date(now.getTime() + expiresIn * 1_000);
      const { grantId = model === REQUEST ? consentOf(payload.rar) : undefined, uid } = payload;
      const values = [id, JSON.stringify(payload), grantId ?? null, uid ?? null, expiresAt, now];
      const rows = await run(model === 'ReplayDetection' ? 'remember' : 'put', values);
      if (rows.length === 0) throw new errors.InvalidRequest('used at the same moment by another request');
    },
    find: async (id) => toPayload((await run('find', [id, clock.now()]))[0]),
    findByUid: async (uid) => toPayload((await run('find_by_uid', [uid, clock.now()]))[0]),
    findByUserCode: async () => undefined,
    async consume(id) {
      const rows = await run('consume', [id, clock.now()]);
      if (rows.length === 0) throw new errors.InvalidGrant('used at the same moment by another request');
    },
    async destroy(id) {
      await run('destroy', [id]);
    },
    async revokeByGrantId(grantId) {
      await run('revoke', [grantId]);
    },
  };
}

function toPayload(row: Row | undefined): AdapterPayload | undefined {
  if (row === undefined) return undefined;
  const { payload, consumed_at: at } = row;
  return at === null ? payload : { ...payload, consumed: Math.floor(at.getTime() / 1_000) };
}

const PUT = `
  insert into platform.oauth_state as s (model, id, payload, grant_id, uid, expires_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
    uid = excluded.uid, expires_at = excluded.expires_at`;
const LIVE = '(expires_at is null or expires_at > $3)';

/** Of two requests that consume a row, or remember one id, at the same moment, one gets a row back. */
const STATEMENTS = {
  put: `${PUT} where $7::timestamptz is not null returning 1`,
  remember: `${PUT} where s.expires_at <= $7::timestamptz returning 1`,
  find: `select payload, consumed_at from platform.oauth_state where model = $1 and id = $2 and ${LIVE}`,
  find_by_uid: `select payload, consumed_at from platform.oauth_state where model = $1 and uid = $2 and ${LIVE}`,
  consume: `update platform.oauth_state set consumed_at = $3
    where model = $1 and id = $2 and consumed_at is null returning 1`,
  destroy: 'delete from platform.oauth_state where model = $1 and id = $2',
  revoke: 'delete from platform.oauth_state where model = $1 and grant_id = $2',
} as const;
