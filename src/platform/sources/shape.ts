import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Han = Type.String({ minLength: 2, maxLength: 80, pattern: '\\p{Script=Han}' });
/** Name of a file under `<keys folder>/sources`; the value itself never stands in a definition. */
const SecretName = Type.String({ pattern: '^[a-z][a-z0-9_-]{1,59}$' });
/** A name of the source's own answer. */
const Key = Type.String({ minLength: 1, maxLength: 80 });
/** Keys from the outside of an answer to the wanted value, joined by dots; empty: the answer itself. */
const Path = Type.String({ maxLength: 200, pattern: '^$|^[^.]+([.][^.]+){0,5}$' });

/**
 * Where the source stands: a URL of the city (`https:`, `postgres:`, `mysql:`, `file:`), or a name that the start of the
 * node gives an address to. A named source without an address is not connected.
 */
const Endpoint = Type.Union([
  Type.Object({ url: Type.String({ minLength: 6, maxLength: 400 }) }, strict),
  Type.Object({ named: Id }, strict),
]);

/** What every interface of a source says: these figures are public. */
const interfaceBase = {
  contract: Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }),
  /** How often the source's own data change. */
  frequency: Type.Enum(['realtime', 'day', 'week', 'month', 'quarter', 'season', 'year']),
  /** What the source lets this node ask: above it a call is not made. */
  capacity: Type.Object(
    {
      perMinute: Type.Integer({ minimum: 1, maximum: 600_000 }),
      perDay: Type.Integer({ minimum: 1, maximum: 100_000_000 }),
    },
    strict,
  ),
  /** How long an answer may be given again; 0 unless the contract's frequency allows more. */
  cacheMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
  /** Field of the contract → name in the answer; absent: the answer uses the contract's names. */
  fields: Type.Optional(Type.Record(Id, Key, { maxProperties: 60 })),
};

const ServiceInterface = Type.Object(
  {
    ...interfaceBase,
    method: Type.Enum(['GET', 'POST']),
    path: Type.String({ maxLength: 200, pattern: '^(/[A-Za-z0-9._~-]+)+$' }),
    /** Names under which code and name of the enterprise are sent: query of a GET, JSON body of a POST. */
    parameters: Type.Object({ code: Key, name: Type.Optional(Key) }, strict),
    /** Where the rows stand in the answer. */
    rows: Path,
    /** Where the answer repeats the code; an answer about another enterprise is nonsense. */
    echo: Type.Optional(Path),
    /** Where the answer says up to when it knows (date or instant). */
    asOf: Type.Optional(Path),
    noDataStatus: Type.Optional(Type.Integer({ minimum: 400, maximum: 499 })),
    notCoveredStatus: Type.Optional(Type.Integer({ minimum: 400, maximum: 499 })),
  },
  strict,
);

const DatabaseInterface = Type.Object(
  {
    ...interfaceBase,
    /** One select; `:code` and `:name` are bound, nothing is ever written into it. */
    statement: Type.String({ minLength: 10, maxLength: 4000 }),
  },
  strict,
);

const FileInterface = Type.Object({ ...interfaceBase, dataset: Key }, strict);

const sourceBase = {
  id: Id,
  name: Han,
  provider: Han,
  endpoint: Endpoint,
  /** One attempt. */
  timeoutMs: Type.Integer({ minimum: 20, maximum: 60_000 }),
  /** Every question is a read, so a call whose connection broke may be asked again, twice as late each time. */
  retries: Type.Object(
    {
      max: Type.Integer({ minimum: 0, maximum: 5 }),
      backoffMs: Type.Integer({ minimum: 1, maximum: 10_000 }),
    },
    strict,
  ),
  concurrencyMax: Type.Integer({ minimum: 1, maximum: 256 }),
  /** Calls that may wait for a place; further ones are told at once that there is none. */
  queueMax: Type.Integer({ minimum: 0, maximum: 2048 }),
  breaker: Type.Object(
    {
      /** Failures in a row that open it. */
      failures: Type.Integer({ minimum: 1, maximum: 100 }),
      /** How long it stays open before one call tries again. */
      openMs: Type.Integer({ minimum: 10, maximum: 3_600_000 }),
    },
    strict,
  ),
};

const bodyBytesMax = Type.Integer({ minimum: 256, maximum: 16 * 1024 ** 2 });
const rowsMax = Type.Integer({ minimum: 1, maximum: 20_000 });

const ServiceSource = Type.Object(
  {
    ...sourceBase,
    kind: Type.Literal('service'),
    bodyBytesMax,
    rowsMax,
    oauth: Type.Optional(
      Type.Object(
        {
          /** On the endpoint's own origin. */
          tokenPath: Type.String({ maxLength: 200, pattern: '^(/[A-Za-z0-9._~-]+)+$' }),
          clientId: Type.String({ minLength: 1, maxLength: 120 }),
          secret: SecretName,
          scope: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        },
        strict,
      ),
    ),
    mutualTls: Type.Optional(Type.Object({ certificate: SecretName, key: SecretName }, strict)),
    /** PEM of the authority that signed the source's certificate; absent: the public ones. */
    authority: Type.Optional(SecretName),
    interfaces: Type.Array(ServiceInterface, { minItems: 1, maxItems: 60 }),
  },
  strict,
);

const DatabaseSource = Type.Object(
  {
    ...sourceBase,
    kind: Type.Literal('database'),
    engine: Type.Enum(['postgresql', 'mysql']),
    user: Type.String({ minLength: 1, maxLength: 80 }),
    secret: SecretName,
    authority: Type.Optional(SecretName),
    rowsMax,
    interfaces: Type.Array(DatabaseInterface, { minItems: 1, maxItems: 60 }),
  },
  strict,
);

const FileSource = Type.Object(
  {
    ...sourceBase,
    kind: Type.Literal('file'),
    bodyBytesMax,
    rowsMax,
    /** How often the answer is looked for. */
    pollMs: Type.Integer({ minimum: 5, maximum: 10_000 }),
    interfaces: Type.Array(FileInterface, { minItems: 1, maxItems: 60 }),
  },
  strict,
);

/** One source of a department: the three exchange kinds of GB/T 39443 (service, database, file). */
export const SourceDefinition = Type.Union([ServiceSource, DatabaseSource, FileSource]);

export type Source = Readonly<Static<typeof SourceDefinition>>;
export type ServiceSource = Readonly<Static<typeof ServiceSource>>;
export type DatabaseSource = Readonly<Static<typeof DatabaseSource>>;
export type FileSource = Readonly<Static<typeof FileSource>>;
export type SourceInterface = Source['interfaces'][number];
export type ServiceInterface = Readonly<Static<typeof ServiceInterface>>;
export type DatabaseInterface = Readonly<Static<typeof DatabaseInterface>>;
export type FileInterface = Readonly<Static<typeof FileInterface>>;
