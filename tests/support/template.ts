import { join } from 'node:path';
import type { Database } from '#kernel';
import { prepareDatabase } from '../../src/entry/compose.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Brings the template database to the structure that every test's clone begins with, dataset tables included. */
export async function prepareTemplate(database: Database): Promise<void> {
  await prepareDatabase(database, { packageFolder: ROOT, definitionsFolder: undefined, partitions: 1 });
}
