import assert from 'node:assert';
import { assertProof, type EnterpriseId, type Refusal, type Tx } from '#kernel';
import type { Caller } from '../caller.ts';
import type { Admission, Consent } from '../financing.ts';
import type { Purpose } from '../purposes.ts';
import { securityRefusal } from '../security-refusals.ts';
import { withFacts } from './decision-facts.ts';
import { keepFacts } from './keep-facts.ts';
import {
  type AsOf,
  makePermit,
  makePopulationPermit,
  type Permit,
  type PermittedField,
  type Population,
  type PopulationPermit,
} from './permit.ts';
import {
  type Answer,
  type FinancingContext,
  knownRoles,
  type PolicySet,
  refuseOnGround,
} from './policy-set.ts';
import type { ContractFacts, ReaderFacts } from './question.ts';
import { type ContractQuestion, type KeyedReader, keyOfReader, readContract } from './read-contract.ts';

/** Under whose admission and which consent an institution asks; no consent: it named none that exists. */
export type Financing = { readonly admission: Admission; readonly consent: Consent | undefined };

export type PermitRequest = {
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly subject: EnterpriseId;
  /** What the caller wants to read; none when only the subject's accesses are wanted. */
  readonly contracts: readonly ContractFacts[];
  readonly asOf: AsOf;
  /** Required for every purpose of financing. */
  readonly financing?: Financing;
};

export type PopulationRequest = {
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly population: Population;
  readonly contracts: readonly ContractFacts[];
  readonly asOf: AsOf;
  readonly runId: string;
};

/**
 * The one decision before anything about an enterprise is read. Contracts of which nothing may be read or compared are
 * denied in the Permit; when nothing at all may be it throws the refusal of the first ground, `policy.<id>`,
 * or `security.nothing_readable`. States of admission and consent are the policies' to judge.
 */
export function decide(tx: Tx, policies: PolicySet, request: PermitRequest): Permit {
  const { caller, purpose, subject, contracts, asOf } = request;
  const reader = readerOf(request, { ownRecord: caller.enterpriseId === subject, population: false });
  const keyed = { reader, readerKey: keyOfReader(reader) };
  const reading = readContracts(tx, { policies, caller, keyed, contracts, scope: scopeOf(request) });
  const decision = keepFacts(policies, keyed, reading.questions);
  const refuse = (grounds: readonly string[]): Refusal =>
    withFacts(refusalOf(policies, grounds, purpose), decision);
  const accesses = mayListAccesses(policies, reader);
  const { readable, verifiable, computable } = reading;
  const isNothing = readable.size + verifiable.size + computable.size === 0;
  if (contracts.length > 0 && isNothing) throw refuse(reading.grounds);
  if (contracts.length === 0 && !accesses.isAllowed) throw refuse(groundsOf(accesses.ground));
  const fields = { readable, verifiable, computable };
  const facts = { subject, caller, purpose, asOf, policyHash: policies.hash, ...fields, decision };
  return makePermit(tx, { ...facts, mayListAccesses: accesses.isAllowed });
}

function mayListAccesses(policies: PolicySet, { kind, roles, purpose, ownRecord }: ReaderFacts): Answer {
  return policies.ask({
    kind,
    roles,
    action: 'list_accesses',
    resource: { type: 'Accesses' },
    context: { purpose, ownRecord, ownContract: false, population: false },
  });
}

/** The decision before a run over many enterprises; refuses like `decide`. Identifiers of third persons are left out. */
export function decidePopulation(tx: Tx, policies: PolicySet, request: PopulationRequest): PopulationPermit {
  const { caller, purpose, population, contracts, asOf, runId } = request;
  const reader = readerOf(request, { ownRecord: false, population: true });
  const keyed = { reader, readerKey: keyOfReader(reader) };
  const { readable, grounds } = readContracts(tx, { policies, caller, keyed, contracts, scope: noScope });
  if (readable.size === 0) throw refusalOf(policies, grounds, purpose);
  return makePopulationPermit(tx, {
    population,
    runId,
    caller,
    purpose,
    asOf,
    policyHash: policies.hash,
    readable,
  });
}

function readerOf(
  { caller, purpose, ...request }: { caller: Caller; purpose: Purpose } & Partial<PermitRequest>,
  about: { ownRecord: boolean; population: boolean },
): ReaderFacts {
  assertProof(caller, 'Caller');
  const facts = { kind: caller.kind, roles: knownRoles(caller.roles), purpose, ...about };
  const { financing, subject } = request;
  return financing === undefined || subject === undefined
    ? facts
    : { ...facts, financing: financingOf(financing, { subject, purpose }) };
}

/** A consent of someone else, or for someone else, is none: whether there is one is not the asker's to learn. */
function financingOf(
  { admission, consent }: Financing,
  asked: { subject: EnterpriseId; purpose: Purpose },
): Omit<FinancingContext, 'inScope'> {
  assertProof(admission, 'Admission');
  const consentParty = isParty(admission, consent, asked.subject);
  return {
    institutionType: admission.institutionType,
    institution: admission.institutionState,
    viaPlatform: admission.platformId !== null,
    platform: admission.platformState,
    agreement: admission.hasAgreement,
    consent: consentParty ? (consent?.state ?? 'none') : 'none',
    consentParty,
    consentPurpose: consentParty && consent?.purpose === asked.purpose,
    consentRoute:
      consentParty &&
      (admission.platformId === null || consent?.platforms.includes(admission.platformId) === true),
  };
}

function isParty(admission: Admission, consent: Consent | undefined, subject: EnterpriseId): boolean {
  if (consent === undefined) return false;
  assertProof(consent, 'Consent');
  const isOffice = consent.branchId === null || consent.branchId === admission.branchId;
  return consent.enterpriseId === subject && consent.institutionId === admission.institutionId && isOffice;
}

type Scopes = Pick<ContractQuestion, 'scope' | 'verifyScope' | 'computeScope'>;
type ScopeOf = (contractId: string) => Scopes;
const none: ReadonlySet<string> = new Set();
const nothing: Scopes = { scope: none, verifyScope: none, computeScope: none };
const noScope: ScopeOf = () => nothing;

function scopeOf({ financing, subject }: PermitRequest): ScopeOf {
  const { admission, consent } = financing ?? {};
  if (admission === undefined || consent === undefined || !isParty(admission, consent, subject))
    return noScope;
  return (contractId) => ({
    scope: consent.scope.get(contractId) ?? none,
    verifyScope: consent.verifyScope.get(contractId) ?? none,
    computeScope: consent.computeScope.get(contractId) ?? none,
  });
}

type Reading = {
  readonly readable: ReadonlyMap<string, readonly PermittedField[]>;
  readonly verifiable: ReadonlyMap<string, readonly string[]>;
  readonly computable: ReadonlyMap<string, readonly string[]>;
  readonly grounds: readonly string[];
  readonly questions: readonly ContractQuestion[];
};

function readContracts(
  tx: Tx,
  asked: {
    policies: PolicySet;
    caller: Caller;
    keyed: KeyedReader;
    contracts: readonly ContractFacts[];
    scope: ScopeOf;
  },
): Reading {
  assert(tx.isLive, 'a Permit is made inside a live transaction');
  const { policies, caller, keyed } = asked;
  const readable = new Map<string, readonly PermittedField[]>();
  const verifiable = new Map<string, readonly string[]>();
  const computable = new Map<string, readonly string[]>();
  const grounds: string[] = [];
  const questions: ContractQuestion[] = [];
  for (const contract of asked.contracts) {
    const question = { contract, ownContract: isOwn(caller, contract), ...asked.scope(contract.id) };
    const reading = readContract(policies, keyed, question);
    if (reading.fields.length > 0) readable.set(contract.id, reading.fields);
    if (reading.verifiable.length > 0) verifiable.set(contract.id, reading.verifiable);
    if (reading.computable.length > 0) computable.set(contract.id, reading.computable);
    if (reading.fields.length === 0) grounds.push(...reading.grounds);
    questions.push(question);
  }
  return { readable, verifiable, computable, grounds, questions };
}

function isOwn(caller: Caller, contract: ContractFacts): boolean {
  return caller.organisation !== null && caller.organisation === contract.provider;
}

function groundsOf(ground: string | undefined): readonly string[] {
  return ground === undefined ? [] : [ground];
}

/** Of several grounds the one that stands first in the policies: it concerns most. */
function refusalOf(policies: PolicySet, grounds: readonly string[], purpose: Purpose): Refusal {
  const first = [...policies.grounds.keys()].find((ground) => grounds.includes(ground));
  if (first === undefined) return securityRefusal('security.nothing_readable', { purpose });
  return refuseOnGround(policies, first);
}
