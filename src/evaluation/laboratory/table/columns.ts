import { laboratoryRefusal } from '../laboratory-refusals.ts';

/** Numbers; NaN is missing. */
export type NumericColumn = {
  readonly kind: 'numeric';
  readonly name: string;
  readonly values: Float64Array;
};

/** Places in `categories`; -1 is missing. */
export type CategoricalColumn = {
  readonly kind: 'categorical';
  readonly name: string;
  readonly codes: Int32Array;
  readonly categories: readonly string[];
};

export type Column = NumericColumn | CategoricalColumn;

/** Columns of equal length, in the file's order. Rows that could not be read are counted, not kept. */
export type Table = {
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, Column>;
  readonly brokenRows: number;
};

/** What the rows came to: 1 is bad. Weights are those of rows that stand for parts of a case; absent, each is 1. */
export type Target = {
  readonly bad: Uint8Array;
  readonly weights?: Float64Array;
};

export function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw laboratoryRefusal('laboratory.no_column', { column: name });
  return column;
}

export function makeTable(columns: readonly Column[]): Table {
  const [first] = columns;
  const rowCount = first === undefined ? 0 : lengthOf(first);
  return { rowCount, columns: new Map(columns.map((column) => [column.name, column])), brokenRows: 0 };
}

function lengthOf(column: Column): number {
  return column.kind === 'numeric' ? column.values.length : column.codes.length;
}

/** Text of one cell as the file had it, in the sense of its type; `undefined` is missing. */
export function cellText(column: Column, row: number): string | undefined {
  if (column.kind === 'categorical') return column.categories[column.codes[row] ?? -1];
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? undefined : String(value);
}

/** The same column with the rows at these places, in their order. */
function takeRows(column: Column, places: Uint32Array): Column {
  if (column.kind === 'numeric') {
    const values = new Float64Array(places.length);
    places.forEach((place, row) => {
      values[row] = column.values[place] ?? Number.NaN;
    });
    return { ...column, values };
  }
  const codes = new Int32Array(places.length);
  places.forEach((place, row) => {
    codes[row] = column.codes[place] ?? -1;
  });
  return { ...column, codes };
}

export function takeTableRows(table: Table, places: Uint32Array): Table {
  const columns = [...table.columns].map(([name, column]) => [name, takeRows(column, places)] as const);
  return { rowCount: places.length, columns: new Map(columns), brokenRows: 0 };
}

export function takeTargetRows({ bad, weights }: Target, places: Uint32Array): Target {
  const pick = Uint8Array.from(places, (place) => bad[place] ?? 0);
  if (weights === undefined) return { bad: pick };
  return { bad: pick, weights: Float64Array.from(places, (place) => weights[place] ?? 0) };
}

/** Rows with this value in the column are bad, all others good. Refuses empty cells and a class without rows. */
export function readTarget(table: Table, name: string, badValue: string): Target {
  const column = columnOf(table, name);
  const bad = new Uint8Array(table.rowCount);
  let [bads, missing] = [0, 0];
  for (let row = 0; row < table.rowCount; row += 1) {
    const text = cellText(column, row);
    if (text === undefined) missing += 1;
    else if (text === badValue) {
      bad[row] = 1;
      bads += 1;
    }
  }
  const goods = table.rowCount - bads - missing;
  if (missing > 0 || bads === 0 || goods === 0) {
    throw laboratoryRefusal('laboratory.bad_target', { column: name, goods, bads, missing });
  }
  return { bad };
}
