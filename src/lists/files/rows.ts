/** How the bytes of a file were understood. */
export type FileFormat = {
  container: 'plain' | 'gzip' | 'zip';
  /** The name of the only file of a zip. */
  entry?: string;
  /** Of the first file; `utf-8` also while nothing but ASCII has been read, so it is final when reading ends. */
  encoding: 'utf-8' | 'gb18030' | 'none';
  hasBom: boolean;
  layout: 'delimited' | 'xlsx' | 'jsonl';
  delimiter?: ',' | '\t' | ';' | '|';
};

/** What a provider's mapping file says about its files, where finding out is not enough. */
export type FileHints = {
  encoding?: 'utf-8' | 'gb18030';
  delimiter?: ',' | '\t' | ';' | '|';
  /** 1-based physical row; rows before it are skipped. 0: the file has no header. Not for JSON Lines. */
  headerRow?: number;
  sheet?: string;
};

/** Why a row cannot be read as cells at all. What is wrong inside cells is found later, against the contract. */
export type BrokenCode =
  | 'row_too_long'
  | 'nul_byte'
  | 'quote_not_closed'
  | 'bad_encoding'
  | 'not_json'
  | 'formula_without_value';

/** A row that cannot be read. `text` is an excerpt that PostgreSQL can store: no NUL, at most 2000 characters. */
export type BrokenRow = { rowNo: number; code: BrokenCode; text: string };

/** As a reader hands it on: blank rows are empty arrays, and broken rows have no number yet. */
export type RawRow = string[] | Omit<BrokenRow, 'rowNo'>;

/** `rowNo` counts the data records of the delivery from 1, across all entries of an archive. */
export type RowBatch = { firstRowNo: number; rows: (string[] | BrokenRow)[] };

/** One file of the delivery, opened as far as its header. Its rows are unnumbered, blank ones included. */
export type OpenedPart = {
  layout: FileFormat['layout'];
  /** A question, because ASCII tells only later which encoding it was. */
  encoding(): FileFormat['encoding'];
  hasBom: boolean;
  delimiter?: NonNullable<FileFormat['delimiter']>;
  header: string[] | null;
  rows: AsyncGenerator<RawRow[], void>;
};

/** Stands where bytes could not be decoded. A lone surrogate: no decoder ever makes it out of a file. */
export const UNDECODED = '\udfff';

export const BLANK_ROW: string[] = [];

const EXCERPT_CHARACTERS_MAX = 2000;

export function breakRow(code: BrokenCode, text: string): RawRow {
  return { code, text: excerpt(text) };
}

/** Cut, and without what the database refuses; undecodable bytes show as U+FFFD. */
function excerpt(text: string): string {
  return text.slice(0, EXCERPT_CHARACTERS_MAX).replaceAll('\0', '').toWellFormed();
}

/** Nothing in it that a person would see. A lone Ctrl-Z is the end mark of old DOS exports. */
export function isBlankRow(row: RawRow): boolean {
  if (!Array.isArray(row)) return false;
  const first = row[0];
  if (first === undefined) return true;
  const code = first.charCodeAt(0);
  if (code > 0x20 && code < 0x7f) return false; // the common case, decided without a look at the other cells
  return row.every((cell) => cell === '' || cell === '\x1a' || cell.trim() === '');
}

/**
 * The header and the rows after it. `headerRow` is 1-based over physical rows, blank ones included; without it
 * the first row that is not blank. `undefined` when the rows end before the header.
 */
export async function takeHeader(
  rows: AsyncIterator<RawRow[], void>,
  headerRow: number | undefined,
): Promise<{ header: RawRow; after: RawRow[] } | undefined> {
  let seen = 0;
  for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
    const some = next.value;
    const at = headerRow === undefined ? some.findIndex((row) => !isBlankRow(row)) : headerRow - 1 - seen;
    const header = some[at];
    if (header !== undefined) return { header, after: some.slice(at + 1) };
    seen += some.length;
  }
  return undefined;
}

/** Gives back what was read ahead, then the rest. */
export async function* putBack<Item>(
  items: Item[],
  rest: AsyncIterator<Item, void>,
): AsyncGenerator<Item, void> {
  yield* items;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
