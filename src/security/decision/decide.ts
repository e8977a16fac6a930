import assert from 'node:assert';
import { assertProof, type EnterpriseId, type Refusal, type Tx } from '#kernel';
import type { Caller } from '../caller.ts';
import type { Purpose } from '../purposes.ts';
import { securityRefusal } from '../security-refusals.ts';
import {
  type AsOf,
  makePermit,
  makePopulationPermit,
  type Permit,
  type PermittedField,
  type Population,
  type PopulationPermit,
  type Readable,
} from './permit.ts';
import { knownRoles, type PolicySet, refuseOnGround } from './policy-set.ts';
import { type ContractFacts, readContract, type ReaderFacts } from './read-contract.ts';

export type PermitRequest = {
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly subject: EnterpriseId;
  /** What the caller wants to read; none when only the subject's accesses are wanted. */
  readonly contracts: readonly ContractFacts[];
  readonly asOf: AsOf;
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
 * The one decision before anything about an enterprise is read. Contracts of which nothing may be read are denied in
 * the Permit; when nothing at all may be read it throws the refusal of the first ground, `policy.<id>`,
 * or `security.nothing_readable`.
 */
export function decide(tx: Tx, policies: PolicySet, request: PermitRequest): Permit {
  const { caller, purpose, subject, contracts, asOf } = request;
  const ownRecord = caller.enterpriseId === subject;
  const reader = readerOf(request, { ownRecord, population: false });
  const reading = readContracts(tx, { policies, caller, reader, contracts });
  const accesses = policies.ask({
    kind: reader.kind,
    roles: reader.roles,
    action: 'list_accesses',
    resource: { type: 'Accesses' },
    context: { purpose, ownRecord, ownContract: false, population: false },
  });
  const { readable } = reading;
  if (contracts.length > 0 && readable.size === 0) throw refusalOf(policies, reading.grounds, purpose);
  if (contracts.length === 0 && !accesses.isAllowed)
    throw refusalOf(policies, groundsOf(accesses.ground), purpose);
  const mayListAccesses = accesses.isAllowed;
  const policyHash = policies.hash;
  return makePermit(tx, { subject, caller, purpose, asOf, policyHash, readable, mayListAccesses });
}

/** The decision before a run over many enterprises; refuses like `decide`. Identifiers of third persons are left out. */
export function decidePopulation(tx: Tx, policies: PolicySet, request: PopulationRequest): PopulationPermit {
  const { caller, purpose, population, contracts, asOf, runId } = request;
  const reader = readerOf(request, { ownRecord: false, population: true });
  const { readable, grounds } = readContracts(tx, { policies, caller, reader, contracts });
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

type Reader = Omit<ReaderFacts, 'ownContract'>;

function readerOf(
  { caller, purpose }: { caller: Caller; purpose: Purpose },
  about: { ownRecord: boolean; population: boolean },
): Reader {
  assertProof(caller, 'Caller');
  return { kind: caller.kind, roles: knownRoles(caller.roles), purpose, ...about };
}

function readContracts(
  tx: Tx,
  asked: { policies: PolicySet; caller: Caller; reader: Reader; contracts: readonly ContractFacts[] },
): { readable: Readable; grounds: readonly string[] } {
  assert(tx.isLive, 'a Permit is made inside a live transaction');
  const readable = new Map<string, readonly PermittedField[]>();
  const grounds: string[] = [];
  const [others, own] = [
    { ...asked.reader, ownContract: false },
    { ...asked.reader, ownContract: true },
  ];
  for (const contract of asked.contracts) {
    const reader = isOwn(asked.caller, contract) ? own : others;
    const reading = readContract(asked.policies, reader, contract);
    if (reading.fields.length > 0) readable.set(contract.id, reading.fields);
    else grounds.push(...reading.grounds);
  }
  return { readable, grounds };
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
