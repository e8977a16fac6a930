import { type Database, inTransaction } from '#kernel';
import { proveAdmission } from '#platform';
import { type Caller, type Evidence, readDisclosureParty, readEvidence } from '#security';
import { queryRefusal } from './query-refusals.ts';
import type { QueryContext } from './query-shape.ts';

/**
 * Everything about one disclosure that a court or a supervisor asks an institution for, without its content: digest,
 * receipt with proof, policy hash, contract versions. For the institution it was given to, directly or through its
 * platform; anyone else's is unknown to it. Throws `query.disclosure_unknown`.
 */
export async function readQueryEvidence(
  context: QueryContext & { readonly database: Database },
  asked: { caller: Caller; disclosureId: string; institutionId?: string },
): Promise<Evidence> {
  const { caller, disclosureId, institutionId } = asked;
  const use = { operator: caller.id, ...(institutionId === undefined ? {} : { institutionId }) };
  await inTransaction(context.database, async (tx) => {
    const admission = await proveAdmission(tx, context.clock, caller, use);
    const party = (await readDisclosureParty(tx, [disclosureId])).get(disclosureId);
    const isOwn =
      party?.institution === admission.institutionId &&
      (admission.platformId === null || party.platform === admission.platformId);
    if (!isOwn) throw queryRefusal('query.disclosure_unknown', { id: disclosureId.slice(0, 40) });
  });
  return await readEvidence(context.database, disclosureId);
}
