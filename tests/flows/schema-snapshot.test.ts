import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { loadCatalogue } from '#lists';
import { createStatements } from '../../src/lists/store/table-plan.ts';
import { readCatalog, type TableFacts } from '../support/catalog.ts';
import { cloneDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HEADER = `-- Generated from the database's catalog after all migrations; dataset tables stand in their contracts.
-- Renew: node_modules/.bin/node --test-update-snapshots tests/support/run-tests.ts snapshot`;

const database = await cloneDatabase({ after });
const all = await inTransaction(database, readCatalog);
const datasets = new Set(
  [...loadCatalogue([join(ROOT, 'lists')]).contracts.values()].map(
    ({ id, major }) => `lists.${id}_v${major}`,
  ),
);
const ours = all.filter(({ name }) => !datasets.has(name));

/**
 * Tables that a city beyond one machine keeps whole (reference or local on Citus) although they name an enterprise:
 * their key must hold across enterprises.
 */
const KEPT_WHOLE: Readonly<Record<string, string>> = {
  'platform.accounts': 'a login is unique in the node',
  'lists.enterprise_codes': 'a live code belongs to one enterprise of all',
  'lists.review_items': 'a subject waits once, and belongs to nobody yet',
  'lists.enterprise_aliases': 'looked up by the alias',
  'lists.held_releases': 'a ledger by decision and delivery',
  'consent.handles': 'found by the code that a person types',
  'monitoring.messages': 'numbered across enterprises',
  'monitoring.push_deliveries': 'a queue by endpoint',
};

test('the structure is the committed one', (t) => {
  const text = [HEADER, ...ours.map(describeTable)].join('\n\n');
  t.assert.fileSnapshot(text, join(ROOT, 'docs', 'schema.snapshot.sql'), {
    serializers: [(value) => `${String(value)}\n`],
  });
});

test('every dataset table of the lists is there', () => {
  const names = new Set(all.map(({ name }) => name));
  assert.equal(datasets.size, 106);
  assert.deepEqual(
    [...datasets].filter((name) => !names.has(name)),
    [],
  );
});

test('no table has a trigger, an exclusion, or a foreign key but on the enterprise', () => {
  const faults = all.flatMap(({ name, triggers, constraints }) => [
    ...(triggers > 0 ? [`${name}: trigger`] : []),
    ...constraints
      .filter(({ kind, columns }) => kind === 'x' || (kind === 'f' && columns.join() !== 'enterprise_id'))
      .map(({ text }) => `${name}: ${text}`),
  ]);
  assert.deepEqual(faults, []);
});

test('a table of enterprises can be distributed by enterprise', () => {
  const distributed = all.filter((table) => namesEnterprise(table) && !(table.name in KEPT_WHOLE));
  assert.ok(distributed.length > 105, 'hardly any table names an enterprise; the rule looks at nothing');
  assert.deepEqual(distributed.flatMap(distributionFaults), []);
});

test('each exception still names an enterprise', () => {
  const named = new Set(all.filter(namesEnterprise).map(({ name }) => name));
  assert.deepEqual(
    Object.keys(KEPT_WHOLE).filter((name) => !named.has(name)),
    [],
  );
});

test('the rule on distribution finds a table that breaks it', () => {
  const broken: TableFacts = {
    name: 'lists.broken',
    columns: ['id bigint not null', 'enterprise_id bigint not null'],
    constraints: [{ kind: 'p', text: 'PRIMARY KEY (id)', columns: ['id'] }],
    indexes: [{ text: 'unique on (code)', isUnique: true, columns: ['code'] }],
    triggers: 0,
  };
  assert.equal(distributionFaults(broken).length, 2);
});

test('a partitioned dataset table has the shape of the plain one', () => {
  const contract = [...loadCatalogue([join(ROOT, 'lists')]).contracts.values()].find(
    ({ expectedRows }) => expectedRows > 10_000_000,
  );
  assert.ok(contract !== undefined, 'no contract expects more than ten million rows');
  const statements = createStatements(contract, 64);
  assert.match(statements[0] ?? '', /partition by hash \(enterprise_id\)$/);
  assert.equal(statements.filter((text) => text.includes(' partition of ')).length, 64);
  assert.equal(statements.at(-1), createStatements(contract, 1).at(-1));
});

function namesEnterprise({ columns }: TableFacts): boolean {
  return columns.some((column) => column.startsWith('enterprise_id '));
}

/** A distributed table's primary key begins with the enterprise, and nothing in it is unique across enterprises. */
function distributionFaults({ name, constraints, indexes }: TableFacts): string[] {
  const key = constraints.find(({ kind }) => kind === 'p');
  return [
    ...(key?.columns[0] === 'enterprise_id' ? [] : [`${name}: ${key?.text ?? 'no primary key'}`]),
    ...indexes
      .filter(({ isUnique, columns }) => isUnique && !columns.includes('enterprise_id'))
      .map(({ text }) => `${name}: ${text}`),
  ];
}

function describeTable({ name, columns, constraints, indexes }: TableFacts): string {
  const body = [...columns, ...constraints.map(({ text }) => text)].map((line) => `  ${line}`).join(',\n');
  return [`create table ${name} (\n${body}\n);`, ...indexes.map(({ text }) => `${text};`)].join('\n');
}
