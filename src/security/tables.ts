import type { Generated, JSONColumnType } from 'kysely';

export type PolicyFile = { readonly name: string; readonly text: string };

/** Tables that security owns; no other module names them. `bigint` columns arrive as text. */
export type SecurityTables = {
  'security.disclosures': {
    enterprise_id: string;
    disclosure_id: string;
    kind: string;
    contracts: string[];
    fields: JSONColumnType<Record<string, readonly string[]>> | null;
    as_of: Date;
    known_at: Date;
    institution: string | null;
    branch: string | null;
    platform: string | null;
    consent_id: string | null;
    application: string | null;
    facts_hash: string | null;
    operator: string;
    purpose: string;
    policy_hash: string;
    content_digest: string;
    receipt_id: string;
    at: Date;
  };
  'security.policy_versions': { hash: string; files: JSONColumnType<PolicyFile[]>; in_force_from: Date };
  'security.receipts': {
    receipt_id: string;
    kind: string;
    leaf: Buffer;
    at: Date;
    promise_ms: number;
    suite: string;
    kid: string;
    signature: Buffer | null;
    group_id: string | null;
  };
  'security.receipt_groups': { group_id: string; signature: Buffer; hashes: Buffer };
  'security.leaf_bodies': { receipt_id: string; subject_id: string | null; salt: Buffer; body: string };
  'security.leaf_outbox': { leaf_no: Generated<string>; receipt_id: string; leaf_hash: Buffer; at: Date };
  'security.log_entries': { entry_index: string; receipt_id: string };
  'security.log_tiles': { level: number; tile_index: string; hashes: Buffer };
  'security.log_checkpoints': { tree_size: string; note: string };
};
