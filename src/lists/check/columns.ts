import type { Contract, Field, FieldKind } from '../contract/shape.ts';
import { DECIMAL_DIGITS_MAX } from './values/number.ts';

/** One column of a dataset's table: PostgreSQL name and type. */
export type Column = { readonly name: string; readonly type: string };

const TYPES: Readonly<Record<FieldKind, string>> = {
  text: 'text',
  code: 'text',
  date: 'date',
  month: 'date',
  year: 'smallint',
  timestamp: 'timestamptz',
  money: 'bigint',
  decimal: 'numeric',
  integer: 'bigint',
  boolean: 'boolean',
  uscc: 'text',
  person: 'text',
  id_number: 'text',
  phone: 'text',
  email: 'text',
};

/** The columns of the contract's own fields, in contract order; money of any currency has a second one for the currency. */
export function columnsOf(contract: Contract): Column[] {
  return contract.fields.flatMap((field) => columnsOfField(field));
}

function columnsOfField(field: Field): Column[] {
  const scale = field.scale ?? 0;
  const type = field.kind === 'decimal' ? `numeric(${DECIMAL_DIGITS_MAX},${scale})` : TYPES[field.kind];
  const column = { name: field.name, type };
  return hasCurrency(field) ? [column, { name: `${field.name}_currency`, type: 'text' }] : [column];
}

export function hasCurrency(field: Field): boolean {
  return field.kind === 'money' && field.currency === 'any';
}

/** The columns of one COPY line of accepted rows, in order. A missing code or name of the subject is empty text, not null. */
export function copyColumnsOf(contract: Contract): Column[] {
  return [
    { name: 'row_no', type: 'integer' },
    { name: 'subject_code', type: 'text' },
    { name: 'subject_name', type: 'text' },
    { name: 'subject_flags', type: 'smallint' },
    ...columnsOf(contract),
    { name: 'original', type: 'jsonb' },
  ];
}

/**
 * The columns of one COPY line of defects, in order. `rule` names the check that failed, as in the summary's checks; `field`
 * is empty where the whole row is meant. `raw` (the whole row as a JSON array of cells, identifiers of persons
 * masked) stands on the first line of a quarantined row only; further lines of the row and warnings have null.
 */
export const DEFECT_COLUMNS: readonly Column[] = Object.freeze([
  { name: 'row_no', type: 'integer' },
  { name: 'field', type: 'text' },
  { name: 'code', type: 'text' },
  { name: 'severity', type: 'text' },
  { name: 'rule', type: 'text' },
  { name: 'params', type: 'jsonb' },
  { name: 'raw', type: 'jsonb' },
]);

/** Code tables that checking a contract needs: those of its fields, and the currencies where it holds money. */
export function codeTablesNeeded(contract: Contract): string[] {
  const needed = contract.fields.flatMap((field) => {
    if (field.kind === 'money') return ['currency'];
    return field.codes === undefined ? [] : [field.codes];
  });
  return [...new Set(needed)];
}
