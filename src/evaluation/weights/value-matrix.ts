import { Type } from 'typebox';
import type { Table } from '../laboratory/table/columns.ts';
import { checkShape, wrongFile } from './check-shape.ts';

/** What is weighed and which way is good. */
export type Criterion = { readonly id: string; readonly direction: 'higher' | 'lower' };

/** One row per enterprise, one column per criterion, no gaps. */
export type ValueMatrix = {
  readonly criteria: readonly Criterion[];
  readonly rows: readonly (readonly number[])[];
  /** Rows left out because a value was missing. */
  readonly leftOut: number;
};

/** Rows of one study; beyond it a sample says the same. */
const ROWS_MAX = 1_000_000;
const COLUMNS_MAX = 200;

const strict = { additionalProperties: false } as const;
const MatrixFile = Type.Object(
  {
    criteria: Type.Array(
      Type.Object(
        {
          id: Type.String({ minLength: 1, maxLength: 60 }),
          direction: Type.Optional(Type.Enum(['higher', 'lower'])),
        },
        strict,
      ),
      { minItems: 2, maxItems: COLUMNS_MAX },
    ),
    rows: Type.Array(Type.Array(Type.Number()), { minItems: 2, maxItems: ROWS_MAX }),
    source: Type.Optional(Type.String()),
  },
  strict,
);

/** A matrix from YAML or JSON: `criteria: [{id, direction}]`, `rows: [[…]]`. Throws `weights.wrong_file`. */
export function shapeValueMatrix(written: unknown): ValueMatrix {
  const { criteria, rows } = checkShape(MatrixFile, written);
  const ragged = rows.findIndex((row) => row.length !== criteria.length);
  if (ragged >= 0) throw wrongFile(`/rows/${ragged}`, `${criteria.length} values are needed`);
  const ids = criteria.map(({ id }) => id);
  const twice = ids.findIndex((id, at) => ids.indexOf(id) < at);
  if (twice >= 0) throw wrongFile(`/criteria/${twice}`, 'the same criterion twice');
  return {
    criteria: criteria.map(({ id, direction }) => ({ id, direction: direction ?? 'higher' })),
    rows,
    leftOut: 0,
  };
}

/** A matrix from a table: these columns, rows with a gap left out. Throws `weights.wrong_file`. */
export function matrixOfTable(table: Table, criteria: readonly Criterion[]): ValueMatrix {
  if (criteria.length < 2) throw wrongFile('/', 'at least two numeric columns are needed');
  const columns = criteria.map(({ id }) => {
    const column = table.columns.get(id);
    if (column?.kind !== 'numeric') throw wrongFile(id, 'no numeric column of that name');
    return column.values;
  });
  const all = Array.from({ length: table.rowCount }, (_, row) =>
    columns.map((values) => values[row] ?? Number.NaN),
  );
  const rows = all.filter((row) => row.every((value) => !Number.isNaN(value)));
  if (rows.length < 2) throw wrongFile('/', 'at least two rows without gaps are needed');
  return { criteria, rows, leftOut: all.length - rows.length };
}

export function columnsOf({ criteria, rows }: ValueMatrix): number[][] {
  return criteria.map((_, at) => rows.map((row) => row[at] ?? Number.NaN));
}

/** (x − min) / (max − min), turned round where lower is better; a column that does not vary becomes zeros. */
export function toUnitRange(values: readonly number[], direction: Criterion['direction']): number[] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  if (min === max) return values.map(() => 0);
  return values.map((value) => (direction === 'higher' ? value - min : max - value) / (max - min));
}
