import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { FINANCING_PURPOSES, type Caller, IDEMPOTENCY_LIMITS } from '#security';
import type { QueryRequest } from '../query/query-shape.ts';
import { batchRefusal } from './batch-refusals.ts';

/** Opaque to the node: the institution's own numbers and names of staff. No control character, which no table holds. */
const OwnName = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });
const ParticipantId = Type.String({ minLength: 2, maxLength: 60, pattern: '^[a-z0-9][a-z0-9_-]+$' });
const strict = { additionalProperties: false } as const;

const members = {
  /** The asker's own reference, which comes back as `ref`; absent: the line's number. */
  line: Type.Optional(OwnName),
  enterprise: Type.String({ minLength: 9, maxLength: 20, pattern: '^[0-9A-Za-z]+$' }),
  consentId: Type.String({ pattern: '^cns_[0-9a-hjkmnp-tv-z]{26}$' }),
  purpose: Type.Enum([...FINANCING_PURPOSES]),
  contracts: Type.Array(Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }), {
    minItems: 1,
    maxItems: 40,
    uniqueItems: true,
  }),
  application: OwnName,
  operator: OwnName,
  branch: Type.Optional(ParticipantId),
  institution: Type.Optional(ParticipantId),
};

/** One query of a file: its idempotency key comes from the file and its number. */
export const FileLine = Type.Object(members, strict);
export type FileLine = Static<typeof FileLine>;

/** One query of a stream, as a single one is asked, with its own idempotency key. */
export const BatchLine = Type.Object(
  {
    idempotencyKey: Type.String({
      minLength: IDEMPOTENCY_LIMITS.keyCharactersMin,
      maxLength: IDEMPOTENCY_LIMITS.keyCharactersMax,
      pattern: '^[\\x21-\\x7e]+$',
    }),
    ...members,
  },
  strict,
);
export type BatchLine = Static<typeof BatchLine>;

/** What the text holds; undefined: no JSON. */
export function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** How the answer to a line names it, also to one that is refused. */
export function refOf(value: unknown, no: number): string {
  const isObject = typeof value === 'object' && value !== null && 'line' in value;
  return isObject && Value.Check(OwnName, value.line) && value.line.isWellFormed() ? value.line : String(no);
}

/** Throws `query_batch.line_malformed`, which names the place and never the value. */
export function requireLine<Schema extends typeof FileLine | typeof BatchLine>(
  schema: Schema,
  value: unknown,
): Static<Schema> {
  if (value === undefined) throw batchRefusal('query_batch.line_malformed', { place: 'JSON' });
  if (Value.Check(schema, value) && isWellFormed(value)) return value;
  const [first] = Value.Errors(schema, value);
  const place = first === undefined ? 'Unicode' : `${first.instancePath || '/'} ${first.message}`;
  throw batchRefusal('query_batch.line_malformed', { place });
}

/** The other members are ASCII by their patterns. */
function isWellFormed({ line = '', application, operator }: FileLine): boolean {
  return [line, application, operator].every((text) => text.isWellFormed());
}

export function toRequest(
  { line: _line, branch, institution, ...asked }: FileLine,
  by: { readonly caller: Caller; readonly idempotencyKey: string },
): QueryRequest {
  return {
    ...asked,
    ...by,
    ...(branch === undefined ? {} : { branchId: branch }),
    ...(institution === undefined ? {} : { institutionId: institution }),
  };
}
