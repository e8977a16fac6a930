import { createHash } from 'node:crypto';
import {
  beijingDate,
  canonicalHash,
  canonicalJson,
  type EnterpriseId,
  newId,
  sealField,
  type Tx,
} from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { startTerm } from '../time-limits/running/start-term.ts';
import { checkRepair, OBSTACLE_WORDS, type RepairCheck } from './definition/check-repair.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import type { Entrance, RepairContent, StoredRepair } from './definition/repair.ts';
import { factsOf, type OwnRecord, readOwnRecords, requireRecord } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { addStep, findRepair, placeOf, selectRepairs, type Side } from './store.ts';
import type { RepairTables } from './tables.ts';
import { matterOf, NODE } from './terms.ts';

/** What is applied for; the record by its id, or by the number of the decision that it is about. */
export type RepairApplication = RepairContent & {
  readonly contract: string;
  readonly record?: string;
  readonly document?: string;
  /** SHA-256, hex: of the words of the pledge in force, or of the pledge signed at the portal. */
  readonly pledge: string;
};

/**
 * 申请信用修复: by the representative, or an agent whose mandate covers what the enterprise is owed (`object`). Throws the policy's
 * refusal, what `proveMandate` throws, `repairs.…`.
 */
export async function applyRepair(
  tx: Tx,
  context: RepairContext,
  asked: { readonly caller: Caller; readonly code: string; readonly application: RepairApplication },
): Promise<StoredRepair> {
  const { caller, application } = asked;
  const { enterpriseId } = await findEnterprise(tx, asked.code);
  const grant = requireAllowed(context.policies, caller, 'apply_repair', { enterprise: enterpriseId });
  const { mandateId } = await proveMandate(tx, context.clock, caller, 'object');
  if (application.pledge !== pledgeHashOf(context)) throw repairRefusal('repairs.pledge_words_changed');
  const records = await readOwnRecords(tx, context, { caller, enterpriseId });
  const by = { kind: 'enterprise', id: caller.id } as const;
  return await enterRepair(tx, context, {
    grant,
    enterpriseId,
    mandateId,
    entrance: 'node',
    by,
    records,
    application,
  });
}

/** Digest of the words that are pledged now. */
export function pledgeHashOf({ repairRules: { pledge } }: Pick<RepairContext, 'repairRules'>): string {
  return canonicalHash(pledge);
}

export type Entering = {
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly mandateId: string | null;
  readonly entrance: Entrance;
  readonly by: Side;
  readonly records: readonly OwnRecord[];
  readonly application: RepairApplication;
};

/** The one way in for both entrances. The caller has asked the policy. Throws `repairs.…`. */
export async function enterRepair(tx: Tx, context: RepairContext, entering: Entering): Promise<StoredRepair> {
  const { enterpriseId, records, application } = entering;
  await lockApplicant(tx, enterpriseId);
  const record = requireRecord(context, records, application);
  const check = requireEligible(context, record);
  requireContent(context, application, check);
  await requireRoom(tx, context, enterpriseId);
  await requireNotOpen(tx, enterpriseId, record);
  return await write(tx, context, { ...entering, record, check });
}

/** Of two who apply at once the second waits, and sees what the first has applied for. */
async function lockApplicant(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('rights.repairs', $1::bigint))`, [
    enterpriseId,
  ]);
}

/** Throws `repairs.record_unknown`, `repairs.not_eligible` with every reason and the earliest day. */
export function requireEligible({ repairRules, clock }: RepairContext, record: OwnRecord): RepairCheck {
  const check = checkRepair(factsOf(record), repairRules, beijingDate(clock.now()));
  if (check === null) throw repairRefusal('repairs.record_unknown');
  if (check.isEligible) return check;
  const words = check.obstacles.map((one) => OBSTACLE_WORDS[one]);
  throw repairRefusal('repairs.not_eligible', {
    reasonsZh: words.map(({ zh }) => zh).join('；'),
    reasons: words.map(({ en }) => en).join('; '),
    earliest: check.earliestOn ?? '-',
  });
}

function requireContent(
  { repairRules: { bounds }, clock }: RepairContext,
  { proofs, performedOn, words }: RepairApplication,
  { decidedOn }: RepairCheck,
): void {
  const { proofsMax, proofBytesMax: bytesMax, wordsCharactersMax: charactersMax } = bounds;
  const isEachOnce = new Set(proofs.map(({ sha256 }) => sha256)).size === proofs.length;
  const isEachFit = proofs.every(
    ({ sha256, bytes }) => /^[0-9a-f]{64}$/.test(sha256) && bytes > 0 && bytes <= bytesMax,
  );
  if (proofs.length === 0 || proofs.length > proofsMax || !isEachOnce || !isEachFit)
    throw repairRefusal('repairs.proof_needed', { proofsMax, bytesMax });
  if (performedOn > beijingDate(clock.now()) || (decidedOn !== null && performedOn < decidedOn))
    throw repairRefusal('repairs.not_performed_then');
  requireWords(words, charactersMax);
}

/** Throws `repairs.words_not_valid`. */
export function requireWords(words: string, charactersMax: number): string {
  const text = words.trim();
  if (text === '' || [...text].length > charactersMax)
    throw repairRefusal('repairs.words_not_valid', { charactersMax });
  return text;
}

async function requireRoom(
  tx: Tx,
  { clock, repairRules: { bounds } }: RepairContext,
  enterpriseId: EnterpriseId,
): Promise<void> {
  const midnight = new Date(`${beijingDate(clock.now())}T00:00:00+08:00`);
  const [counted] = await tx.rows<{ open: number; today: number }>(
    `select count(*) filter (where state in ('submitted', 'accepted'))::integer as open,
       count(*) filter (where applied_at >= $2)::integer as today
     from rights.repairs where enterprise_id = any($1::bigint[])`,
    [await readMergedIds(tx, enterpriseId), midnight],
  );
  const { open = 0, today = 0 } = counted ?? {};
  const { openMax, applicationsPerDayMax: dayMax } = bounds;
  if (open >= openMax || today >= dayMax) throw repairRefusal('repairs.too_many', { openMax, dayMax });
}

async function requireNotOpen(
  tx: Tx,
  enterpriseId: EnterpriseId,
  { contract, version }: OwnRecord,
): Promise<void> {
  const [open] = await selectRepairs(
    tx,
    `p.enterprise_id = any($1::bigint[]) and p.contract_id = $2 and p.record_id = $3 and p.state in ('submitted', 'accepted')`,
    [await readMergedIds(tx, enterpriseId), contract.id, version.recordId],
  );
  if (open !== undefined) throw repairRefusal('repairs.open_already', { repair: open.repairId });
}

type Written = Entering & { readonly record: OwnRecord; readonly check: RepairCheck };

async function write(tx: Tx, context: RepairContext, written: Written): Promise<StoredRepair> {
  const at = context.clock.now();
  const repairId = newId('rpr', at);
  const { enterpriseId, by } = written;
  const digest = contentDigestOf(written.application);
  const receiptId = await recordApplied(tx, context, { ...written, repairId, digest, at });
  await insert(tx, context, { ...written, repairId, digest, at });
  await addStep(tx, context.cipher, { enterpriseId, repairId }, { act: 'applied', by, at, receiptId });
  const matter = matterOf({ enterpriseId, repairId });
  await startTerm(tx, context, { matter, term: 'repair_acceptance', startedAt: at, responsible: NODE });
  return await findRepair(tx, repairId);
}

/** What a number of the portal, and the log, tell contents by. */
export function contentDigestOf({
  pledge,
  performedOn,
  words,
  proofs,
  contract,
  record,
  document,
}: RepairApplication): string {
  return canonicalHash({
    pledge,
    performedOn,
    words,
    proofs: proofs.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
    contract,
    record: record ?? null,
    document: document ?? null,
  });
}

type Named = Written & { readonly repairId: string; readonly digest: string; readonly at: Date };

async function insert(tx: Tx, context: RepairContext, named: Named): Promise<void> {
  const { enterpriseId, repairId, record, check, application, at } = named;
  const { performedOn, words, proofs } = application;
  const content = JSON.stringify({ performedOn, words: words.trim(), proofs } satisfies RepairContent);
  await tx
    .tables<RepairTables>()
    .insertInto('rights.repairs')
    .values({
      enterprise_id: enterpriseId,
      repair_id: repairId,
      contract_id: record.contract.id,
      record_id: record.version.recordId,
      provider: record.contract.provider,
      body: check.body ?? record.contract.provider,
      entrance: named.entrance,
      applied_by: named.by.id,
      mandate_id: named.mandateId,
      regime: check.regime,
      severity: check.severity,
      rules_version: context.repairRules.version,
      earliest_on: check.earliestOn ?? beijingDate(at),
      content_sealed: await sealField(tx, context.cipher, placeOf(enterpriseId, 'content'), content),
      content_digest: named.digest,
      pledge: JSON.stringify(pledgeOf(context, named)),
      state: 'submitted',
      applied_at: at,
    })
    .execute();
}

/** 信用承诺: what was pledged, by whom and when, under the node's signature; checked with its public keys alone. */
function pledgeOf({ keys }: RepairContext, { enterpriseId, repairId, by, application, at }: Named): object {
  const key = keys.get('consent');
  const statement = canonicalJson({
    type: 'xinqiao.repair-pledge',
    v: 1,
    enterprise: enterpriseId,
    repair: repairId,
    by: by.id,
    pledge: application.pledge,
    at: at.toISOString(),
  });
  const signature = key.sign(Buffer.from(statement)).toString('base64');
  return { use: 'consent', suite: key.suite, kid: key.kid, statement, signature };
}

async function recordApplied(tx: Tx, { keys }: RepairContext, named: Named): Promise<string> {
  const { grant, record, check, application } = named;
  const { id } = await recordLeaf(tx, keys, {
    kind: 'correction',
    at: named.at,
    subject: named.enterpriseId,
    body: {
      act: 'repair_applied',
      repair: named.repairId,
      entrance: named.entrance,
      by: named.by.id,
      mandate: named.mandateId,
      contract: record.contract.id,
      record: record.version.recordId,
      regime: check.regime,
      content: named.digest,
      pledge: createHash('sha256').update(application.pledge).digest('hex'),
      policyHash: grant.policyHash,
    },
  });
  return id;
}
