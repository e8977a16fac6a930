import type { Tx } from '#kernel';
import { newDisclosureId, type Permit, type Receipt, recordDisclosure, recordLeaf } from '#security';
import type { SelfContext } from '../self-context.ts';

export type OwnRead = { readonly disclosureId: string; readonly receipt: Receipt; readonly at: Date };

/** The leaf of what the enterprise is about to be given, and the name of the disclosure that `discloseOwn` will write. */
export async function recordOwnRead(
  tx: Tx,
  { keys, clock }: SelfContext,
  { permit, what, more }: { permit: Permit; what: string; more: Readonly<Record<string, unknown>> },
): Promise<OwnRead> {
  const at = clock.now();
  const disclosureId = newDisclosureId(at);
  const receipt = await recordLeaf(tx, keys, {
    kind: 'export',
    at,
    subject: permit.subject,
    body: {
      ...more,
      disclosure: disclosureId,
      what,
      caller: permit.caller.id,
      purpose: permit.purpose,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
    },
  });
  return { disclosureId, receipt, at };
}

/** `digest` in hex, SHA-256 over the bytes that leave. */
export async function discloseOwn(
  tx: Tx,
  read: OwnRead,
  { permit, contracts, digest }: { permit: Permit; contracts: readonly string[]; digest: string },
): Promise<void> {
  await recordDisclosure(tx, {
    id: read.disclosureId,
    permit,
    kind: 'export',
    contracts,
    contentDigest: `sha256:${digest}`,
    receiptId: read.receipt.id,
    at: read.at,
  });
}
