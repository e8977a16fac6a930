import type { EnterpriseId, RefusalText, Tx } from '#kernel';
import { securityRefusal } from '../security-refusals.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { PolicySet } from './policy-set.ts';
import type { ContractFacts } from './question.ts';
import { explainFields, type FieldAnswer } from './read-contract.ts';

/** A decision as it stands on record: what it was made on, for whom, and what came of it. */
export type KeptDecision = {
  readonly id: string;
  readonly at: Date;
  readonly subject: EnterpriseId | null;
  /** `policy.<ground>` or another code; null: it was allowed. */
  readonly refusedWith: string | null;
  readonly facts: DecisionFacts;
};

export type ExplainedField = FieldAnswer & { readonly text: RefusalText | undefined };
export type Explanation = {
  readonly contractId: string;
  readonly fields: readonly ExplainedField[];
};

/** By the number of a disclosure, or of the receipt of a refusal. Throws `security.decision_unknown`. */
export async function readDecision(tx: Tx, id: string): Promise<KeptDecision> {
  const [row] = await tx.rows<DecisionRow>(id.startsWith('dsc_') ? OF_DISCLOSURE : OF_REFUSAL, [id]);
  if (row === undefined || row.facts === null) {
    throw securityRefusal('security.decision_unknown', { id: id.slice(0, 40) });
  }
  return { id, at: row.at, subject: row.subject, refusedWith: row.code, facts: row.facts };
}

type DecisionRow = {
  at: Date;
  subject: EnterpriseId | null;
  code: string | null;
  facts: DecisionFacts | null;
};

const OF_DISCLOSURE = `
  select d.at, d.enterprise_id as subject, null as code, f.facts
  from security.disclosures d left join security.decision_facts f using (facts_hash)
  where d.disclosure_id = $1`;

const OF_REFUSAL = `
  select r.at, b.subject_id as subject, b.body::jsonb ->> 'code' as code, b.body::jsonb -> 'decision' as facts
  from security.receipts r join security.leaf_bodies b using (receipt_id)
  where r.receipt_id = $1 and r.kind = 'refusal'`;

/**
 * Makes the decision again, field by field, under the policies and contracts it was made under. Nothing is read of
 * the enterprise: a decision depends on facts alone.
 */
export function explainDecision(
  policies: PolicySet,
  facts: DecisionFacts,
  contracts: readonly ContractFacts[],
): Explanation[] {
  return contracts.map((contract) => {
    const decided = facts.contracts.find(({ id }) => id === contract.id);
    const question = {
      contract,
      ownContract: decided?.own ?? false,
      scope: new Set(decided?.scope ?? []),
      verifyScope: new Set(decided?.verifyScope ?? []),
      computeScope: new Set(decided?.computeScope ?? []),
    };
    const fields = explainFields(policies, facts.reader, question).map((answer) => ({
      ...answer,
      text: answer.ground === undefined ? undefined : policies.grounds.get(answer.ground),
    }));
    return { contractId: contract.id, fields };
  });
}
