import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import type { Column, Table } from './columns.ts';

/** How cells become columns. */
export type ReadingRules = {
  /** Cells that mean nothing is known. */
  readonly missingMarks: readonly string[];
  /** Columns that stay categories although every cell looks like a number: codes, postcodes. */
  readonly categorical: readonly string[];
};

export const READING_RULES: ReadingRules = Object.freeze({
  missingMarks: Object.freeze(['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']),
  categorical: Object.freeze([]),
});

const START_ROWS = 1024;

/** The number notation that is read; hexadecimal, blanks and units are texts. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Takes rows of texts and gives columns. Every cell is a place in its column's dictionary, so that whether a column is
 * numeric is decided at the end, over all its texts, and nothing has to be read twice.
 */
export class TableBuilder {
  readonly #names: readonly string[];
  readonly #rules: ReadingRules;
  readonly #missing: ReadonlySet<string>;
  readonly #texts: string[][];
  readonly #dictionaries: Map<string, number>[];
  #codes: Int32Array[];
  #rowCount = 0;
  brokenRows = 0;

  constructor(names: readonly string[], rules: ReadingRules) {
    this.#names = names;
    this.#rules = rules;
    this.#missing = new Set(rules.missingMarks);
    this.#texts = names.map(() => []);
    this.#dictionaries = names.map(() => new Map<string, number>());
    this.#codes = names.map(() => new Int32Array(START_ROWS));
  }

  /** A row of another width is broken: its cells may belong to any column. */
  add(cells: readonly string[]): void {
    if (cells.length !== this.#names.length) {
      this.brokenRows += 1;
      return;
    }
    const row = this.#rowCount;
    this.#makeRoom(row);
    cells.forEach((cell, at) => {
      const codes = this.#codes[at];
      if (codes !== undefined) codes[row] = this.#codeOf(at, cell.trim());
    });
    this.#rowCount = row + 1;
  }

  #codeOf(at: number, text: string): number {
    if (this.#missing.has(text)) return -1;
    const dictionary = this.#dictionaries[at];
    const known = dictionary?.get(text);
    if (known !== undefined) return known;
    const texts = this.#texts[at] ?? [];
    dictionary?.set(text, texts.length);
    return texts.push(text) - 1;
  }

  #makeRoom(row: number): void {
    const limit = LABORATORY_LIMITS.tableCellsMax;
    if ((row + 1) * this.#names.length > limit) throw laboratoryRefusal('laboratory.too_large', { limit });
    if (row < (this.#codes[0]?.length ?? 0)) return;
    this.#codes = this.#codes.map((codes) => {
      const wider = new Int32Array(codes.length * 2);
      wider.set(codes);
      return wider;
    });
  }

  finish(): Table {
    const columns = this.#names.map((name, at): Column => {
      const texts = this.#texts[at] ?? [];
      const codes = (this.#codes[at] ?? new Int32Array()).slice(0, this.#rowCount);
      const isNumeric = !this.#rules.categorical.includes(name) && texts.every((text) => NUMBER.test(text));
      return isNumeric
        ? numeric(name, codes, texts)
        : { kind: 'categorical', name, codes, categories: texts };
    });
    return {
      rowCount: this.#rowCount,
      columns: new Map(columns.map((column) => [column.name, column])),
      brokenRows: this.brokenRows,
    };
  }
}

function numeric(name: string, codes: Int32Array, texts: readonly string[]): Column {
  const numbers = Float64Array.from(texts, Number);
  const values = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row += 1) values[row] = numbers[codes[row] ?? -1] ?? Number.NaN;
  return { kind: 'numeric', name, values };
}
