import type { Cell } from './shape.ts';

/** Columns (a Han character is two) that fit into half a line of a record; longer values take a whole line. */
const HALF_LINE_COLUMNS = 30;

/** Columns of a whole line beside its title. */
const LINE_COLUMNS = 80;

/** Columns of the place where a title stands; a longer one takes a whole line with its value after it. */
const TITLE_COLUMNS = 20;

/** Said behind a masked value, in small type. */
const MASKED_COLUMNS = 8;

/** Lines of a record: two short values side by side, a long one alone; the contract's order stays. */
export function linesOf(cells: readonly Cell[]): Cell[][] {
  const lines: Cell[][] = [];
  let open: Cell[] | undefined;
  for (const cell of cells) {
    if (isWide(cell)) {
      lines.push([cell]);
      open = undefined;
    } else if (open === undefined) {
      open = [cell];
      lines.push(open);
    } else {
      open.push(cell);
      open = undefined;
    }
  }
  return lines;
}

/** Whether the title is too long for its place. */
export function isLongTitle(title: string): boolean {
  return columnsOf(title) > TITLE_COLUMNS;
}

/** Printed lines that these lines of cells need, about: long values wrap. */
export function heightOf(lines: readonly (readonly Cell[])[]): number {
  const heights = lines.map((line) =>
    Math.max(...line.map(({ text }) => Math.ceil(columnsOf(text) / LINE_COLUMNS)), 1),
  );
  return heights.reduce((sum, height) => sum + height, 0);
}

function isWide({ title, text, isMasked }: Cell): boolean {
  return columnsOf(text) + (isMasked ? MASKED_COLUMNS : 0) > HALF_LINE_COLUMNS || isLongTitle(title);
}

/** Widths as the report's font has them: Latin letters and digits take a little more than half a Han character. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (character.charCodeAt(0) > 0xff) columns += 2;
    else columns += /[A-Z@%&]/.test(character) ? 1.4 : 1.15;
  }
  return columns;
}

/** Hash in groups of four, the first 32 digits: enough to compare two copies by eye. */
export function fingerprintText(hash: string): string {
  return (hash.slice(0, 32).match(/.{4}/g) ?? []).join(' ');
}
