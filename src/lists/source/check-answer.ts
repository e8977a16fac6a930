import type { Contract, Field } from '../contract/shape.ts';
import { hasCurrency } from '../check/columns.ts';
import { type CodeTables, guardOf, readerOf } from '../check/rows/field-reader.ts';
import { BROKEN, compileRule, type RowTest } from '../check/rows/rules.ts';
import { DEFECTS } from '../check/defects.ts';
import type { Reading } from '../check/values/reading.ts';

/** Values of one record in the canonical spelling of stored ones; a field that says nothing is null. */
export type RecordValues = Record<string, string | null>;

/**
 * Makes the check of rows that a source answers with: the same readers, bounds and blocking rules as for delivered
 * files, over values by field name. Null for a row that would go to quarantine. `today` is a Beijing date.
 */
export function compileAnswerCheck(
  contract: Contract,
  codeTables: CodeTables,
  today: string,
): (row: Readonly<Record<string, string | null>>) => RecordValues | null {
  const readField = contract.fields.map((field) => compileField(field, codeTables));
  const rules: RowTest[] = contract.rules
    .filter(({ severity }) => severity === 'block')
    .map((rule) => compileRule(rule, contract, today));
  return (row) => {
    const read = contract.fields.map(({ name }, at) => readField[at]?.(row[name] ?? '') ?? null);
    if (!areReadable(read)) return null;
    const cells = {
      values: read.map(({ value }) => value),
      currencies: read.map(({ currency }) => currency),
    };
    if (rules.some((test) => test(cells) === BROKEN)) return null;
    return Object.fromEntries(contract.fields.flatMap((field, at) => entriesOf(field, read[at])));
  };
}

type Cell = { readonly value: string; readonly currency: string };

function areReadable(read: readonly (Cell | null)[]): read is Cell[] {
  return !read.includes(null);
}

/** Null when the cell cannot be read, lies outside the field's bounds, or is missing where it is required. */
function compileField(field: Field, codeTables: CodeTables): (cell: string) => Cell | null {
  const reader = readerOf(field, codeTables, undefined);
  const guard = guardOf(field);
  return (cell) => {
    const quick = reader.quick(cell);
    const reading: Reading = quick === undefined ? reader.read(cell) : { value: quick, changed: false };
    if ('defect' in reading) return null;
    const { value, currency = 'CNY' } = reading;
    if (value === '') return field.required ? null : { value, currency };
    const defect = guard?.(value, currency) ?? null;
    return defect !== null && DEFECTS[defect].severity === 'block' ? null : { value, currency };
  };
}

function entriesOf(field: Field, cell: Cell | undefined): [string, string | null][] {
  const { value = '', currency = 'CNY' } = cell ?? {};
  const own: [string, string | null] = [field.name, value === '' ? null : asStored(field, value)];
  return hasCurrency(field) ? [own, [`${field.name}_currency`, value === '' ? null : currency]] : [own];
}

/** A value as the database would give it back: decimals with all digits of their scale, instants in Beijing time. */
function asStored({ kind, scale = 0 }: Field, value: string): string {
  if (kind === 'decimal' && scale > 0) {
    const [whole = '', fraction = ''] = value.split('.');
    return `${whole}.${fraction.padEnd(scale, '0')}`;
  }
  return kind === 'timestamp' ? inBeijing(value) : value;
}

const OFFSET_MS = 8 * 3_600_000;

function inBeijing(instant: string): string {
  const at = new Date(instant.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'));
  const [whole = '', fraction = ''] = new Date(at.getTime() + OFFSET_MS)
    .toISOString()
    .slice(0, -1)
    .split('.');
  const digits = fraction.replace(/0+$/, '');
  return `${whole.replace('T', ' ')}${digits === '' ? '' : `.${digits}`}+08`;
}
