import assert from 'node:assert';
import { LIMITS } from '#kernel';
import type { CodeTable } from '../../contract/code-table.ts';
import type { Field, FieldKind } from '../../contract/shape.ts';
import type { DefectCode } from '../defects.ts';
import { codeReader } from '../values/code.ts';
import { dateReader, monthReader, timestampReader, yearReader } from '../values/date.ts';
import { idNumberReader, phoneReader } from '../values/masked.ts';
import { minorDigitsOf, moneyReader } from '../values/money.ts';
import { booleanReader, decimalReader, integerReader } from '../values/number.ts';
import type { Reader } from '../values/reading.ts';
import { emailReader, personReader, textReader } from '../values/text.ts';
import { isValidUscc, parseUscc, usccReader } from '../values/uscc.ts';

export type CodeTables = ReadonlyMap<string, CodeTable>;

/** Longest cell that can still be a date, a number, a code or a telephone number; bounds what patterns run over. */
export const MEASURE_CHARACTERS_MAX = 240;
const PERSON_CHARACTERS_MAX = 200;
const EMAIL_CHARACTERS_MAX = 254;

/** Kinds whose full value is never kept, wherever it comes from. */
export function isMaskedKind(kind: FieldKind): boolean {
  return kind === 'id_number' || kind === 'phone';
}

/** The reader of a field; `unit` is the unit that the column's header states and wins over the field's own. */
export function readerOf(field: Field, codeTables: CodeTables, unit: string | undefined): Reader {
  const reader = makerOf(field.kind)(field, codeTables, unit);
  const charactersMax = field.kind === 'text' ? LIMITS.fieldCharactersMax : MEASURE_CHARACTERS_MAX;
  return {
    quick: reader.quick,
    read: (cell) => (cell.length > charactersMax ? { defect: 'text_too_long' } : reader.read(cell)),
  };
}

type Make = (field: Field, codeTables: CodeTables, unit: string | undefined) => Reader;

const READERS: Readonly<Record<FieldKind, Make>> = {
  text: (field) => textReader(field.maxLength ?? LIMITS.fieldCharactersMax),
  code: (field, tables) => codeReader(tableOf(tables, field.codes)),
  date: (field) => dateReader(field.openEnded === true),
  month: () => monthReader(),
  year: () => yearReader(),
  timestamp: () => timestampReader(),
  money: (field, tables, unit) =>
    moneyReader({
      currency: field.currency ?? 'CNY',
      unit: unit ?? field.unit,
      currencies: tableOf(tables, 'currency'),
    }),
  decimal: (field, _tables, unit) => decimalReader(field.scale ?? 0, unit ?? field.unit),
  integer: (field, _tables, unit) => integerReader(unit ?? field.unit),
  boolean: () => booleanReader(),
  uscc: () => usccReader(),
  person: (field) => personReader(field.maxLength ?? PERSON_CHARACTERS_MAX),
  id_number: () => idNumberReader(),
  phone: () => phoneReader(),
  email: (field) => emailReader(field.maxLength ?? EMAIL_CHARACTERS_MAX),
};

function makerOf(kind: FieldKind): Make {
  return READERS[kind];
}

function tableOf(tables: CodeTables, id: string | undefined): CodeTable {
  const table = tables.get(id ?? '');
  assert(table !== undefined, `code table needed and not given: ${id}`);
  return table;
}

/** Looks at a normalised value once more for what the field itself bounds; null when the field bounds nothing. */
export type Guard = (value: string, currency: string) => DefectCode | null;

export function guardOf(field: Field): Guard | null {
  const guards = [patternGuard(field), boundsGuard(field), checksumGuard(field)].filter(
    (guard) => guard !== null,
  );
  if (guards.length === 0) return null;
  return (value, currency) => {
    for (const guard of guards) {
      const defect = guard(value, currency);
      if (defect !== null) return defect;
    }
    return null;
  };
}

function patternGuard(field: Field): Guard | null {
  if (field.pattern === undefined) return null;
  const pattern = new RegExp(field.pattern, 'u');
  return (value) => (pattern.test(value) ? null : 'pattern_differs');
}

/** Bounds of a text are its lengths, of everything else its number; of money they are in yuan, as people read it. */
function boundsGuard(field: Field): Guard | null {
  const { minimum = -Infinity, maximum = Infinity, kind } = field;
  if (minimum === -Infinity && maximum === Infinity) return null;
  return (value, currency) => {
    const number = kind === 'money' ? majorUnits(value, currency) : Number(value);
    return number >= minimum && number <= maximum ? null : 'value_out_of_range';
  };
}

/** Minor units as a number of yuan (dollars, …) to compare with a bound; not for arithmetic. */
export function majorUnits(minor: string, currency: string): number {
  return Number(minor) / 10 ** minorDigitsOf(currency);
}

function checksumGuard(field: Field): Guard | null {
  if (field.kind !== 'uscc') return null;
  return (value) =>
    isValidUscc(value) || parseUscc(value).checksumOk || value.includes('*') ? null : 'uscc_checksum';
}
