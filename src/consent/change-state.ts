import assert from 'node:assert';
import type { EnterpriseId, Tx } from '#kernel';
import { type LeafKind, recordLeaf } from '#security';
import type { ConsentContext } from './consent-context.ts';
import { consentRefusal } from './consent-refusals.ts';
import { followGivingGround } from './giving/follow-ground.ts';
import { type ConsentRecord, findConsent, requireConsent } from './read-consents.ts';
import type { Signatory } from './seal.ts';
import { type ConsentAct, STEPS, type StoredState } from './states.ts';
import type { Seal } from './tables.ts';

/**
 * The consent under the lock of its state: nobody else changes it, and no answer is booked on it, before this
 * transaction ends. Throws `consent.unknown`.
 */
export async function lockConsent(tx: Tx, context: ConsentContext, handle: string): Promise<ConsentRecord> {
  const found = requireConsent(await findConsent(tx, context.clock, handle));
  await tx.rows(
    `select from consent.states
     where enterprise_id = $1 and consent_id = $2 and known_to = 'infinity' for update`,
    [found.enterpriseId, found.consentId],
  );
  // Whoever waited for the lock reads what the one before has left.
  return requireConsent(await findConsent(tx, context.clock, found.consentId));
}

export type Change = {
  readonly act: ConsentAct;
  /** Caller id of who brings it about. */
  readonly by: string;
  readonly signatory?: Signatory;
  readonly seal?: Seal;
};

export type ChangedConsent = {
  readonly consentId: string;
  readonly version: number;
  readonly state: StoredState;
  readonly receiptId: string;
};

/** Writes the next version and its leaf. The consent is locked. Throws `consent.wrong_state`. */
export async function changeState(
  tx: Tx,
  context: ConsentContext,
  record: ConsentRecord,
  change: Change,
): Promise<ChangedConsent> {
  requireStep(change.act, record.state);
  return await writeVersion(tx, context, record, change);
}

/** Throws `consent.wrong_state` when the act does not follow from where the consent stands. */
export function requireStep(act: ConsentAct, from: StoredState): void {
  if (STEPS[act].from.includes(from)) return;
  const { zh, en } = STATE_WORDS[from];
  throw consentRefusal('consent.wrong_state', { stateZh: zh, stateEn: en });
}

/** As `changeState`, where time or use decides and not a person: the state as written is what the step starts from. */
export async function writeVersion(
  tx: Tx,
  context: ConsentContext,
  record: ConsentRecord,
  { act, by, signatory, seal }: Change,
): Promise<ChangedConsent> {
  const at = context.clock.now();
  const { to: state, reason } = STEPS[act];
  const version = record.version + 1;
  const receipt = await recordLeaf(tx, context.keys, {
    kind: LEAF_OF[act],
    at,
    subject: record.enterpriseId,
    body: { ...leafBody(record), version, state, reason, by, capacity: signatory?.capacity ?? null },
  });
  const written = await tx.rows(WRITE_VERSION, [
    ...keyOf(record),
    version,
    state,
    reason,
    by,
    signatory?.capacity ?? null,
    signatory?.mandateId ?? null,
    seal === undefined ? null : JSON.stringify(seal),
    receipt.id,
    at,
  ]);
  assert(written.length === 1, 'the consent is locked, so its version is the one that was read');
  await followGivingGround(tx, record, { state, at });
  return { consentId: record.consentId, version, state, receiptId: receipt.id };
}

function keyOf({ enterpriseId, consentId }: ConsentRecord): readonly [EnterpriseId, string] {
  return [enterpriseId, consentId];
}

/** The version that ends and the one that begins meet at the same instant; reading from `ended` puts it first. */
const WRITE_VERSION = `
  with ended as (
    update consent.states set known_to = $11::timestamptz
    where enterprise_id = $1 and consent_id = $2 and known_to = 'infinity' and version = $3::integer - 1
    returning 1
  )
  insert into consent.states
    (enterprise_id, consent_id, version, state, reason, by, capacity, mandate_id, seal, receipt_id, known_from)
  select $1::bigint, $2, $3::integer, $4, $5, $6, $7, $8, $9::jsonb, $10, $11::timestamptz from ended
  returning version`;

const LEAF_OF: Readonly<Record<ConsentAct, LeafKind>> = {
  grant: 'consent_granted',
  confirm: 'consent_granted',
  pause: 'consent_changed',
  resume: 'consent_changed',
  reject: 'consent_ended',
  lapse: 'consent_ended',
  revoke: 'consent_ended',
  run_out: 'consent_ended',
  use_up: 'consent_ended',
};

/** Ids, dates and digests: what was agreed to word for word stands under the digest. */
function leafBody(record: ConsentRecord) {
  return {
    consent: record.consentId,
    institution: record.institutionId,
    branch: record.branchId,
    platforms: record.platforms,
    purpose: record.purpose,
    contracts: Object.keys(record.scope),
    validTo: record.validTo.toISOString(),
    digest: record.digest,
    fairUse: record.fairUseHash,
    givenHow: record.givenHow,
  };
}

/** What people see for each state. */
export const STATE_WORDS: Readonly<Record<StoredState, { readonly zh: string; readonly en: string }>> = {
  pending: { zh: '待答复', en: 'waiting for an answer' },
  active: { zh: '有效', en: 'in force' },
  paused: { zh: '已暂停', en: 'paused' },
  revoked: { zh: '已撤销', en: 'revoked' },
  expired: { zh: '已到期', en: 'expired' },
  exhausted: { zh: '已用完', en: 'used up' },
  rejected: { zh: '未同意', en: 'not agreed to' },
};
