import assert from 'node:assert';
import { hash } from 'node:crypto';
import { type EnterpriseId, newId, toEnterpriseId, type Tx } from '#kernel';
import type { DecisionFacts } from './decision/decision-facts.ts';
import type { Permit } from './decision/permit.ts';
import { securityRefusal } from './security-refusals.ts';
import type { SecurityTables } from './tables.ts';

/** What left or was derived; closed. */
export type DisclosureKind =
  | 'answer'
  | 'verification'
  | 'report'
  | 'export'
  | 'score'
  | 'whitelist_entry'
  | 'alert';

export type DisclosureFacts = {
  readonly permit: Permit;
  readonly kind: DisclosureKind;
  /** Contracts whose data are in it, also those of which it says that there are no data. */
  readonly contracts: readonly string[];
  /** Field names by contract, where fewer left than the Permit allows. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** The instant asked about; the Permit's known-at unless given. */
  readonly asOf?: Date;
  /** Participants: the institution and office that use it, and the platform it came through. */
  readonly institution?: string;
  readonly branch?: string;
  readonly platform?: string;
  /** The person who asked, as the institution names it; the Permit's caller unless given. */
  readonly operator?: string;
  readonly consentId?: string;
  /** The institution's own number of the application it is for. */
  readonly application?: string;
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
  const row = rowOf(tx, facts);
  await tx.together(insertDisclosures, row);
  return row.disclosure_id;
}

/** As `recordDisclosure` for many at once, in one statement: what one push tells of many. Ids in the order of the facts. */
export async function recordDisclosures(tx: Tx, all: readonly DisclosureFacts[]): Promise<string[]> {
  const rows = all.map((facts) => rowOf(tx, facts));
  await insertDisclosures(tx, rows);
  return rows.map(({ disclosure_id }) => disclosure_id);
}

function rowOf(tx: Tx, facts: DisclosureFacts) {
  const { permit, kind, contracts, contentDigest, receiptId, at } = facts;
  permit.assertUsable(tx);
  assertPermitted(permit, facts);
  return {
    enterprise_id: permit.subject,
    disclosure_id: facts.id ?? newDisclosureId(at),
    kind,
    contracts,
    fields: facts.fields ?? null,
    as_of: facts.asOf ?? permit.asOf.knownAt,
    known_at: permit.asOf.knownAt,
    institution: facts.institution ?? null,
    branch: facts.branch ?? null,
    platform: facts.platform ?? null,
    operator: facts.operator ?? permit.caller.id,
    consent_id: facts.consentId ?? null,
    application: facts.application ?? null,
    purpose: permit.purpose,
    policy_hash: permit.policyHash,
    facts: permit.decision,
    content_digest: contentDigest,
    receipt_id: receiptId,
    at,
  };
}

/** Rows travel as JSON under the names of their columns, instants as RFC 3339; what they were decided on, once. */
async function insertDisclosures(
  tx: Tx,
  rows: readonly { readonly facts: DecisionFacts }[],
): Promise<void[]> {
  const kept = new Map<string, string>();
  const leaving = rows.map(({ facts, ...row }) => {
    const { text, facts_hash } = textOfFacts(facts);
    kept.set(facts_hash, text);
    return { ...row, facts_hash };
  });
  await tx.write(tx.hotRows('security.keep_facts', KEEP_FACTS, [[...kept.keys()], [...kept.values()]]));
  await tx.write(tx.hotRows('security.insert_disclosures', INSERT_DISCLOSURES, [JSON.stringify(leaving)]));
  return rows.map(() => undefined);
}

type FactsText = { readonly text: string; readonly facts_hash: string };
const factsTexts = new WeakMap<DecisionFacts, FactsText>();

/** Made once for facts that are remembered, see `keepFacts`. */
function textOfFacts(facts: DecisionFacts): FactsText {
  const known = factsTexts.get(facts);
  if (known !== undefined) return known;
  const text = JSON.stringify(facts);
  const made = { text, facts_hash: `sha256:${hash('sha256', text)}` };
  factsTexts.set(facts, made);
  return made;
}

/** Mostly they are known: looking first leaves no dead row behind. */
const KEEP_FACTS = `
  insert into security.decision_facts (facts_hash, facts)
  select facts_hash, facts::jsonb from unnest((select $1::text[]), (select $2::text[])) as decided (facts_hash, facts)
  where not exists (select from security.decision_facts f where f.facts_hash = decided.facts_hash)
  order by facts_hash
  on conflict do nothing`;

const INSERT_DISCLOSURES = `
  insert into security.disclosures (
    enterprise_id, disclosure_id, kind, contracts, fields, as_of, known_at, institution, branch, platform, operator,
    consent_id, application, purpose, policy_hash, facts_hash, content_digest, receipt_id, at)
  select
    enterprise_id, disclosure_id, kind, contracts, fields, as_of, known_at, institution, branch, platform, operator,
    consent_id, application, purpose, policy_hash, facts_hash, content_digest, receipt_id, at
  from json_to_recordset($1::json) as leaving (
    enterprise_id bigint, disclosure_id text, kind text, contracts text[], fields jsonb, as_of timestamptz,
    known_at timestamptz, institution text, branch text, platform text, operator text, consent_id text,
    application text, purpose text, policy_hash text, facts_hash text, content_digest text, receipt_id text,
    at timestamptz)`;

export type Access = {
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  readonly purpose: string;
  readonly operator: string;
  readonly institution: string | null;
  readonly branch: string | null;
  readonly platform: string | null;
  readonly consentId: string | null;
  readonly application: string | null;
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
    branch: row.branch,
    platform: row.platform,
    consentId: row.consent_id,
    application: row.application,
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
): Promise<Omit<AccessRow, 'fields' | 'facts_hash'>[]> {
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
      'branch',
      'platform',
      'consent_id',
      'application',
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

/** A field that left without being permitted is a broken invariant, not a refusal. Of a verification no value leaves. */
function assertPermitted(permit: Permit, { kind, fields = {} }: DisclosureFacts): void {
  for (const [contract, names] of Object.entries(fields)) {
    const readable = permit.fields(contract).map(({ name }) => name);
    const permitted = new Set(kind === 'verification' ? permit.verifiable(contract) : readable);
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

/** When this consent was last used, and how often since it was given; counts need no Permit. */
export async function readConsentUse(
  tx: Tx,
  consentIds: readonly string[],
): Promise<Map<string, { lastAt: Date; uses: number }>> {
  const rows = await tx.rows<{ consent_id: string; last_at: Date; uses: number }>(
    `select consent_id, max(at) as last_at, count(*)::integer as uses from security.disclosures
     where consent_id = any($1) group by consent_id`,
    [consentIds],
  );
  return new Map(rows.map((row) => [row.consent_id, { lastAt: row.last_at, uses: row.uses }]));
}

/** Between whom something passed, and nothing of what did. */
export type DisclosureParty = {
  readonly enterpriseId: EnterpriseId;
  readonly institution: string | null;
  readonly branch: string | null;
  readonly platform: string | null;
  readonly kind: DisclosureKind;
  readonly at: Date;
  /** Account or client that it was given to; for whoever must know who may not judge it. */
  readonly callerId: string;
};

/** The parties of these disclosures, by id; one that does not exist is not in the map. For what refers to a disclosure. */
export async function readDisclosureParty(
  tx: Tx,
  disclosureIds: readonly string[],
): Promise<ReadonlyMap<string, DisclosureParty>> {
  const rows = await tx.rows<{
    disclosure_id: string;
    enterprise_id: string;
    institution: string | null;
    branch: string | null;
    platform: string | null;
    kind: DisclosureKind;
    at: Date;
    callerId: string;
  }>(
    `select disclosure_id, enterprise_id, institution, branch, platform, kind, at, operator as "callerId"
     from security.disclosures where disclosure_id = any($1)`,
    [disclosureIds],
  );
  return new Map(
    rows.map(({ disclosure_id, enterprise_id, ...party }) => [
      disclosure_id,
      { enterpriseId: toEnterpriseId(enterprise_id), ...party },
    ]),
  );
}

/** An attempt about the Permit's subject that was refused; what was asked for, never whether there were data. */
export type RefusedAttempt = {
  readonly receiptId: string;
  readonly at: Date;
  readonly code: string;
  readonly clause: string;
  readonly operation: string;
  readonly purpose: string | null;
  readonly caller: string;
  readonly institution: string | null;
  readonly platform: string | null;
  readonly contracts: readonly string[];
};

/** Refused attempts, newest first. Throws the refusal when the Permit does not include the subject's accesses. */
export async function listRefusedAttempts(
  tx: Tx,
  permit: Permit,
  { limit }: { limit: number },
): Promise<RefusedAttempt[]> {
  permit.assertUsable(tx);
  if (!permit.mayListAccesses) throw securityRefusal('security.not_permitted', { action: 'list_accesses' });
  const rows = await tx.rows<{ receipt_id: string; at: Date; body: Record<string, unknown> }>(
    `select r.receipt_id, r.at, b.body::jsonb as body
     from security.leaf_bodies b join security.receipts r using (receipt_id)
     where b.subject_id = $1 and r.kind = 'refusal' order by b.receipt_id desc limit $2`,
    [permit.subject, limit],
  );
  return rows.map(({ receipt_id, at, body }) => ({
    receiptId: receipt_id,
    at,
    code: String(body.code),
    clause: String(body.clause),
    operation: String(body.operation),
    purpose: textOf(body.purpose),
    caller: String(body.caller),
    institution: textOf(body.institution),
    platform: textOf(body.platform),
    contracts: Array.isArray(body.contracts) ? body.contracts.map(String) : [],
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
