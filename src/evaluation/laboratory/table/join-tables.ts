import { type Column, cellText, columnOf, makeTable, type Table } from './columns.ts';

/** Rows of both tables under the columns named; refuses a column that one of them lacks. */
export function joinTables(first: Table, second: Table, names: readonly string[]): Table {
  return makeTable(names.map((name) => joinColumns(columnOf(first, name), columnOf(second, name))));
}

/** Two columns of numbers stay numbers, any other pair becomes categories by text. */
function joinColumns(first: Column, second: Column): Column {
  const { name } = first;
  if (first.kind === 'numeric' && second.kind === 'numeric') {
    const values = new Float64Array(first.values.length + second.values.length);
    values.set(first.values);
    values.set(second.values, first.values.length);
    return { kind: 'numeric', name, values };
  }
  const dictionary = new Map<string, number>();
  const codes = Int32Array.from([...textsOf(first), ...textsOf(second)], (text) => {
    if (text === undefined) return -1;
    const code = dictionary.get(text) ?? dictionary.size;
    dictionary.set(text, code);
    return code;
  });
  return { kind: 'categorical', name, codes, categories: [...dictionary.keys()] };
}

function textsOf(column: Column): (string | undefined)[] {
  const length = column.kind === 'numeric' ? column.values.length : column.codes.length;
  return Array.from({ length }, (_, row) => cellText(column, row));
}
