import type { Clock, Database } from '#kernel';

/** What a client is, as the node holds it now. */
export type ClientFacts = {
  readonly clientId: string;
  readonly participantId: string;
  readonly participantKind: 'institution' | 'platform';
  readonly label: string;
  readonly participantName: { readonly zh: string; readonly en: string };
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  /** JWKs that may sign its assertions. */
  readonly jwks: readonly Readonly<Record<string, unknown>>[];
};

/** How long a disabled client may go on being served: what is read here is not read again within. */
const KNOWN_MS = 2_000;
const CLIENTS_MAX = 5_000;

/** Finds clients that are not disabled; undefined for any other. */
export type ClientBook = {
  /** As it stands in the database now. */
  read(clientId: string): Promise<ClientFacts | undefined>;
  /** As it stood within the last two seconds, for the path of every call. */
  find(clientId: string): Promise<ClientFacts | undefined>;
};

export function openClientBook(database: Database, clock: Clock): ClientBook {
  const known = new Map<string, { until: number; client: Promise<ClientFacts | undefined> }>();
  const read = async (clientId: string): Promise<ClientFacts | undefined> => {
    const { rows } = await database.pool.query<Row>({
      name: 'platform.find_client',
      text: FIND,
      values: [clientId],
    });
    return rows[0] && toFacts(rows[0]);
  };
  return {
    read,
    find(clientId) {
      const now = clock.now().getTime();
      const found = known.get(clientId);
      if (found !== undefined && found.until > now) return found.client;
      const client = read(clientId);
      known.delete(clientId);
      known.set(clientId, { until: now + KNOWN_MS, client });
      client.catch(() => known.delete(clientId));
      const [oldest] = known.keys();
      if (known.size > CLIENTS_MAX && oldest !== undefined) known.delete(oldest);
      return client;
    },
  };
}

type Row = {
  client_id: string;
  participant_id: string;
  kind: 'institution' | 'platform';
  label: string;
  name_zh: string;
  name_en: string;
  redirect_uris: string[];
  grant_types: string[];
  jwks: Record<string, unknown>[];
};

const FIND = `
  select c.client_id, c.participant_id, p.kind, c.label, p.name_zh, p.name_en, c.redirect_uris, c.grant_types,
    coalesce((select json_agg(k.jwk order by k.made_at desc)
      from platform.client_keys k where k.client_id = c.client_id and k.retired_at is null), '[]') as jwks
  from platform.clients c
  join platform.participants p on p.participant_id = c.participant_id and p.kind in ('institution', 'platform')
  where c.client_id = $1 and c.disabled_at is null`;

function toFacts(row: Row): ClientFacts {
  return {
    clientId: row.client_id,
    participantId: row.participant_id,
    participantKind: row.kind,
    label: row.label,
    participantName: { zh: row.name_zh, en: row.name_en },
    redirectUris: row.redirect_uris,
    grantTypes: row.grant_types,
    jwks: row.jwks,
  };
}
