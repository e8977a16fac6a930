import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { loadCatalogue } from '#lists';
import { compileAggregate } from '../../src/evaluation/indicators/compile/compile-aggregate.ts';
import { loadIndicators } from '../../src/evaluation/indicators/definition/load-indicators.ts';
import { cloneDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const database = await cloneDatabase({ after });
const book = loadIndicators([join(ROOT, 'models')], loadCatalogue([join(ROOT, 'lists')]));

/** Alike but for blanks, case, quotes, a last letter far behind; twice, empty, and none. */
const TEXTS = [
  '市场监管局',
  '市场监管局',
  '市场监管局 ',
  "O'Brien 局",
  'a\\b',
  'A\\b',
  'a b',
  '局'.repeat(3_000),
  `${'局'.repeat(3_000)}一`,
  '局'.repeat(3_000),
  '',
  null,
  'é',
  'e\u0301',
];

test('texts are told apart as the database tells them apart, however long, and an empty one is none', async () => {
  const indicator = book.indicators.get('penalty_authorities_36m');
  assert.ok(indicator?.kind === 'base');
  const { definition, contract } = indicator;
  const slot = (): string => 'current_date';
  const { window: _, filter: __, ...always } = definition;
  const { columns, conditions, value } = compileAggregate({
    definition: { ...always, time: 'known' },
    contract,
    at: 0,
    slot,
    outerSlot: slot,
    withoutDisputed: false,
  });
  const [column] = columns;
  assert.ok(column !== undefined);
  const rows = await inTransaction(database, (tx) =>
    tx.rows<{ counted: number; expected: number }>(
      `select ${value} as counted, expected from (
         select ${column.sql} filter (where ${conditions.join(' and ')}) as ${column.name},
           count(distinct nullif(penalty_authority, ''))::integer as expected
         from unnest($1::text[]) as r (penalty_authority)) g`,
      [TEXTS],
    ),
  );
  assert.deepEqual(rows, [{ counted: 10, expected: 10 }]);
});
