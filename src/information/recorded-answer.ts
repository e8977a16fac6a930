import { createHash } from 'node:crypto';
import { canonicalJson, drawBytes, type KeyStore, type Tx } from '#kernel';
import { type Receipt, recordDisclosure, recordLeaf } from '#security';
import type { Asked } from './query/ask.ts';
import type { QueryRequest } from './query/query-shape.ts';

/** What an institution is about to be given, and what its leaf says of it beside who, for what and under which consent. */
export type LeavingAnswer = {
  readonly kind: 'answer' | 'verification';
  readonly request: Pick<QueryRequest, 'application' | 'purpose'>;
  readonly disclosureId: string;
  readonly at: Date;
  /** Contracts whose data are in it. */
  readonly contracts: readonly string[];
  /** Field names by contract, where fewer are in it than the Permit allows. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** Own members of the answer, beside the head that every answer has. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Own members of the leaf; never a value that was asked about. */
  readonly leaf?: Readonly<Record<string, string | number | readonly string[]>>;
};

/**
 * Composes what leaves and records it in the transaction that answers: content → salted digest → leaf → disclosure.
 * Returns the JSON text that is sent, with the receipt as its last member; without it, it is what the digest is over.
 */
export async function recordAnswered(
  tx: Tx,
  keys: KeyStore,
  asked: Asked,
  leaving: LeavingAnswer,
): Promise<string> {
  const content = canonicalJson({
    disclosureId: leaving.disclosureId,
    nonce: drawBytes(16).toString('base64url'),
    ...headOf(asked, leaving.request),
    ...leaving.members,
  });
  const contentDigest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const receipt = await recordParties(tx, keys, asked, { ...leaving, contentDigest });
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

function headOf({ enterprise, admission, consent, permit }: Asked, request: LeavingAnswer['request']) {
  return {
    enterprise: { code: enterprise.code, name: enterprise.name },
    purpose: request.purpose,
    consentId: consent.consentId,
    institution: admission.institutionId,
    branch: admission.branchId,
    platform: admission.platformId,
    operator: admission.operator,
    application: request.application,
    knownAt: permit.asOf.knownAt.toISOString(),
  };
}

/** Leaf and disclosure name the same parties; of the content they have the salted digest alone. */
async function recordParties(
  tx: Tx,
  keys: KeyStore,
  { permit, admission, consent }: Asked,
  leaving: LeavingAnswer & { readonly contentDigest: string },
): Promise<Receipt> {
  const { kind, at, disclosureId, contentDigest, fields } = leaving;
  const contracts = [...leaving.contracts];
  const parties = {
    institution: admission.institutionId,
    branch: admission.branchId,
    ...(admission.platformId !== null && { platform: admission.platformId }),
    operator: admission.operator,
    consentId: consent.consentId,
    application: leaving.request.application,
  };
  const receipt = await recordLeaf(tx, keys, {
    kind,
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      caller: permit.caller.id,
      ...parties,
      purpose: permit.purpose,
      contracts,
      contentDigest,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
      ...leaving.leaf,
    },
  });
  const what = { id: disclosureId, permit, kind, at, contracts, contentDigest, receiptId: receipt.id };
  await recordDisclosure(tx, { ...what, ...parties, ...(fields !== undefined && { fields }) });
  return receipt;
}
