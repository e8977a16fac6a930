import type { FileFormat, FileHints, OpenedFile } from '../files/open-rows.ts';
import type { Checked, CheckProgress, CheckTask } from './check-task.ts';
import { matchHeader } from './header.ts';
import { hintsOf } from './mapping.ts';
import { BUFFER_BYTES, compileRowCheck, type RowCheck } from './rows/row-check.ts';

/** Where checked lines go. A promise that is pending holds the reading of the file back. */
export type LineSink = {
  send(kind: 'rows' | 'defects', bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  progress(progress: CheckProgress): void;
};

/**
 * Opens the file, decides what its columns mean and checks every row of it, in memory that does not grow with the file.
 * Refuses as `openRows` and `matchHeader` do; before the first row is sent, or while reading where only then it shows.
 */
export async function checkRows(
  task: CheckTask,
  sink: LineSink,
  open: (path: string, hints: FileHints) => Promise<OpenedFile>,
): Promise<Checked> {
  const file = await open(task.path, hintsOf(task.mapping));
  try {
    return await checkOpened(task, sink, file);
  } finally {
    await file.close();
  }
}

async function checkOpened(task: CheckTask, sink: LineSink, file: OpenedFile): Promise<Checked> {
  const fit = rowFitter(file.format, widthOf(file, task));
  const plan = matchHeader(task.contract, file.header, file.sample.map(fit), task.mapping);
  const check = compileRowCheck(task.contract, task.codeTables, plan, task.today);
  for await (const { firstRowNo, rows } of file.batches) {
    let rowNo = firstRowNo;
    for (const row of rows) {
      if (!Array.isArray(row)) check.refuse(row);
      else check.check(fit(row), rowNo);
      rowNo += 1;
      if (check.rows.length >= BUFFER_BYTES || check.defects.length >= BUFFER_BYTES)
        await flush(check, sink, BUFFER_BYTES);
    }
    sink.progress({ ...file.progress(), rows: check.checked, quarantined: check.quarantined });
  }
  await flush(check, sink, 1);
  return {
    format: file.format,
    header: file.header,
    ignoredColumns: plan.ignored,
    ...check.tally(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Sends the buffers that hold at least so many bytes. */
async function flush(check: RowCheck, sink: LineSink, bytesMin: number): Promise<void> {
  if (check.rows.length >= bytesMin) await sink.send('rows', check.rows.take());
  if (check.defects.length >= bytesMin) await sink.send('defects', check.defects.take());
}

function widthOf(file: OpenedFile, { mapping }: CheckTask): number {
  return Array.isArray(mapping?.columns) ? mapping.columns.length : (file.header?.length ?? 0);
}

/**
 * Sheets and JSON objects leave empty cells at the end of a row away, or carry more of them; both say nothing.
 * In delimited text a missing cell is a sign of a shift, so such rows stay as they are.
 */
function rowFitter({ layout }: FileFormat, width: number): (row: string[]) => string[] {
  if (layout === 'delimited') return (row) => row;
  return (row) => {
    if (row.length === width) return row;
    if (row.length < width) return [...row, ...Array<string>(width - row.length).fill('')];
    return row.slice(width).every((cell) => cell === '') ? row.slice(0, width) : row;
  };
}
