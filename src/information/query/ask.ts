import { proveConsent } from '#consent';
import { startAll, type Tx } from '#kernel';
import { type Contract, type EnterpriseIdentity, findEnterprise, type Moment, readMoment } from '#lists';
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

/** What is looked up first, whatever comes of it. */
type LookedUp = readonly [
  Promise<EnterpriseIdentity>,
  Promise<Admission>,
  Promise<Consent | undefined>,
  Promise<Moment>,
];

/** Starts looking up, so that it travels with what else the transaction begins with. */
export function lookUp(tx: Tx, context: QueryContext, request: QueryRequest): LookedUp {
  return startAll(
    findEnterprise(tx, request.enterprise),
    proveAdmission(tx, context.clock, request.caller, useOf(request)),
    proveConsent(tx, context.clock, consentOf(request)),
    readMoment(tx, request.contracts),
  );
}

/**
 * The right to ask, in named steps: enterprise → admission → consent → decision. Each returns a proof or throws one
 * refusal. Called again in the transaction of the answer, so that a revocation meanwhile holds; of a repeat the
 * use that the first answer counted is not held against it.
 */
export async function askRight(
  tx: Tx,
  context: QueryContext,
  request: QueryRequest,
  { known, lookedUp = lookUp(tx, context, request) }: { known: Known; lookedUp?: LookedUp },
): Promise<Asked> {
  const contracts = requireContracts(context, request.contracts);
  const [finding, admitting, consenting, reading] = lookedUp;
  const enterprise = await finding;
  known.enterprise = enterprise;
  const admission = await admitting;
  known.admission = admission;
  const { enterpriseId } = enterprise;
  const found = await consenting;
  // Kept under an enterprise that was merged into this one since, or of another, which is like none.
  const consent =
    found?.enterpriseId === enterpriseId
      ? found
      : await proveConsent(tx, context.clock, { ...consentOf(request), enterpriseId });
  const { knownAt, isSynthetic } = await reading;
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

function consentOf({ consentId, isRepeat = false }: QueryRequest) {
  return { consentId, isRepeat };
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
