import { proveConsent } from '#consent';
import type { Tx } from '#kernel';
import { type Contract, type EnterpriseIdentity, findEnterprise, readMoment } from '#lists';
import { proveAdmission } from '#platform';
import {
  type Admission,
  type AsOf,
  type Caller,
  type Consent,
  decide,
  type FinancingPurpose,
  type Permit,
} from '#security';
import { type PortraitContext } from './portrait-context.ts';
import { compileOnce, portraitIndicators } from './portrait-indicators.ts';

/** In whose name and under which consent an institution asks. */
export type PortraitUse = {
  readonly consentId: string;
  readonly purpose: FinancingPurpose;
  readonly application: string;
  readonly operator: string;
  readonly branchId?: string;
  readonly institutionId?: string;
};

export type PortraitRequest = {
  readonly caller: Caller;
  /** Any code of the enterprise. */
  readonly code: string;
  /** Month ends looked back to, this month's running days beside them. */
  readonly months: number;
  /** Present exactly when an institution asks. */
  readonly use?: PortraitUse;
};

/** Proofs of one transaction, and the Permits that they give at any instant of the past. */
export type AskedPortrait = {
  readonly enterprise: EnterpriseIdentity;
  readonly contracts: readonly Contract[];
  readonly permit: Permit;
  readonly isSynthetic: boolean;
  readonly financing: { readonly admission: Admission; readonly consent: Consent } | undefined;
  permitAsOf(asOf: AsOf): Permit;
};

/** Who and what a refusal is about, filled in as it becomes known. */
export type KnownOfPortrait = {
  enterprise?: EnterpriseIdentity;
  admission?: Admission;
  contracts?: readonly string[];
};

/** The datasets that a portrait looks at: those of its indicators, and those that relations come from. */
export const RELATION_CONTRACTS = ['n01_registration', 'n03_shareholders'] as const;

/**
 * The right to a portrait, in named steps: enterprise → admission → consent → decision. The enterprise asks for itself, an
 * institution under a consent, the node in its duty; the policy says who may and what of it.
 */
export async function askPortrait(
  tx: Tx,
  context: PortraitContext,
  request: PortraitRequest,
  known: KnownOfPortrait,
): Promise<AskedPortrait> {
  const { caller, use } = request;
  const contracts = contractsOf(context);
  known.contracts = contracts.map(({ id }) => id);
  const enterprise = await findEnterprise(tx, request.code);
  known.enterprise = enterprise;
  const subject = enterprise.enterpriseId;
  const financing = use && (await prove(tx, context, { caller, use, enterprise, known }));
  const moment = await readMoment(tx, known.contracts);
  const purpose = use?.purpose ?? (caller.kind === 'enterprise' ? 'self' : 'evaluation');
  const permitAsOf = (asOf: AsOf): Permit =>
    decide(tx, context.policies, {
      caller,
      purpose,
      subject,
      contracts,
      asOf,
      ...(financing && { financing }),
    });
  const permit = permitAsOf({ knownAt: moment.knownAt });
  const base = { enterprise, contracts, permit, isSynthetic: moment.isSynthetic, permitAsOf };
  if (financing === undefined) return { ...base, financing: undefined };
  const { admission, consent } = financing;
  if (consent === undefined)
    throw new TypeError('the policy lets nobody ask for financing without a consent');
  return { ...base, financing: { admission, consent } };
}

type Proving = {
  readonly caller: Caller;
  readonly use: PortraitUse;
  readonly enterprise: EnterpriseIdentity;
  readonly known: KnownOfPortrait;
};

async function prove(tx: Tx, { clock }: PortraitContext, { caller, use, enterprise, known }: Proving) {
  const { operator, branchId, institutionId, consentId } = use;
  const admission = await proveAdmission(tx, clock, caller, {
    operator,
    ...(branchId !== undefined && { branchId }),
    ...(institutionId !== undefined && { institutionId }),
  });
  known.admission = admission;
  const { enterpriseId } = enterprise;
  const consent = await proveConsent(tx, clock, { consentId, enterpriseId });
  return { admission, consent };
}

function contractsOf({ book, catalogue }: PortraitContext): Contract[] {
  const { sources } = compileOnce(book, portraitIndicators(book));
  const others = RELATION_CONTRACTS.flatMap((id) => catalogue.contracts.get(id) ?? []);
  const all = new Map([...others, ...sources.map(({ contract }) => contract)].map((one) => [one.id, one]));
  return [...all.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
