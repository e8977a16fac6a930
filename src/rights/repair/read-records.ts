import type { EnterpriseId, Tx } from '#kernel';
import { type Contract, readDatasets, readKnownAt, type RecordVersion } from '#lists';
import { systemCaller } from '#platform';
import { type Caller, decide } from '#security';
import { type RecordFacts } from './definition/check-repair.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import type { RepairContext } from './repair-context.ts';
import { REPAIR_LIMITS } from './repair-limits.ts';

/** A record of the enterprise with the contract that it is of. */
export type OwnRecord = { readonly contract: Contract; readonly version: RecordVersion };

/** Contracts that the rules speak of and the node has. */
export function contractsOf({ catalogue, repairRules }: RepairContext): Contract[] {
  return Object.keys(repairRules.contracts).flatMap((id) => catalogue.contracts.get(id) ?? []);
}

/**
 * The enterprise's records under the rules. As the enterprise itself: those out of use too, with their marks. As the node: only
 * what stands, since nobody is told of the rest.
 */
export async function readOwnRecords(
  tx: Tx,
  context: RepairContext,
  { caller, enterpriseId }: { readonly caller: Caller | 'node'; readonly enterpriseId: EnterpriseId },
): Promise<OwnRecord[]> {
  const contracts = contractsOf(context);
  const isNode = caller === 'node';
  const permit = decide(tx, context.policies, {
    caller: isNode ? systemCaller('repair') : caller,
    purpose: isNode ? 'operate' : 'self',
    subject: enterpriseId,
    contracts,
    asOf: {
      knownAt: await readKnownAt(
        tx,
        contracts.map(({ id }) => id),
      ),
    },
  });
  const limit = REPAIR_LIMITS.recordsPerDatasetMax;
  const answers = await readDatasets(tx, permit, { contracts, limit });
  return answers.flatMap(({ contract, records }) => records.map((version) => ({ contract, version })));
}

export function factsOf({ contract, version }: OwnRecord): RecordFacts {
  return { contract: contract.id, values: version.values };
}

/** Whether a mark has put it out of use already. */
export function isOutOfUse({ version: { marks } }: OwnRecord): boolean {
  return marks.includes('repaired') || marks.includes('annulled') || marks.includes('withheld');
}

/** By its id, or by the number of the decision. Throws `repairs.record_unknown`, also for one that is out of use. */
export function requireRecord(
  { repairRules }: RepairContext,
  records: readonly OwnRecord[],
  asked: {
    readonly contract: string;
    readonly record?: string | undefined;
    readonly document?: string | undefined;
  },
): OwnRecord {
  const documentField = repairRules.contracts[asked.contract]?.document;
  const found = records.find(
    (one) =>
      one.contract.id === asked.contract &&
      !isOutOfUse(one) &&
      (asked.record === undefined
        ? documentField !== undefined &&
          asked.document !== undefined &&
          one.version.values[documentField] === asked.document
        : one.version.recordId === asked.record),
  );
  if (found === undefined) throw repairRefusal('repairs.record_unknown');
  return found;
}

/** The record and its copies in other contracts: those of the same decision. */
export function sameMatter(
  { repairRules }: RepairContext,
  records: readonly OwnRecord[],
  { contract, version }: OwnRecord,
): OwnRecord[] {
  const documentOf = (one: OwnRecord): string | null => {
    const field = repairRules.contracts[one.contract.id]?.document;
    return field === undefined ? null : (one.version.values[field] ?? null);
  };
  const own = documentOf({ contract, version });
  return records.filter(
    (one) =>
      !isOutOfUse(one) &&
      (one.version.recordId === version.recordId || (own !== null && documentOf(one) === own)),
  );
}
