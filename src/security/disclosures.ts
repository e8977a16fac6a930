import assert from 'node:assert';
import { type EnterpriseId, newId, type Tx } from '#kernel';
import type { Permit } from './decision/permit.ts';
import { securityRefusal } from './security-refusals.ts';
import type { SecurityTables } from './tables.ts';

/** What left or was derived; closed. */
export type DisclosureKind = 'answer' | 'report' | 'export' | 'score' | 'whitelist_entry' | 'alert';

export type DisclosureFacts = {
  readonly permit: Permit;
  readonly kind: DisclosureKind;
  /** Contracts whose data are in it, also those of which it says that there are no data. */
  readonly contracts: readonly string[];
  /** Field names by contract, where fewer left than the Permit allows. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** The instant asked about; the Permit's known-at unless given. */
  readonly asOf?: Date;
  readonly institution?: string;
  readonly platform?: string;
  /** Suite and hex over the bytes that left, `sha256:…`; the bytes themselves are not kept here. */
  readonly contentDigest: string;
  /** The leaf that commits together with it. */
  readonly receiptId: string;
  readonly at: Date;
  /** Given when the leaf's body names the disclosure, see `newDisclosureId`. */
  readonly id?: string;
};

/** The id of a disclosure that is about to be recorded. */
export function newDisclosureId(at: Date): string {
  return newId('dsc', at);
}

/**
 * Records what leaves, in the transaction of the read and before anything is sent. Returns its id, to which
 * objections, outcomes and recalls refer.
 */
export async function recordDisclosure(tx: Tx, facts: DisclosureFacts): Promise<string> {
  const { permit, kind, contracts, contentDigest, receiptId, at } = facts;
  permit.assertUsable(tx);
  const id = facts.id ?? newDisclosureId(at);
  assertPermitted(permit, facts.fields);
  await tx
    .tables<SecurityTables>()
    .insertInto('security.disclosures')
    .values({
      enterprise_id: permit.subject,
      disclosure_id: id,
      kind,
      contracts: [...contracts],
      fields: facts.fields === undefined ? null : JSON.stringify(facts.fields),
      as_of: facts.asOf ?? permit.asOf.knownAt,
      known_at: permit.asOf.knownAt,
      institution: facts.institution ?? null,
      platform: facts.platform ?? null,
      operator: permit.caller.id,
      purpose: permit.purpose,
      policy_hash: permit.policyHash,
      content_digest: contentDigest,
      receipt_id: receiptId,
      at,
    })
    .execute();
  return id;
}

export type Access = {
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  readonly purpose: string;
  readonly operator: string;
  readonly institution: string | null;
  readonly platform: string | null;
  readonly contracts: readonly string[];
  readonly asOf: Date;
  readonly knownAt: Date;
  readonly policyHash: string;
  readonly contentDigest: string;
  readonly receiptId: string;
};

export type AccessPage = {
  /** At most this many, newest first. */
  readonly limit: number;
  /** Continue below this disclosure. */
  readonly before?: string;
};

/** Who learnt what of the Permit's subject. Throws the refusal when the Permit does not include it. */
export async function listAccesses(
  tx: Tx,
  permit: Permit,
  page: AccessPage = { limit: 200 },
): Promise<Access[]> {
  permit.assertUsable(tx);
  if (!permit.mayListAccesses) throw securityRefusal('security.not_permitted', { action: 'list_accesses' });
  const rows = await selectAccesses(tx, permit.subject, page);
  return rows.map((row) => ({
    id: row.disclosure_id,
    at: row.at,
    kind: row.kind,
    purpose: row.purpose,
    operator: row.operator,
    institution: row.institution,
    platform: row.platform,
    contracts: row.contracts,
    asOf: row.as_of,
    knownAt: row.known_at,
    policyHash: row.policy_hash,
    contentDigest: row.content_digest,
    receiptId: row.receipt_id,
  }));
}

type AccessRow = SecurityTables['security.disclosures'];

/** Ids begin with the time, so their order is the order of events. */
function selectAccesses(
  tx: Tx,
  subject: EnterpriseId,
  { limit, before }: AccessPage,
): Promise<Omit<AccessRow, 'fields'>[]> {
  const all = tx
    .tables<SecurityTables>()
    .selectFrom('security.disclosures')
    .select([
      'enterprise_id',
      'disclosure_id',
      'kind',
      'contracts',
      'as_of',
      'known_at',
      'institution',
      'platform',
      'operator',
      'purpose',
      'policy_hash',
      'content_digest',
      'receipt_id',
      'at',
    ])
    .where('enterprise_id', '=', subject);
  const below = before === undefined ? all : all.where('disclosure_id', '<', before);
  return below.orderBy('disclosure_id', 'desc').limit(limit).execute();
}

/** A field that left without being permitted is a broken invariant, not a refusal. */
function assertPermitted(permit: Permit, fields: DisclosureFacts['fields'] = {}): void {
  for (const [contract, names] of Object.entries(fields)) {
    const permitted = new Set(permit.fields(contract).map(({ name }) => name));
    for (const name of names) assert(permitted.has(name), `${contract}.${name} is not permitted`);
  }
}

/** How many disclosures carried data of this contract; a count alone needs no Permit. */
export async function countDisclosures(tx: Tx, contractId: string): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    'select count(*)::integer as n from security.disclosures where $1 = any(contracts)',
    [contractId],
  );
  return row?.n ?? 0;
}
