import { join } from 'node:path';
import {
  type Database,
  type EnterpriseId,
  inTransaction,
  proofMaker,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import { type Catalogue, type Contract, loadCatalogue } from '#lists';
import { type CompiledIndicators, type IndicatorBook, loadIndicators } from '#evaluation';
import { systemCaller } from '#platform';
import {
  type CallerFacts,
  decide,
  decidePopulation,
  loadPolicies,
  type Permit,
  type PolicySet,
  type Population,
  type PopulationPermit,
} from '#security';
import { type Cleanup, cloneDatabase } from '../support/database.ts';

const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const ROOT = join(import.meta.dirname, '..', '..');

export type IndicatorsSetting = {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  readonly book: IndicatorBook;
};

export async function openIndicators(t: Cleanup): Promise<IndicatorsSetting> {
  const catalogue = loadCatalogue([join(ROOT, 'lists')]);
  return {
    database: await cloneDatabase(t),
    catalogue,
    policies: loadPolicies([join(ROOT, 'policies')]),
    book: loadIndicators([join(ROOT, 'models')], catalogue),
  };
}

export async function addEnterprise(
  tx: Tx,
  { madeAt, kind = 'organisation' }: { madeAt: Date; kind?: string },
): Promise<EnterpriseId> {
  const [row] = await tx.rows<{ enterprise_id: string }>(
    `insert into lists.enterprises (standing, kind, made_at) values ('registered', $1, $2) returning enterprise_id`,
    [kind, madeAt],
  );
  return toEnterpriseId(row?.enterprise_id ?? '');
}

/** A published delivery of the contract; returns its number. */
export async function addDelivery(tx: Tx, contract: Contract, knownFrom: Date): Promise<string> {
  const [row] = await tx.rows<{ delivery_no: string }>(
    `insert into lists.deliveries (delivery_id, contract_id, contract_hash, provider, kind, file_name, digest, bytes, state,
       received_by, received_at, known_from, rows, new_rows, changed_rows, unchanged_rows, held_rows, quarantined_rows,
       duplicate_rows)
     values ('dlv_' || gen_random_uuid(), $1, $2, $3, 'records', 'test.csv', gen_random_uuid()::text, 0, 'published',
       'test', $4, $4, 0, 0, 0, 0, 0, 0, 0) returning delivery_no`,
    [contract.id, contract.hash, contract.provider, knownFrom],
  );
  return row?.delivery_no ?? '';
}

export type TestRecord = {
  readonly enterpriseId: string;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly knownFrom: Date;
  readonly knownTo?: Date;
  readonly values: Readonly<Record<string, unknown>>;
};

const BASE = ['enterprise_id', 'delivery_no', 'row_no', 'known_from', 'known_to'];

/** Writes records into the contract's own table, as publishing does, all in one statement. */
export async function addRecords(tx: Tx, contract: Contract, records: readonly TestRecord[]): Promise<void> {
  if (records.length === 0) return;
  const columns = [...new Set(records.flatMap(({ values }) => Object.keys(values)))];
  const rows = records.map((record) => ({
    ...record.values,
    enterprise_id: record.enterpriseId,
    delivery_no: record.deliveryNo,
    row_no: record.rowNo,
    known_from: record.knownFrom,
    known_to: record.knownTo ?? 'infinity',
  }));
  const names = [...BASE, ...columns].join(', ');
  const table = `lists.${contract.id}_v${contract.major}`;
  await tx.rows(
    `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** The Permit of a run over a population. */
export function populationPermit(
  tx: Tx,
  { policies }: IndicatorsSetting,
  asked: { compiled: CompiledIndicators; knownAt: Date; population?: Population },
): PopulationPermit {
  return decidePopulation(tx, policies, {
    caller: systemCaller('evaluation'),
    purpose: 'evaluation',
    population: asked.population ?? { kind: 'all' },
    contracts: asked.compiled.sources.map(({ contract }) => contract),
    asOf: { knownAt: asked.knownAt },
    runId: 'run_test',
  });
}

/** The node's own Permit for one enterprise, or the enterprise's for itself. */
export function ownPermit(
  tx: Tx,
  { policies }: IndicatorsSetting,
  asked: {
    compiled: CompiledIndicators;
    knownAt: Date;
    subject: EnterpriseId;
    purpose: 'evaluation' | 'self';
  },
): Permit {
  const { compiled, knownAt, subject, purpose } = asked;
  const self = proveCaller({
    id: 'acc_self',
    kind: 'enterprise',
    roles: ['legal_representative'],
    organisation: null,
    participantId: null,
    enterpriseId: subject,
  });
  return decide(tx, policies, {
    caller: purpose === 'self' ? self : systemCaller('evaluation'),
    purpose,
    subject,
    contracts: compiled.sources.map(({ contract }) => contract),
    asOf: { knownAt },
  });
}

/** Reads in one snapshot, as a run does. */
export async function inSnapshot<Result>(
  { database }: IndicatorsSetting,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return await inTransaction(database, work, 'snapshot');
}
