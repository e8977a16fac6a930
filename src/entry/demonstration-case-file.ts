import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONSENT_STATES } from '#security';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

const Case = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z_]{2,40}$' }),
    code: Type.String({ pattern: '^91110105MA9XQ[0-9]{3}[0-9A-Z]{2}$' }),
    name: Type.String(),
    /** A participant's id: its person; `program`: the demonstration bank's client; `enterprise`: its representative. */
    as: Type.String(),
    /** Datasets of the consent, and of the query unless `with` says otherwise. */
    contracts: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    /** To whom the consent is given; `demo-bank` when left out. */
    for: Type.Optional(Type.String()),
    branch: Type.Optional(Type.String()),
    state: Type.Optional(Type.Enum(CONSENT_STATES.filter((state) => state !== 'none'))),
    fetch: Type.Optional(Type.Literal('once')),
    /** The one use of this month is made. */
    isUsed: Type.Optional(Type.Boolean()),
    /** A program's token names no consent, or another one. */
    token: Type.Optional(Type.Enum(['own', 'other'])),
    asks: Type.Optional(Type.Enum(['query', 'consent', 'grant', 'verification'])),
    with: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** Verified before, so that the quarter's disclosure budget has no room for the claims of the case. */
    claimed: Type.Optional(
      Type.Array(
        Type.Object(
          {
            field: Type.String(),
            value: Type.String(),
            answer: Type.Optional(Type.Enum(['match', 'band'])),
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    ),
    /** Fields of the consent, where some are usable but not visible. */
    verifies: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    /** The enterprise has objected to its registration, and nobody has decided yet. */
    isDisputed: Type.Optional(Type.Boolean()),
    validDays: Type.Optional(Type.Integer()),
    /** Days from today until the representative's mandate ends; left out: it does not. */
    mandateDays: Type.Optional(Type.Integer()),
    isKeyless: Type.Optional(Type.Boolean()),
    source: Type.Optional(Type.Enum(['down', 'stale', 'not_covered'])),
    expect: Type.String(),
  },
  { additionalProperties: false },
);
export type DemonstrationCase = Static<typeof Case>;

const FILE = Type.Object({ cases: Type.Array(Case) }, { additionalProperties: false });

/** The cases of models/participants/demonstration-cases.yaml, in the order of the document. */
export function readCases(packageFolder: string): readonly DemonstrationCase[] {
  const path = join(packageFolder, 'models', 'participants', 'demonstration-cases.yaml');
  return Value.Parse(FILE, parse(readFileSync(path, 'utf8'))).cases;
}
