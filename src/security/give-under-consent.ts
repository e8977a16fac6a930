import { hash } from 'node:crypto';
import { assertProof, canonicalJson, drawBytes, type KeyStore, type Tx } from '#kernel';
import type { Permit } from './decision/permit.ts';
import { recordDisclosure } from './disclosures.ts';
import type { Admission, Consent } from './financing.ts';
import type { LeafKind } from './log/leaf.ts';
import { type Receipt, recordLeaf } from './log/record-leaf.ts';
import type { FinancingPurpose } from './purposes.ts';

/** The leaf of each kind of disclosure that an institution is given under a consent. */
const LEAF_OF = { answer: 'answer', verification: 'verification', score: 'evaluation_run' } as const;

/** What an institution is about to be given, and what its leaf says of it beside who, for what and under which consent. */
export type Given = {
  readonly kind: keyof typeof LEAF_OF;
  readonly permit: Permit;
  readonly admission: Admission;
  readonly consent: Consent;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  /** The institution's own number of the application it is for. */
  readonly application: string;
  readonly disclosureId: string;
  readonly at: Date;
  /** Contracts whose data are in it. */
  readonly contracts: readonly string[];
  /** Field names by contract, where fewer are in it than the Permit allows. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** Own members of the content, beside the head that everything so given has. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Own members of the leaf; never a value that was asked about. */
  readonly leaf?: Readonly<Record<string, string | number | readonly string[]>>;
};

/** What everything that is given under a consent says first, and its receipt last. */
export type GivenHead = {
  readonly disclosureId: string;
  /** Salts the digest on record, so that nobody can try contents against it. */
  readonly nonce: string;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly purpose: FinancingPurpose;
  readonly consentId: string;
  readonly institution: string;
  readonly branch: string;
  readonly platform: string | null;
  readonly operator: string;
  readonly application: string;
  readonly knownAt: string;
  readonly receipt: Receipt;
};

/**
 * Composes what leaves and records it in the transaction that answers: content → salted digest → leaf → disclosure.
 * Returns the JSON text that is sent, with the receipt as its last member; without it, it is what the digest is over.
 */
export async function giveUnderConsent(tx: Tx, keys: KeyStore, given: Given): Promise<string> {
  assertProof(given.admission, 'Admission');
  assertProof(given.consent, 'Consent');
  const content = canonicalJson({
    disclosureId: given.disclosureId,
    nonce: drawBytes(16).toString('base64url'),
    ...headOf(given),
    ...given.members,
  });
  const contentDigest = `sha256:${hash('sha256', content)}`;
  const receipt = await record(tx, keys, given, contentDigest);
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

function headOf({ enterprise, admission, consent, permit, application }: Given) {
  return {
    enterprise: { code: enterprise.code, name: enterprise.name },
    purpose: permit.purpose,
    consentId: consent.consentId,
    institution: admission.institutionId,
    branch: admission.branchId,
    platform: admission.platformId,
    operator: admission.operator,
    application,
    knownAt: permit.asOf.knownAt.toISOString(),
  };
}

/** Leaf and disclosure name the same parties; of the content they have the salted digest alone. */
async function record(tx: Tx, keys: KeyStore, given: Given, contentDigest: string): Promise<Receipt> {
  const { kind, permit, admission, consent, application, disclosureId, at, fields } = given;
  const contracts = [...given.contracts];
  const parties = {
    institution: admission.institutionId,
    branch: admission.branchId,
    ...(admission.platformId !== null && { platform: admission.platformId }),
    operator: admission.operator,
    consentId: consent.consentId,
    application,
  };
  const leafKind: LeafKind = LEAF_OF[kind];
  const receipt = await recordLeaf(tx, keys, {
    kind: leafKind,
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
      ...given.leaf,
    },
  });
  const what = { id: disclosureId, permit, kind, at, contracts, contentDigest, receiptId: receipt.id };
  await recordDisclosure(tx, { ...what, ...parties, ...(fields !== undefined && { fields }) });
  return receipt;
}
