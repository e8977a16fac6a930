import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { ContractError } from './from-odcs.ts';

const strict = { additionalProperties: false } as const;

/** A closed list of codes with the Chinese names and further spellings that files use for them. */
export const CodeTable = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_]+$' }),
    name: Type.String({ minLength: 2 }),
    /** The law or standard behind the list, or `proposal`. */
    source: Type.String({ minLength: 2 }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    values: Type.Array(
      Type.Object(
        {
          code: Type.String({ pattern: '^[A-Za-z0-9_.-]{1,40}$' }),
          name: Type.String({ minLength: 1, maxLength: 60 }),
          aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
        },
        strict,
      ),
      { minItems: 2, maxItems: 1200 },
    ),
  },
  strict,
);

export type CodeTable = Readonly<Static<typeof CodeTable>>;

/** Reads one code table; throws ContractError when it does not hold or one spelling means two codes. */
export function codeTableFromYaml(text: string, file: string): CodeTable {
  const table: unknown = parse(text);
  const reasons = [...Value.Errors(CodeTable, table)].map(
    (error) => `${error.instancePath} ${error.message}`,
  );
  if (reasons.length === 0) reasons.push(...spelledTwice(table as CodeTable));
  if (reasons.length > 0) throw new ContractError(file, reasons);
  return Object.freeze(table as CodeTable);
}

/** Every accepted spelling (code, name, alias) and the code it means. */
export function spellings(table: CodeTable): Map<string, string> {
  const found = new Map<string, string>();
  for (const { code, name, aliases = [] } of table.values) {
    for (const spelling of [code, name, ...aliases]) found.set(spelling, code);
  }
  return found;
}

function spelledTwice(table: CodeTable): string[] {
  const meaning = new Map<string, string>();
  const reasons: string[] = [];
  for (const { code, name, aliases = [] } of table.values) {
    for (const spelling of [code, name, ...aliases]) {
      const other = meaning.get(spelling);
      if (other !== undefined && other !== code) reasons.push(`${spelling} means ${other} and ${code}`);
      meaning.set(spelling, code);
    }
  }
  return reasons;
}
