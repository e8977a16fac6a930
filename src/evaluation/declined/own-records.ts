import type { Clock, EnterpriseId, KeyStore, Tx } from '#kernel';
import {
  type Catalogue,
  type Contract,
  findEnterprise,
  readDatasets,
  readKnownAt,
  readMarkedSince,
  type RecordVersion,
} from '#lists';
import { type Caller, decide, type Permit, type PolicySet } from '#security';
import { isPositive, type PositiveDataset, type PositiveRecords } from './positive-records.ts';

/** What declining works with. */
export type DeclinedContext = {
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly catalogue: Pick<Catalogue, 'contracts' | 'codeTables'>;
  readonly positive: PositiveRecords;
};

/** Whose records: the caller's own enterprise, by any code of it. */
export type OwnAsk = { readonly caller: Caller; readonly code: string };

/** Far more honours than one enterprise has; the rest is counted. */
const DECLINED_LIMITS = Object.freeze({ recordsPerDatasetMax: 500 });

/** A record of a positive dataset as its enterprise has it now. */
export type OwnRecord = {
  readonly dataset: PositiveDataset;
  readonly contract: Contract;
  readonly record: RecordVersion;
  readonly isPositive: boolean;
  /** Null: others read it. */
  readonly declinedSince: Date | null;
};

export type OwnRecords = {
  readonly enterpriseId: EnterpriseId;
  readonly permit: Permit;
  /** Every dataset that was read, whether it has records of the enterprise or not. */
  readonly contracts: readonly Contract[];
  readonly records: readonly OwnRecord[];
  /** More than are given, by dataset. */
  readonly isComplete: boolean;
};

/** Reads the enterprise's own records of the positive datasets, declined ones among them, latest first by dataset. */
export async function readOwnPositive(
  tx: Tx,
  { policies, catalogue, positive }: DeclinedContext,
  { caller, code }: OwnAsk,
): Promise<OwnRecords> {
  const contracts = [...positive.datasets.keys()].flatMap((id) => catalogue.contracts.get(id) ?? []);
  const ids = contracts.map(({ id }) => id);
  const { enterpriseId } = await findEnterprise(tx, code);
  const permit = decide(tx, policies, {
    caller,
    purpose: 'self',
    subject: enterpriseId,
    contracts,
    asOf: { knownAt: await readKnownAt(tx, ids) },
  });
  const answers = await readDatasets(tx, permit, { contracts, limit: DECLINED_LIMITS.recordsPerDatasetMax });
  const declined = await readMarkedSince(tx, permit, 'declined');
  const records = answers.flatMap(({ contract, records: own }) => {
    const dataset = positive.datasets.get(contract.id);
    if (dataset === undefined) return [];
    return own.map((record) => ({
      dataset,
      contract,
      record,
      isPositive: isPositive(dataset, record),
      declinedSince: declined.get(record.recordId) ?? null,
    }));
  });
  const isComplete = answers.every(({ records: own, totalRecords }) => totalRecords === own.length);
  return { enterpriseId, permit, contracts, records, isComplete };
}
