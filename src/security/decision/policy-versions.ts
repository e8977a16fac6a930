import { createHash } from 'node:crypto';
import type { KeyStore, Tx } from '#kernel';
import { recordLeaf } from '../log/record-leaf.ts';
import { securityRefusal } from '../security-refusals.ts';
import type { SecurityTables } from '../tables.ts';
import { reopenPolicies } from './load-policies.ts';
import type { PolicySet } from './policy-set.ts';

/** Keeps the texts of the policies in force, once per hash, with a leaf: from then on decisions name this hash. */
export async function keepPolicies(
  tx: Tx,
  keys: KeyStore,
  { policies, at }: { policies: PolicySet; at: Date },
): Promise<void> {
  const kept = await tx
    .tables<SecurityTables>()
    .insertInto('security.policy_versions')
    .values({ hash: policies.hash, files: JSON.stringify(policies.files), in_force_from: at })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returning('hash')
    .executeTakeFirst();
  if (kept === undefined) return;
  const files = policies.files.map(({ name, text }) => ({
    name,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  await recordLeaf(tx, keys, { kind: 'policy_change', at, body: { hash: policies.hash, files } });
}

/** The policies that this hash names. Throws `security.decision_unknown` when they were never in force here. */
export async function openKeptPolicies(tx: Tx, hash: string): Promise<PolicySet> {
  const row = await tx
    .tables<SecurityTables>()
    .selectFrom('security.policy_versions')
    .select('files')
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) throw securityRefusal('security.decision_unknown', { id: hash.slice(0, 40) });
  return reopenPolicies(row.files);
}
