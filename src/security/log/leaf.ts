import { canonicalJson } from '#kernel';
import { hashLeaf } from './verifier/hashes.ts';
import { commitTo, leafText } from './verifier/receipt.ts';

/**
 * A leaf says that something of this kind happened at this time, and commits to what it was:
 *
 *   leaf       = RFC 8785 form of {v: 1, kind, at, commitment}
 *   commitment = SHA-256(salt ‖ RFC 8785 form of the body), hex; salt of 32 random bytes per leaf
 *   leafHash   = SHA-256(0x00 ‖ leaf)                                        (RFC 6962 2.1)
 *
 * Body and salt stand beside the tree. Whoever holds both can show what was recorded; when a lawful deletion
 * has removed them the commitment says nothing, since nobody can try bodies against an unknown salt.
 */
export const LEAF_KINDS = [
  'consent_granted',
  'consent_changed',
  'consent_ended',
  'intent',
  'answer',
  'verification',
  'refusal',
  'report',
  'export',
  'delivery',
  'evaluation_run',
  'monitoring_run',
  'push',
  'push_receipt',
  'correction',
  'objection_decision',
  'repair_decision',
  'filing',
  'pledge',
  'outcome_batch',
  'admission',
  'definition_change',
  'policy_change',
  'administrative_act',
] as const;

/** Wire contract: kinds are added, never renamed. */
export type LeafKind = (typeof LEAF_KINDS)[number];

/** Plain JSON: ids, codes, counts and digests. Answers and field values stay out; their digest goes in. */
export type LeafBody = Readonly<Record<string, unknown>>;

export type Leaf = {
  readonly kind: LeafKind;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly body: string;
  readonly salt: Buffer;
  readonly bytes: Buffer;
  readonly hash: Buffer;
};

/** What `makeLeaf` is made of; the salt is fresh chance of `SALT_BYTES`, used for this leaf alone. */
export type LeafParts = { readonly kind: LeafKind; readonly at: Date; readonly body: LeafBody };

export const SALT_BYTES = 32;

export function makeLeaf({ kind, at, body }: LeafParts, salt: Buffer): Leaf {
  const [text, time] = [canonicalJson(body), at.toISOString()];
  const bytes = Buffer.from(leafText(kind, time, commitTo(salt, text)));
  return { kind, at: time, body: text, salt, bytes, hash: hashLeaf(bytes) };
}
