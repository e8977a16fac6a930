import { Type, type Static } from 'typebox';

/** What a field may hold; each kind fixes parsing, column type and form control. */
const FIELD_KINDS = [
  'text',
  'code',
  'date',
  'month',
  'year',
  'timestamp',
  'money',
  'decimal',
  'integer',
  'boolean',
  'uscc',
  'person',
  'id_number',
  'phone',
  'email',
] as const;

/** Disclosure classes, from open to closed; a derived value takes the highest of its inputs. */
const DISCLOSURES = ['public', 'authorised', 'invisible', 'secret'] as const;

/** Data grades of the Data Security Law, article 21: 一般, 重要, 核心. */
const GRADES = ['general', 'important', 'core'] as const;

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Han = Type.String({ minLength: 2, maxLength: 60, pattern: '\\p{Script=Han}' });
const Sentence = Type.String({ minLength: 4, maxLength: 400 });

/** One field, shaped from an ODCS property and its customProperties. */
export const Field = Type.Object(
  {
    name: Id,
    businessName: Han,
    description: Type.Optional(Sentence),
    kind: Type.Enum(FIELD_KINDS),
    required: Type.Boolean(),
    disclosure: Type.Enum(DISCLOSURES),
    grade: Type.Enum(GRADES),
    /** Where the field stands: a law, a standard, a published schema, or `proposal`. */
    source: Type.String({ minLength: 2, maxLength: 160 }),
    maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 4000 })),
    pattern: Type.Optional(Type.String()),
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    scale: Type.Optional(Type.Integer({ minimum: 0, maximum: 8 })),
    /** Code table under lists/codes; required for kind `code`. */
    codes: Type.Optional(Id),
    unit: Type.Optional(Type.String({ maxLength: 20 })),
    /** Money only: `CNY` (the default) or `any`, which adds a `<name>_currency` column. */
    currency: Type.Optional(Type.Union([Type.Literal('CNY'), Type.Literal('any')])),
    /** Dates only: `9999-12-31` and its spellings mean "no end" and are kept as infinity. */
    openEnded: Type.Optional(Type.Boolean()),
    /** Further header spellings that departments use for this column. */
    headers: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 12 })),
  },
  strict,
);

const FieldNames = Type.Array(Id, { minItems: 1, maxItems: 6, uniqueItems: true });
const ruleBase = {
  id: Id,
  description: Sentence,
  dimension: Type.Enum(['accuracy', 'completeness', 'conformity', 'consistency', 'timeliness', 'uniqueness']),
  severity: Type.Enum(['block', 'warn']),
};

/** One row rule of a contract; `block` sends the row to quarantine, `warn` counts and keeps it. */
export const RowRule = Type.Union([
  Type.Object({ ...ruleBase, rule: Type.Literal('date_order'), earlier: Id, later: Id }, strict),
  Type.Object({ ...ruleBase, rule: Type.Literal('not_future'), field: Id }, strict),
  Type.Object(
    { ...ruleBase, rule: Type.Literal('not_before'), field: Id, date: Type.String({ format: 'date' }) },
    strict,
  ),
  Type.Object(
    {
      ...ruleBase,
      rule: Type.Literal('range'),
      field: Id,
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
    },
    strict,
  ),
  Type.Object({ ...ruleBase, rule: Type.Literal('pattern'), field: Id, pattern: Type.String() }, strict),
  Type.Object(
    {
      ...ruleBase,
      rule: Type.Literal('required_when'),
      field: Id,
      when: Id,
      equals: Type.Array(Type.String(), { minItems: 1 }),
    },
    strict,
  ),
  Type.Object({ ...ruleBase, rule: Type.Literal('not_above'), field: Id, limit: Id }, strict),
  Type.Object(
    {
      ...ruleBase,
      rule: Type.Literal('sum_of'),
      field: Id,
      parts: FieldNames,
      tolerance: Type.Number({ minimum: 0 }),
    },
    strict,
  ),
  Type.Object({ ...ruleBase, rule: Type.Literal('filled'), field: Id }, strict),
]);

const Duration = Type.Object(
  { value: Type.Integer({ minimum: 0 }), unit: Type.Enum(['d', 'm', 'y']) },
  strict,
);

/** A data contract as the node uses it: shaped once from ODCS, then frozen. */
export const Contract = Type.Object(
  {
    id: Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    name: Han,
    status: Type.Enum(['draft', 'active', 'deprecated', 'retired']),
    list: Type.Enum(['national', 'beijing', 'voluntary']),
    clause: Type.Enum(['5', '6', '7']),
    purpose: Sentence,
    usage: Sentence,
    limitations: Sentence,
    provider: Type.String({ minLength: 2, maxLength: 60 }),
    /** 职责: the duty under which the provider holds the data, and the law it rests on. */
    duty: Type.Object({ name: Sentence, basis: Sentence }, strict),
    sharingModes: Type.Array(Type.Enum(['replicated', 'at_source', 'verify_only']), {
      minItems: 1,
      maxItems: 2,
      uniqueItems: true,
    }),
    disclosures: Type.Array(Type.Enum(DISCLOSURES), { minItems: 1, maxItems: 4, uniqueItems: true }),
    /** Mark of lists.md for the existence of the dataset. */
    evidence: Type.String({ minLength: 2, maxLength: 200 }),
    /** Fields that tell two records of one enterprise apart; empty: one record per enterprise. */
    naturalKey: Type.Array(Id, { maxItems: 5, uniqueItems: true }),
    /** The field that says when the fact happened; timeliness is landing minus this. */
    businessTime: Type.Optional(Id),
    frequency: Type.Enum([
      'realtime',
      'day',
      'week',
      'month',
      'quarter',
      'season',
      'year',
      'on_change',
      'event',
      'query',
    ]),
    /** Landing no later than this after businessTime. */
    latency: Duration,
    retention: Type.Object(
      { value: Type.Integer({ minimum: 0 }), unit: Type.Enum(['d', 'm', 'y']), from: Sentence },
      strict,
    ),
    /** Where two lists hold the same fact: contract ids, the one that wins first. */
    precedence: Type.Optional(
      Type.Array(Type.String({ pattern: '^[nbv][0-9]{2}_' }), { minItems: 2, uniqueItems: true }),
    ),
    /** A delivery whose refused share is above this is returned whole. */
    rejectedShareMax: Type.Number({ minimum: 0, maximum: 1 }),
    /** Rows expected city-wide; over ten million the table is partitioned. */
    expectedRows: Type.Integer({ minimum: 1 }),
    /** This dataset registers enterprises: unknown valid codes become new enterprises. */
    registers: Type.Optional(Type.Boolean()),
    /**
     * 逆向共享: every admitted institution gives its own rows, each under a consent of its enterprise. The field, part of the
     * natural key, in which the node itself writes whose they are.
     */
    givenBackBy: Type.Optional(Id),
    /** Voluntary items: how a value is proved, L0 to L3. */
    verification: Type.Optional(
      Type.Array(Type.Enum(['L0', 'L1', 'L2', 'L3']), { minItems: 1, uniqueItems: true }),
    ),
    fields: Type.Array(Field, { minItems: 8, maxItems: 60 }),
    rules: Type.Array(RowRule, { minItems: 1, maxItems: 20 }),
  },
  strict,
);

export type FieldKind = (typeof FIELD_KINDS)[number];
export type Disclosure = (typeof DISCLOSURES)[number];
export type Grade = (typeof GRADES)[number];
export type Field = Static<typeof Field>;
export type RowRule = Static<typeof RowRule>;
/** `hash` is SHA-256 over the file's bytes and names the version for ever; `text` is the file as written. */
export type Contract = Readonly<Static<typeof Contract>> & {
  readonly hash: string;
  readonly major: number;
  readonly text: string;
};
