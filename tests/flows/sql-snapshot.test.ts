import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction, systemClock, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, loadCatalogue, readDatasets, relation } from '#lists';
import { systemCaller } from '#platform';
import { decide, decidePopulation, loadPolicies } from '#security';
import { publishSql } from '../../src/lists/delivery/publish-sql.ts';
import { createStatements } from '../../src/lists/store/table-plan.ts';
import { cloneDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HEADER = `-- Generated: the statements of lists for one contract, as they are sent.
-- Renew: node_modules/.bin/node --test-update-snapshots tests/support/run-tests.ts snapshot`;
const SHOWN = 'n05_abnormal_list';

const contracts = [...loadCatalogue([join(ROOT, 'lists')]).contracts.values()];
const policies = loadPolicies([join(ROOT, 'policies')]);
const database = await cloneDatabase({ after });

/** Shapes that Citus refuses between distributed tables, or that only PostgreSQL 18 knows. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['MERGE', /\bmerge\s+into\b/i],
  ['a trigger', /\bcreate\s+(or\s+replace\s+)?(constraint\s+)?trigger\b/i],
  ['EXCLUDE', /\bexclude\s+using\b/i],
  ['a foreign key but on the enterprise', /\breferences\s+(?!\S+\s*\(\s*enterprise_id\s*\))[a-z_.]+\s*\(/i],
  ['uuidv7, only in 18', /\buuidv7\s*\(/i],
  ['a virtual generated column, only in 18', /\bgenerated\s+always\s+as\s*\([^)]*\)+\s*virtual\b/i],
  ['WITHOUT OVERLAPS, only in 18', /\bwithout\s+overlaps\b/i],
  ['OLD and NEW in RETURNING, only in 18', /\breturning\s+(with\s*\(|old\.|new\.)/i],
  ['NOT ENFORCED, only in 18', /\bnot\s+enforced\b/i],
];

test('the statements of a delivery and of a read are the committed ones', async (t) => {
  const contract = contracts.find(({ id }) => id === SHOWN);
  assert.ok(contract !== undefined);
  const publication = Object.entries(publishSql(contract)).map(
    ([name, text]) => `-- ${name}\n${text.trim()};`,
  );
  const { read, population } = await inTransaction(database, (tx) => statementsOfReads(tx, contract));
  const text = [
    HEADER,
    ...createStatements(contract, 1).map((statement) => `${statement};`),
    ...publication,
    `-- read of one enterprise\n${read};`,
    `-- relation of a population\n${population};`,
  ].join('\n\n');
  t.assert.fileSnapshot(text, join(ROOT, 'src', 'lists', 'queries.snapshot.sql'), {
    serializers: [(value) => `${String(value)}\n`],
  });
});

test('no statement has a shape that Citus or PostgreSQL 16 refuses', () => {
  const texts = [
    ...contracts.flatMap((contract) => [
      ...createStatements(contract, 64).map((text) => [contract.id, text] as const),
      ...Object.entries(publishSql(contract)).map(
        ([name, text]) => [`${contract.id} ${name}`, text] as const,
      ),
    ]),
    ...globSync(['migrations/*.sql', 'src/**/*.ts'], { cwd: ROOT })
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => [path, withoutComments(readFileSync(join(ROOT, path), 'utf8'))] as const),
  ];
  assert.ok(texts.length > 1_000, `only ${texts.length} statements and files were looked at`);
  assert.deepEqual(
    texts.flatMap(([name, text]) => faultsOf(text).map((fault) => `${name}: ${fault}`)),
    [],
  );
});

test('every refused shape is found where it is planted', () => {
  const planted = [
    'merge into lists.x using staged on true when matched then do nothing',
    'create trigger t before insert on lists.x execute function f()',
    'exclude using gist (period with &&)',
    'delivery_no bigint references lists.deliveries (delivery_no)',
    'select uuidv7()',
    'total bigint generated always as (a + b) virtual',
    'primary key (id, period without overlaps)',
    'update lists.x set a = 1 returning old.a',
    'check (a > 0) not enforced',
  ];
  assert.deepEqual(
    planted.map((text) => faultsOf(text).length),
    REFUSED.map(() => 1),
  );
  assert.deepEqual(faultsOf('enterprise_id bigint references lists.enterprises (enterprise_id)'), []);
  assert.deepEqual(faultsOf('insert into a select * from b on conflict (k) do nothing returning k'), []);
});

function faultsOf(text: string): string[] {
  return REFUSED.filter(([, shape]) => shape.test(text)).map(([name]) => name);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|--.*$/gm, '');
}

/** The texts as they reach the server: the read's is taken from the connection, the relation's is returned. */
async function statementsOfReads(tx: Tx, contract: Contract): Promise<{ read: string; population: string }> {
  const knownAt = new Date('2026-01-01T00:00:00Z');
  const asOf = { knownAt };
  const caller = systemCaller('test');
  await deliverNothing(tx, contract);
  const sent: string[] = [];
  const permit = decide(tx, policies, {
    caller,
    purpose: 'public_report',
    subject: toEnterpriseId('1'),
    contracts: [contract],
    asOf,
  });
  const query = tx.client.query.bind(tx.client);
  Object.assign(tx.client, {
    query: (statement: unknown, ...rest: unknown[]) => {
      if (typeof statement === 'object' && statement !== null && 'text' in statement)
        sent.push(String(statement.text));
      return Reflect.apply(query, tx.client, [statement, ...rest]) as unknown;
    },
  });
  await readDatasets(tx, permit, { contracts: [contract], limit: 10 });
  const populationPermit = decidePopulation(tx, policies, {
    caller,
    purpose: 'quality',
    population: { kind: 'all' },
    contracts: [contract],
    asOf,
    runId: 'snapshot',
  });
  const read = sent.find((text) => text.includes(`lists.${contract.id}_v${contract.major} r`));
  assert.ok(read !== undefined, 'the read was not seen on the connection');
  return { read: read.trim(), population: relation(tx, populationPermit, contract) };
}

/** A dataset that nobody delivered is not asked at all; this one was, and brought nothing. */
async function deliverNothing(tx: Tx, contract: Contract): Promise<void> {
  await tx.rows(
    `insert into lists.deliveries (delivery_id, contract_id, contract_hash, provider, kind, file_name, digest, bytes, state,
       received_by, received_at, known_from, rows, new_rows, changed_rows, unchanged_rows, held_rows, quarantined_rows, duplicate_rows)
     values ('dlv_test', $1, $2, $3, 'records', 'f.csv', 'd', 0, 'published', 'test', $4, '2025-12-31', 0, 0, 0, 0, 0, 0, 0)`,
    [contract.id, contract.hash, contract.provider, systemClock.now()],
  );
}
