import { proveConsent } from '#consent';
import type { Tx } from '#kernel';
import { type Contract, type EnterpriseIdentity, findEnterprise, readMoment } from '#lists';
import { proveAdmission } from '#platform';
import { type Admission, type Consent, decide, type Permit } from '#security';
import { queryRefusal } from './query-refusals.ts';
import type { QueryContext, QueryRequest } from './query-shape.ts';

/** What the first step found: proofs of this transaction, and the Permit they gave. */
export type Asked = {
  readonly enterprise: EnterpriseIdentity;
  readonly admission: Admission;
  readonly consent: Consent;
  readonly contracts: readonly Contract[];
  readonly permit: Permit;
  /** Whether any synthetic delivery is in this node, which an answer says. */
  readonly isSynthetic: boolean;
};

/** Who and what a refusal is about, filled in as it becomes known. */
export type Known = { enterprise?: EnterpriseIdentity; admission?: Admission };

/**
 * The right to ask, in named steps: enterprise → admission → consent → decision. Each returns a proof or throws one
 * refusal. Called again in the transaction of the answer, so that a revocation meanwhile holds; of a repeat the
 * use that the first answer counted is not held against it.
 */
export async function askRight(
  tx: Tx,
  context: QueryContext,
  request: QueryRequest,
  known: Known,
): Promise<Asked> {
  const contracts = requireContracts(context, request.contracts);
  const enterprise = await findEnterprise(tx, request.enterprise);
  known.enterprise = enterprise;
  const admission = await proveAdmission(tx, context.clock, request.caller, useOf(request));
  known.admission = admission;
  const { enterpriseId } = enterprise;
  const consent = await proveConsent(tx, context.clock, {
    consentId: request.consentId,
    enterpriseId,
    isRepeat: request.isRepeat ?? false,
  });
  const { knownAt, isSynthetic } = await readMoment(
    tx,
    contracts.map(({ id }) => id),
  );
  const permit = decide(tx, context.policies, {
    caller: request.caller,
    purpose: request.purpose,
    subject: enterpriseId,
    contracts,
    asOf: { knownAt },
    financing: { admission, consent },
  });
  if (consent === undefined)
    throw new TypeError('the policy lets nobody ask for financing without a consent');
  return { enterprise, admission, consent, contracts, permit, isSynthetic };
}

function useOf({ operator, branchId, institutionId }: QueryRequest) {
  return {
    operator,
    ...(branchId === undefined ? {} : { branchId }),
    ...(institutionId === undefined ? {} : { institutionId }),
  };
}

/** In the order asked for, each once. Throws `query.contract_unknown`. */
export function requireContracts({ lists }: QueryContext, ids: readonly string[]): Contract[] {
  return [...new Set(ids)].map((id) => {
    const contract = lists.catalogue.contracts.get(id);
    if (contract === undefined) throw queryRefusal('query.contract_unknown', { contract: id.slice(0, 60) });
    return contract;
  });
}
