import type { DecidedContract, DecisionFacts } from './decision-facts.ts';
import type { PolicySet } from './policy-set.ts';
import type { ReaderFacts } from './question.ts';
import { type ContractQuestion, type KeyedReader, keyOfScope } from './read-contract.ts';

type Kept = Map<string, DecisionFacts>;
const kept = new WeakMap<PolicySet, Kept>();
/** They differ by consent scope, of which institutions use a few. */
const KEPT_MAX = 2_000;

/** The facts of a decision; the same facts are the same object, so that their text and hash are made once. */
export function keepFacts(
  policies: PolicySet,
  { reader, readerKey }: KeyedReader,
  questions: readonly ContractQuestion[],
): DecisionFacts {
  const ofSet: Kept = kept.get(policies) ?? new Map();
  kept.set(policies, ofSet);
  const key = [readerKey, ...questions.map(keyOfQuestion)].join('|');
  const known = ofSet.get(key);
  if (known !== undefined) return known;
  const contracts = questions.map((question) => decidedOf(reader, question));
  const facts = Object.freeze({ policyHash: policies.hash, reader, contracts });
  if (ofSet.size >= KEPT_MAX) ofSet.clear();
  ofSet.set(key, facts);
  return facts;
}

function keyOfQuestion({
  contract,
  ownContract,
  scope,
  verifyScope,
  computeScope,
}: ContractQuestion): string {
  const scopes = [scope, verifyScope, computeScope].map(keyOfScope);
  return [contract.id, contract.hash, ownContract, ...scopes].join();
}

function decidedOf(
  { financing }: ReaderFacts,
  { contract, ownContract, scope, verifyScope, computeScope }: ContractQuestion,
): DecidedContract {
  const decided = { id: contract.id, hash: contract.hash ?? null, own: ownContract };
  if (financing === undefined) return decided;
  const scopes = { scope: [...scope], verifyScope: [...verifyScope] };
  return computeScope.size === 0
    ? { ...decided, ...scopes }
    : { ...decided, ...scopes, computeScope: [...computeScope] };
}
