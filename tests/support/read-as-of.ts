import { inTransaction, type Database } from '#kernel';
import { type ListsContext, findEnterprise, readDatasets, readKnownAt } from '#lists';
import { commandLineCaller } from '#platform';
import { decide } from '#security';

/** An answer with the instant it is as of. `text` is everything that was answered, so that two can be compared whole. */
export type Answer = { readonly knownAt: Date; readonly text: string; readonly records: number };

/** Reads one dataset of one enterprise under a Permit, as of `knownAt` or as the node itself chooses. */
export async function readAsOf(
  context: ListsContext,
  { contractId, code, knownAt }: { contractId: string; code: string; knownAt?: Date },
  database: Database = context.database,
): Promise<Answer> {
  return await inTransaction(database, async (tx) => {
    const contract = context.catalogue.contracts.get(contractId);
    if (contract === undefined) throw new TypeError(`no contract ${contractId}`);
    const { enterpriseId } = await findEnterprise(tx, code);
    const at = knownAt ?? (await readKnownAt(tx, [contractId]));
    const permit = decide(tx, context.policies, {
      caller: commandLineCaller('test'),
      purpose: 'public_report',
      subject: enterpriseId,
      contracts: [contract],
      asOf: { knownAt: at },
    });
    const [answer] = await readDatasets(tx, permit, { contracts: [contract], limit: 1_000 });
    const { contract: _, ...rest } = answer ?? { contract };
    return { knownAt: at, text: JSON.stringify(rest), records: answer?.records.length ?? 0 };
  });
}
