import { type Database, inTransaction } from '#kernel';
import type { DecisionFacts } from './decision/decision-facts.ts';
import { readReceipt, type ReceiptProof } from './log/read-receipt.ts';
import { securityRefusal } from './security-refusals.ts';

/** What proves one disclosure without its content: digest, the leaf with its proof, and what was decided on. */
export type Evidence = {
  readonly disclosureId: string;
  readonly at: Date;
  readonly kind: string;
  readonly purpose: string;
  readonly institution: string | null;
  readonly branch: string | null;
  readonly platform: string | null;
  readonly operator: string;
  readonly consentId: string | null;
  readonly application: string | null;
  readonly knownAt: Date;
  readonly contentDigest: string;
  readonly policyHash: string;
  /** Each contract with the hash of the text in force then. */
  readonly contracts: readonly { readonly id: string; readonly hash: string | null }[];
  /** The body and salt of the leaf: with them its hash can be computed. Absent after a lawful deletion. */
  readonly opened: { readonly body: string; readonly salt: string } | undefined;
  readonly proof: ReceiptProof;
};

/** The caller has shown that the disclosure is theirs. Throws `security.decision_unknown`. */
export async function readEvidence(database: Database, disclosureId: string): Promise<Evidence> {
  const row = await inTransaction(database, async (tx) => (await tx.rows<Row>(EVIDENCE, [disclosureId]))[0]);
  if (row === undefined)
    throw securityRefusal('security.decision_unknown', { id: disclosureId.slice(0, 40) });
  const decided = new Map(row.facts?.contracts.map(({ id, hash }) => [id, hash]));
  return {
    disclosureId,
    at: row.at,
    kind: row.kind,
    purpose: row.purpose,
    institution: row.institution,
    branch: row.branch,
    platform: row.platform,
    operator: row.operator,
    consentId: row.consent_id,
    application: row.application,
    knownAt: row.known_at,
    contentDigest: row.content_digest,
    policyHash: row.policy_hash,
    contracts: row.contracts.map((id) => ({ id, hash: decided.get(id) ?? null })),
    opened:
      row.body === null ? undefined : { body: row.body, salt: (row.salt ?? Buffer.alloc(0)).toString('hex') },
    proof: await readReceipt(database, row.receipt_id),
  };
}

type Row = {
  at: Date;
  kind: string;
  purpose: string;
  institution: string | null;
  branch: string | null;
  platform: string | null;
  operator: string;
  consent_id: string | null;
  application: string | null;
  known_at: Date;
  content_digest: string;
  policy_hash: string;
  contracts: string[];
  facts: DecisionFacts | null;
  receipt_id: string;
  body: string | null;
  salt: Buffer | null;
};

const EVIDENCE = `
  select d.at, d.kind, d.purpose, d.institution, d.branch, d.platform, d.operator, d.consent_id, d.application,
    d.known_at, d.content_digest, d.policy_hash, d.contracts, f.facts, d.receipt_id, b.body, b.salt
  from security.disclosures d
  left join security.decision_facts f using (facts_hash)
  left join security.leaf_bodies b using (receipt_id)
  where d.disclosure_id = $1`;
