import type { QuarantinedRow } from '#lists';

/**
 * The quarantine file, page by page: row number, reasons, then the cells as they came. UTF-8 with BOM, because the
 * people who fix it open it in a spreadsheet; a cell that a spreadsheet would run as a formula is quoted as text.
 */
export async function* quarantineCsv(
  readPage: (afterRow: number) => Promise<QuarantinedRow[]>,
): AsyncGenerator<string> {
  yield '\uFEFF行号,问题,原始内容\r\n';
  let afterRow = 0;
  for (;;) {
    const page = await readPage(afterRow);
    if (page.length === 0) return;
    afterRow = page.at(-1)?.row ?? afterRow;
    yield page.map(toLine).join('');
  }
}

function toLine({ row, defects, raw }: QuarantinedRow): string {
  const reasons = defects
    .map(({ field, message }) => (field === '' ? message : `${field}：${message}`))
    .join('；');
  return `${[String(row), reasons, ...cellsOf(raw)].map(quote).join(',')}\r\n`;
}

function cellsOf(raw: unknown): string[] {
  if (Array.isArray(raw)) return raw.map(String);
  if (typeof raw === 'object' && raw !== null) return Object.values(raw).map((value) => String(value ?? ''));
  return typeof raw === 'string' ? [raw] : [];
}

function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^-?[\d.,]+$/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
