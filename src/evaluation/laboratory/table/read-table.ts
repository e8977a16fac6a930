import { openRows } from '#lists';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import { READING_RULES, type ReadingRules, TableBuilder } from './column-builder.ts';
import type { Table } from './columns.ts';
import { readArff } from './read-arff.ts';

/**
 * Reads any file of rows: ARFF by its ending, everything else (CSV, XLSX, JSON Lines, packed or not) as deliveries are
 * read. A column without a name is named by its place, as exports of data frames have one.
 */
export async function readTable(path: string, rules: Partial<ReadingRules> = {}): Promise<Table> {
  const all = { ...READING_RULES, ...rules };
  return /\.arff$/i.test(path) ? await readArff(path, all) : await readRows(path, all);
}

async function readRows(path: string, rules: ReadingRules): Promise<Table> {
  const file = await openRows(path, {});
  try {
    const builder = new TableBuilder(namesOf(file.header), rules);
    for await (const { rows } of file.batches) {
      for (const row of rows) {
        if (Array.isArray(row)) builder.add(row);
        else builder.brokenRows += 1;
      }
    }
    return builder.finish();
  } finally {
    await file.close();
  }
}

function namesOf(header: readonly string[] | null): string[] {
  const names = (header ?? []).map((name, at) => name.trim() || `column_${at + 1}`);
  if (names.length > 0 && new Set(names).size === names.length) return names;
  throw laboratoryRefusal('laboratory.broken_file', {
    line: 1,
    zh: '没有表头，或列名重复',
    en: 'there is no header, or a name stands twice',
  });
}
