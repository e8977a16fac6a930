import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { FileHints } from '../files/open-rows.ts';
import { checkRefusal } from './check-refusals.ts';

const strict = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 200 });
const COLUMNS_MAX = 512;

const Hints = Type.Object(
  {
    encoding: Type.Optional(Type.Union([Type.Literal('utf-8'), Type.Literal('gb18030')])),
    delimiter: Type.Optional(
      Type.Union([Type.Literal(','), Type.Literal('\t'), Type.Literal(';'), Type.Literal('|')]),
    ),
    headerRow: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    sheet: Type.Optional(Name),
  },
  strict,
);

/**
 * How one provider's file says what a contract asks for: a few lines of YAML beside the file.
 * In `columns`, a map names the columns that differ; a list names all of them by position. `-` is a column to ignore,
 * `subject_code` and `subject_name` are the enterprise.
 */
export const Mapping = Type.Object(
  {
    contract: Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }),
    provider: Type.Optional(Name),
    format: Type.Optional(Hints),
    columns: Type.Optional(
      Type.Union([
        Type.Array(Name, { minItems: 1, maxItems: COLUMNS_MAX }),
        Type.Record(Name, Name, { maxProperties: COLUMNS_MAX }),
      ]),
    ),
    /** Values that the file does not carry, one for every row. */
    constants: Type.Optional(Type.Record(Name, Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    subject: Type.Optional(
      Type.Object(
        {
          code: Type.Optional(Name),
          name: Type.Optional(Name),
          /** What stands in the code column, and the code that it means. */
          lookup: Type.Optional(Type.Record(Name, Name)),
        },
        strict,
      ),
    ),
    /** Further spellings of "no value" in this file. */
    emptyValues: Type.Optional(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 100 })),
  },
  strict,
);

export type Mapping = Readonly<Static<typeof Mapping>>;

/** Reads a mapping file; refuses with `delivery.mapping_unreadable` and every reason (at most ten). */
export function parseMapping(text: string): Mapping {
  const mapping = parseYaml(text);
  const reasons = [...Value.Errors(Mapping, mapping)]
    .slice(0, REASONS_MAX)
    .map((error) => `${error.instancePath || '/'} ${error.message}`);
  if (reasons.length > 0) throw checkRefusal('delivery.mapping_unreadable', { reason: reasons.join('; ') });
  return mapping as Mapping;
}

const REASONS_MAX = 10;

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw checkRefusal('delivery.mapping_unreadable', { reason });
  }
}

/** The hints with which the file is to be opened. */
export function hintsOf(mapping: Mapping | undefined): FileHints {
  const { encoding, delimiter, headerRow, sheet } = mapping?.format ?? {};
  return {
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(headerRow === undefined ? {} : { headerRow }),
    ...(sheet === undefined ? {} : { sheet }),
  };
}
