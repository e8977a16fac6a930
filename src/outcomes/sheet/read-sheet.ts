import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { beijingDate, type Clock } from '#kernel';
import { openRows } from '#lists';
import { isMonth, monthOf } from '../days.ts';
import { makeFault } from '../faults.ts';
import { OUTCOMES_LIMITS } from '../outcomes-limits.ts';
import { outcomesRefusal } from '../outcomes-refusals.ts';
import type { ReasonTable } from '../reasons.ts';
import type { BatchSource } from '../record-batch.ts';
import type { ReportedItem } from '../shape.ts';
import { COLUMNS, tidyCell } from './columns.ts';
import { rowToItem } from './row-to-item.ts';

export type SheetParts = {
  /** `YYYY-MM`: the month whose end the balances are of. */
  readonly month: string;
  readonly reasons: ReasonTable;
  readonly clock: Clock;
};

export type Sheet = { readonly items: readonly ReportedItem[]; readonly source: BatchSource };

/**
 * Reads a monthly sheet (CSV, TSV, XLSX; gzip and zip of these) whose header is the template's, in any order. A row that
 * cannot be read becomes an item with its faults. Throws `file.…`, `outcomes.sheet_header`, `outcomes.sheet_month`.
 */
export async function readSheet(path: string, parts: SheetParts): Promise<Sheet> {
  requireSheetMonth(parts.month, parts.clock);
  const items: ReportedItem[] = [];
  const file = await openRows(path, {});
  try {
    const headings = requireHeader(file.header ?? []);
    for await (const { firstRowNo, rows } of file.batches) {
      for (const [at, cells] of rows.entries())
        items.push(toItem(firstRowNo + at, cells, { headings, ...parts }));
      requireRoom(items.length);
    }
  } finally {
    await file.close();
  }
  return { items, source: { kind: 'sheet', month: parts.month, fileDigest: await digestOf(path) } };
}

/** Throws `outcomes.sheet_month` unless it is a month that has begun. */
export function requireSheetMonth(month: string, clock: Clock): void {
  if (isMonth(month) && month <= monthOf(beijingDate(clock.now()))) return;
  throw outcomesRefusal('outcomes.sheet_month', { month: month.slice(0, 20) });
}

/** The headings as the template writes them, in the order of the file. */
function requireHeader(header: readonly string[]): string[] {
  const known = new Map(COLUMNS.map(({ heading }) => [tidyCell(heading), heading]));
  const found = header.map((cell) => known.get(tidyCell(cell)));
  const missing = COLUMNS.filter(({ heading }) => !found.includes(heading)).map(({ heading }) => heading);
  const extra = header.filter((_, at) => found[at] === undefined || found.indexOf(found[at]) < at);
  const headings = found.flatMap((heading) => (heading === undefined ? [] : [heading]));
  if (missing.length === 0 && extra.length === 0) return headings;
  throw outcomesRefusal('outcomes.sheet_header', {
    missing: missing.join('、') || '—',
    extra:
      extra
        .slice(0, 10)
        .map((cell) => cell.slice(0, 30))
        .join('、') || '—',
  });
}

type RowParts = SheetParts & { readonly headings: readonly string[] };

function toItem(row: number, cells: string[] | { text: string }, parts: RowParts): ReportedItem {
  if (!Array.isArray(cells))
    return { row, raw: { text: cells.text }, faults: [makeFault(row, '', 'row_unreadable')] };
  const raw = Object.fromEntries(
    parts.headings.map((heading, at) => [heading, (cells[at] ?? '').toWellFormed().replaceAll('\0', '')]),
  );
  // More cells than headings: the row is shifted, and none of its cells can be trusted.
  if (
    cells.length > parts.headings.length &&
    cells.slice(parts.headings.length).some((cell) => cell.trim() !== '')
  )
    return { row, raw, faults: [makeFault(row, '', 'row_unreadable')] };
  const read = rowToItem({ row, cells: new Map(Object.entries(raw)), month: parts.month }, parts.reasons);
  return { row, raw, ...read };
}

function requireRoom(items: number): void {
  const { batchItemsMax: itemsMax } = OUTCOMES_LIMITS;
  if (items > itemsMax) throw outcomesRefusal('outcomes.too_many_items', { itemsMax });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}
