import type { Refusal } from '#kernel';
import type { ReaderFacts } from './question.ts';

/**
 * What a decision about one enterprise depended on, without anything that tells one caller or enterprise from another.
 * With the policies of `policyHash` and the contracts of these hashes it can be decided again, to the same answer.
 */
export type DecisionFacts = {
  readonly policyHash: string;
  readonly reader: ReaderFacts;
  readonly contracts: readonly DecidedContract[];
};

export type DecidedContract = {
  readonly id: string;
  /** Of the contract's text; null for facts that no contract file stands behind. */
  readonly hash: string | null;
  readonly own: boolean;
  /** Fields that the consent covered; absent when no consent was asked for. */
  readonly scope?: readonly string[];
  /** Fields that it covered for comparing alone. */
  readonly verifyScope?: readonly string[];
  /** Fields that it covered for computing what is released of them; absent where there are none. */
  readonly computeScope?: readonly string[];
};

/** Refusals that a decision made, with what it was decided on; a refusal leaves with its request, so do the facts. */
const refused = new WeakMap<Refusal, DecisionFacts>();

export function withFacts(refusal: Refusal, facts: DecisionFacts): Refusal {
  refused.set(refusal, facts);
  return refusal;
}

/** Undefined for a refusal that no decision made. */
export function factsOfRefusal(refusal: Refusal): DecisionFacts | undefined {
  return refused.get(refusal);
}
