import { LIMITS } from '#kernel';
import { formatIsoCell, formatNumber, type NumberShape, unescapeCell } from './cell-values.ts';
import { BLANK_ROW, breakRow, type RawRow } from './rows.ts';
import { damaged, parseXml, type Workbook, type XmlHandlers } from './workbook.ts';

/** A sheet has no row beyond this; a larger number in the file is nonsense. */
const SHEET_ROWS_MAX = 1_048_576;

const NUMBER: NumberShape = { kind: 'number' };

type Attributes = Readonly<Record<string, string>>;

/** The cell being read. `value` is absent until a value element opens. */
type Cell = {
  column: number;
  type: string;
  style: number;
  value: string | undefined;
  formula: string | undefined;
};

/**
 * Rows of the sheet as they stream by, cells as text: sparse cells are '', the value of merged cells stays in the
 * first, formulas give the value that was stored with them. Rows left out by the file come as blank rows, so that
 * physical row numbers are those a person sees.
 */
export async function* sheetRows(workbook: Workbook): AsyncGenerator<RawRow[], void> {
  let rows: RawRow[] = [];
  let rowsSeen = 0;
  const sheet = createSheetReader(workbook, (row, rowNo) => {
    for (; rowsSeen + 1 < rowNo && rowNo <= SHEET_ROWS_MAX; rowsSeen += 1) rows.push(BLANK_ROW);
    rows.push(row);
    rowsSeen += 1;
  });
  for await (const _ of parseXml(await workbook.sheet.open(), sheet.handlers)) {
    if (rows.length > 0) yield rows;
    rows = [];
    if (sheet.isDone()) return; // what follows the rows (filters, drawings) is not read
  }
}

type SheetReader = { handlers: XmlHandlers; isDone(): boolean };

function createSheetReader(workbook: Workbook, emit: (row: RawRow, rowNo: number) => void): SheetReader {
  let row = startRow('0');
  let cell = startCell({}, 0);
  let collects: 'value' | 'formula' | 'nothing' = 'nothing';
  let isPhonetic = false;
  let isDone = false;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      collects = 'nothing';
      if (name === 'c') cell = startCell(attributes, row.column + 1);
      else if (name === 'row') row = startRow(attributes.r);
      else if (name === 'rPh') isPhonetic = true;
      else if (name === 'v' || (name === 't' && !isPhonetic)) {
        cell.value ??= '';
        collects = 'value';
      } else if (name === 'f') {
        cell.formula = '';
        collects = 'formula';
      }
    },
    text(piece) {
      if (collects === 'value') cell.value = (cell.value ?? '') + piece;
      else if (collects === 'formula') cell.formula = (cell.formula ?? '') + piece;
    },
    close(name) {
      collects = 'nothing';
      if (name === 'c') addCell(row, cell, workbook);
      else if (name === 'row') emit(finishRow(row), row.rowNo);
      else if (name === 'rPh') isPhonetic = false;
      else if (name === 'sheetData') isDone = true;
    },
  };
  return { handlers, isDone: () => isDone };
}

/** The row being read. `column` is that of its last cell, from 1. */
type Row = {
  rowNo: number;
  cells: string[];
  column: number;
  characters: number;
  lacksValue: boolean;
  isTooWide: boolean;
};

function startRow(rowNo: string | undefined): Row {
  return {
    rowNo: Number(rowNo ?? 0),
    cells: [],
    column: 0,
    characters: 0,
    lacksValue: false,
    isTooWide: false,
  };
}

function startCell(attributes: Attributes, nextColumn: number): Cell {
  const { r = '', t = 'n', s = '-1' } = attributes;
  return {
    column: columnOf(r) || nextColumn,
    type: t,
    style: Number(s),
    value: undefined,
    formula: undefined,
  };
}

/** `AB12` → 28; 0 when the reference does not begin with a column. */
function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < 4; i += 1) {
    const letter = reference.charCodeAt(i) - 64;
    if (!(letter >= 1 && letter <= 26)) break;
    column = column * 26 + letter;
  }
  return column;
}

function addCell(row: Row, cell: Cell, workbook: Workbook): void {
  row.column = cell.column;
  const lacksValue = cell.formula !== undefined && isWithoutValue(cell);
  const text = lacksValue ? `=${cell.formula ?? ''}` : textOf(cell, workbook);
  if (text === '') return;
  row.lacksValue ||= lacksValue;
  row.characters += text.length;
  row.isTooWide ||= cell.column > LIMITS.headerColumnsMax;
  if (row.isTooWide || row.characters > LIMITS.rowCharactersMax) return;
  while (row.cells.length < cell.column - 1) row.cells.push('');
  row.cells[cell.column - 1] = text;
}

/** A program wrote the formula and never computed it; a text formula may truly give ''. */
function isWithoutValue({ type, value }: Cell): boolean {
  return value === undefined || (value === '' && type !== 'str');
}

function textOf({ type, style, value }: Cell, { strings, shapes, is1904 }: Workbook): string {
  if (value === undefined || value === '') return '';
  switch (type) {
    case 's':
      return strings[Number(value)] ?? missingString();
    case 'str':
    case 'inlineStr':
      return unescapeCell(value);
    case 'b':
      return value === '1' ? 'true' : 'false';
    case 'd':
      return formatIsoCell(value);
    case 'e':
      return value;
    default:
      return formatNumber(value, shapes[style] ?? NUMBER, is1904);
  }
}

function missingString(): never {
  throw damaged('shared string missing');
}

/** Cells end with the last one that holds something; the header decides later how wide the row is. */
function finishRow({ cells, lacksValue, isTooWide, characters }: Row): RawRow {
  if (isTooWide || characters > LIMITS.rowCharactersMax) return breakRow('row_too_long', cells.join('\t'));
  if (lacksValue) return breakRow('formula_without_value', cells.join('\t'));
  return cells.some((cell) => cell.includes('\0')) ? breakRow('nul_byte', cells.join('\t')) : cells;
}
