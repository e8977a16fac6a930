import { type Static, Type } from 'typebox';
import { INDEX_SYSTEM_LIMITS } from './index-system-limits.ts';

/** JSON Schemas of the files under models/index-systems; docs/index-system.md says what each member means. */
const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const FileId = Type.String({ pattern: '^[a-z][a-z0-9-]{1,59}$' });
const Version = Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const Words = Type.Object(
  {
    zh: Type.String({ minLength: 1, maxLength: 120 }),
    en: Type.String({ minLength: 1, maxLength: 240 }),
  },
  strict,
);
const Marks = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 });
const Share = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
const Basis = Type.Array(Type.String({ minLength: 2 }), { minItems: 1 });

/** Either the marks themselves, or a share of the parent's marks. */
const MARKS = { fullMarks: Type.Optional(Marks), weight: Type.Optional(Share) };

const Improve = Type.Object(
  {
    to: Type.Number(),
    cost: Type.Integer({ minimum: 1, maximum: 1_000 }),
    days: Type.Integer({ minimum: 0, maximum: 3_660 }),
    zh: Words.properties.zh,
    en: Words.properties.en,
  },
  strict,
);

const BandFile = Type.Object(
  {
    from: Type.Optional(Type.Number()),
    to: Type.Optional(Type.Number()),
    points: Type.Optional(Type.Number({ minimum: 0 })),
    percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    reason: Words,
    improve: Type.Optional(Improve),
  },
  strict,
);

const LeafFile = Type.Object(
  {
    indicator: Id,
    name: Words,
    ...MARKS,
    direction: Type.Enum(['higher', 'lower', 'middle']),
    positive: Type.Optional(Type.Boolean()),
    neutral: Type.Object(
      {
        points: Type.Optional(Type.Number({ minimum: 0 })),
        percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
      },
      strict,
    ),
    basis: Basis,
    bands: Type.Array(BandFile, { minItems: 2, maxItems: INDEX_SYSTEM_LIMITS.bandsMax }),
  },
  strict,
);

const GroupFile = Type.Object(
  { id: Id, name: Words, ...MARKS, leaves: Type.Array(LeafFile, { minItems: 1 }) },
  strict,
);
const DimensionFile = Type.Object(
  { id: Id, name: Words, ...MARKS, groups: Type.Array(GroupFile, { minItems: 1 }) },
  strict,
);

/** Scoring rules: one file, one tree of three levels. */
export const SystemFile = Type.Object(
  {
    kind: Type.Literal('index-system'),
    id: FileId,
    version: Version,
    name: Words,
    source: Type.String({ minLength: 2 }),
    effectiveFrom: Day,
    basis: Basis,
    reach: Type.Enum(['full_coverage', 'consented']),
    fullMarks: Marks,
    dimensions: Type.Array(DimensionFile, { minItems: 1 }),
  },
  strict,
);

const GradeFile = Type.Object(
  { grade: Type.String({ pattern: '^[A-Z]{1,3}[+-]?$' }), from: Type.Number({ minimum: 0 }), name: Words },
  strict,
);
const CeilingFile = Type.Object(
  {
    id: Id,
    kind: Type.Enum(['veto', 'ceiling']),
    cap: Type.Optional(Type.String()),
    indicator: Id,
    atLeast: Type.Optional(Type.Number()),
    below: Type.Optional(Type.Number()),
    clause: Type.String({ minLength: 2 }),
    reason: Words,
  },
  strict,
);

/** Grading rules: bands of the score, ceilings, and when an enterprise is told before others. */
export const GradesFile = Type.Object(
  {
    kind: Type.Literal('grades'),
    id: FileId,
    version: Version,
    name: Words,
    source: Type.String({ minLength: 2 }),
    effectiveFrom: Day,
    basis: Basis,
    fullMarks: Marks,
    grades: Type.Array(GradeFile, { minItems: 2, maxItems: 30 }),
    ceilings: Type.Array(CeilingFile),
    coverageMin: Type.Number({ minimum: 0, maximum: 1 }),
    notice: Type.Object(
      { below: Type.String(), days: Type.Integer({ minimum: 1, maximum: 365 }), clause: Type.String() },
      strict,
    ),
  },
  strict,
);

export type Words = Static<typeof Words>;
export type Improve = Readonly<Static<typeof Improve>>;
export type BandFile = Static<typeof BandFile>;
export type LeafFile = Static<typeof LeafFile>;
export type SystemFile = Static<typeof SystemFile>;
export type GradesFile = Static<typeof GradesFile>;
