import { type Static, Type } from 'typebox';
import type { TermKind } from './term-kinds.ts';
import { START_EVENTS, TERM_KINDS } from './term-kinds.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, strict);

/**
 * How we know a row: `read` in the text of the law, `code` in published code or schemas, `memory`: still to be checked,
 * `proposal`: of this project. The last two say so in a note, which people are shown.
 */
const Known = Type.Union([
  Type.Literal('read'),
  Type.Literal('code'),
  Type.Literal('memory'),
  Type.Literal('proposal'),
]);
const sourced = { citation: Words, known: Known, note: Type.Optional(Words) };

const Limit = Type.Object(
  {
    /** 0 only in days: at once, on the day itself. */
    count: Type.Integer({ minimum: 0, maximum: 366 }),
    unit: Type.Union([Type.Literal('working_day'), Type.Literal('day')]),
    from: Type.Enum([...START_EVENTS]),
    /** How many more of the same unit, once, with an approver. */
    extension: Type.Optional(Type.Object({ count: Type.Integer({ minimum: 1, maximum: 366 }) }, strict)),
    /** Expert examinations and the like do not count. */
    mayStop: Type.Optional(Type.Boolean()),
    ...sourced,
  },
  strict,
);

const WorkingDays = Type.Integer({ minimum: 0, maximum: 30 });
/** In working days: reminder before the day, escalation after it. */
const Follow = Type.Object(
  {
    remindBefore: WorkingDays,
    escalateToHeadAfter: WorkingDays,
    escalateToNodeAfter: WorkingDays,
    ...sourced,
  },
  strict,
);

export const ProfileFile = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9-]{1,39}$' }),
    version: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' }),
    name: Words,
    source: Words,
    /** What institutions see of a value while an objection to it is open. */
    whileDisputed: Type.Object(
      { mode: Type.Union([Type.Literal('mark'), Type.Literal('suspend')]), ...sourced },
      strict,
    ),
    follow: Follow,
    terms: Type.Object(Object.fromEntries(TERM_KINDS.map((kind) => [kind, Type.Optional(Limit)])), strict),
  },
  strict,
);

export type Limit = Static<typeof Limit>;
export type Follow = Static<typeof Follow>;
type File = Static<typeof ProfileFile>;

/** 期限方案: within which time what must be done, by one law or by the city's own decision. */
export type Profile = Omit<File, 'terms'> & {
  /** What is not in it has no limit under this profile. */
  readonly terms: Readonly<Partial<Record<TermKind, Limit>>>;
  /** SHA-256 over the canonical form of all the rest, hex. */
  readonly hash: string;
};
