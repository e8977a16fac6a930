import { matchHeader } from '../../check/header.ts';
import type { Mapping } from '../../check/mapping.ts';
import { readerOf } from '../../check/rows/field-reader.ts';
import type { CodeTable } from '../../contract/code-table.ts';
import type { Contract } from '../../contract/shape.ts';
import { readSubject } from '../../register/read-subject.ts';

/** Whose record a quarantined row was and which one: what a later delivery must bring clean. */
export type RowKey = {
  readonly code: string;
  readonly nameKey: string;
  /** Canonical values of the natural key, in its order. */
  readonly key: readonly string[];
};

/** Reads a quarantined row's key from what quarantine keeps of it; null when the row does not say. */
export type KeyReader = (raw: unknown) => RowKey | null;

/**
 * Makes the reader for the quarantined rows of one delivery: arrays of cells in the file's columns, or, for rows that
 * contradicted each other, objects of values already read.
 */
export function quarantineKeyReader(
  contract: Contract,
  file: { readonly header: readonly string[] | null; readonly mapping: Mapping | undefined },
  codeTables: ReadonlyMap<string, CodeTable>,
): KeyReader {
  const readCells = cellsReader(contract, file, codeTables);
  return (raw) => {
    if (Array.isArray(raw))
      return readCells(raw.map((cell: unknown) => (typeof cell === 'string' ? cell : '')));
    return typeof raw === 'object' && raw !== null
      ? readValues(contract, new Map(Object.entries(raw)))
      : null;
  };
}

function cellsReader(
  contract: Contract,
  { header, mapping }: { readonly header: readonly string[] | null; readonly mapping: Mapping | undefined },
  codeTables: ReadonlyMap<string, CodeTable>,
): (cells: readonly string[]) => RowKey | null {
  const plan = matchHeader(contract, header, [], mapping);
  const readers = contract.naturalKey.map((name) => {
    const at = contract.fields.findIndex((field) => field.name === name);
    const [field, source] = [contract.fields[at], plan.fields[at]];
    if (field === undefined || source === undefined) throw new TypeError(`${contract.id}: no field ${name}`);
    const reader = readerOf(field, codeTables, source.unit);
    return (cells: readonly string[]): string | null => {
      const reading = reader.read(
        source.column === -1 ? (source.constant ?? '') : (cells[source.column] ?? ''),
      );
      return 'defect' in reading || reading.value === '' ? null : reading.value;
    };
  });
  return (cells) => {
    if (cells.length !== plan.width) return null;
    const cell = plan.subjectCode === -1 ? '' : (cells[plan.subjectCode] ?? '');
    const code = plan.lookup === null ? cell : (plan.lookup.get(cell.trim()) ?? '');
    const name = plan.subjectName === -1 ? '' : (cells[plan.subjectName] ?? '');
    return toKey(
      { code, name },
      readers.map((read) => read(cells)),
    );
  };
}

function readValues(contract: Contract, values: ReadonlyMap<string, unknown>): RowKey | null {
  const text = (name: string): string | null => {
    const value = values.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const subject = { code: text('subject_code') ?? '', name: text('subject_name') ?? '' };
  return toKey(subject, contract.naturalKey.map(text));
}

function toKey(subject: { code: string; name: string }, values: readonly (string | null)[]): RowKey | null {
  const { code, nameKey, form } = readSubject(subject.code, subject.name);
  if (form === 'id_card_shaped' || (code === '' && nameKey === '')) return null;
  const key = values.filter((value) => value !== null);
  return key.length === values.length ? { code, nameKey, key } : null;
}
