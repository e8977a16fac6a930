import type { Cell } from './shape.ts';

/** Columns (a Han character is two) that fit into half a line of a record; longer values take a whole line. */
const HALF_LINE_COLUMNS = 30;

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

function isWide({ text }: Cell): boolean {
  return columnsOf(text) > HALF_LINE_COLUMNS;
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += character.charCodeAt(0) > 0xff ? 2 : 1;
  return columns;
}

/** Hash in groups of four, the first 32 digits: enough to compare two copies by eye. */
export function fingerprintText(hash: string): string {
  return (hash.slice(0, 32).match(/.{4}/g) ?? []).join(' ');
}
