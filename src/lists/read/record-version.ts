import type { PermittedField } from '#security';
import type { Contract } from '../contract/shape.ts';
import type { Standing } from './standing.ts';

/** One version of one record, as canonical text: dates `YYYY-MM-DD`, money in integer minor units, codes as codes. */
export type RecordVersion = {
  /** `<delivery>:<row>`, the lineage and the identity of the version. */
  readonly recordId: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly original: Readonly<Record<string, string>> | null;
  readonly knownFrom: Date;
  readonly marks: readonly string[];
};

/** A row of the statement that reads records. */
export type RecordRow = {
  /** Who asked, of several at once; from 1. */
  n: number;
  contract_id: string;
  delivery_no: string;
  delivery_id: string;
  row_no: number;
  known_from: Date;
  /** In the order of `columnsToRead`. */
  values: readonly (string | null)[];
  original: Record<string, string> | null;
};

/** Columns of the permitted fields; a money field of any currency stands in two, which go together. */
export function columnsToRead(contract: Contract, fields: readonly PermittedField[]): string[] {
  const permitted = new Set(fields.map(({ name }) => name));
  return contract.fields
    .filter(({ name }) => permitted.has(name))
    .flatMap(({ name, kind, currency }) =>
      kind === 'money' && currency === 'any' ? [name, `${name}_currency`] : [name],
    );
}

/** Rows of one contract as versions, each with the marks that stand on it. */
export function toVersions(
  rows: readonly RecordRow[],
  of: { contract: Contract; fields: readonly PermittedField[]; marks: Standing['marks'] },
): RecordVersion[] {
  if (rows.length === 0) return [];
  const names = columnsToRead(of.contract, of.fields);
  const readable = new Set(of.fields.filter(({ masked }) => !masked).map(({ name }) => name));
  return rows.map((row) => ({
    recordId: `${row.delivery_id}:${row.row_no}`,
    values: Object.fromEntries(names.map((name, n) => [name, row.values[n] ?? null])),
    original: readableOriginal(row, readable),
    knownFrom: row.known_from,
    marks: of.marks.filter((mark) => isOn(mark, row)).map(({ mark }) => mark),
  }));
}

function readableOriginal({ original }: RecordRow, readable: ReadonlySet<string>): RecordVersion['original'] {
  const shown = Object.entries(original ?? {}).filter(([name]) => readable.has(name));
  return shown.length === 0 ? null : Object.fromEntries(shown);
}

function isOn(mark: Standing['marks'][number], row: RecordRow): boolean {
  return (
    mark.contract_id === row.contract_id && mark.delivery_no === row.delivery_no && mark.row_no === row.row_no
  );
}
