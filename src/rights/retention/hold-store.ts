import type { Tx } from '#kernel';
import { type Hold, isKeeping } from './hold.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';
import { retentionRefusal } from './retention-refusals.ts';

/** Held by a batch while it removes, and by whoever puts or lifts a hold: a hold that has committed is seen by every later batch. */
const RETENTION_LOCK = 7_241_054;

export async function lockRetention(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [RETENTION_LOCK]);
}

const HOLD = `select hold_id as "holdId", enterprise_id::text as "enterpriseId", contract_id as contract,
    record_id as "recordId", reason, until::text, proposed_by as "proposedBy", proposed_at as "proposedAt",
    lapses_at as "lapsesAt", approved_by as "approvedBy", approved_at as "approvedAt", lift_reason as "liftReason",
    lift_proposed_by as "liftProposedBy", lift_proposed_at as "liftProposedAt", lifted_by as "liftedBy",
    lifted_at as "liftedAt", receipt_id as "receiptId"
  from rights.holds`;

/** What keeps records now. The caller holds the lock of retention where something is removed by it. */
export async function readKeepingHolds(tx: Tx, now: Date): Promise<Hold[]> {
  const rows = await tx.rows<Hold>(
    `${HOLD} where lifted_at is null and (approved_at is not null or lapses_at > $1) order by hold_id limit $2`,
    [now, RETENTION_LIMITS.holdsMax + 1],
  );
  return rows.filter((hold) => isKeeping(hold, now));
}

/** Newest first; below `before` where that is given. */
export async function readHolds(tx: Tx, before: string | undefined): Promise<Hold[]> {
  return await tx.rows<Hold>(
    `${HOLD} where $1::text is null or hold_id < $1 order by hold_id desc limit $2`,
    [before ?? null, RETENTION_LIMITS.listedMax],
  );
}

/** Throws `retention.hold_unknown`. */
export async function readHold(tx: Tx, holdId: string): Promise<Hold> {
  const [hold] = await tx.rows<Hold>(`${HOLD} where hold_id = $1`, [holdId]);
  if (hold === undefined) throw retentionRefusal('retention.hold_unknown', { hold: holdId.slice(0, 40) });
  return hold;
}

export async function insertHold(tx: Tx, hold: Hold): Promise<void> {
  await tx.rows(
    `insert into rights.holds (hold_id, enterprise_id, contract_id, record_id, reason, until, proposed_by, proposed_at,
       lapses_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      hold.holdId,
      hold.enterpriseId,
      hold.contract,
      hold.recordId,
      hold.reason,
      hold.until,
      hold.proposedBy,
      hold.proposedAt,
      hold.lapsesAt,
      hold.receiptId,
    ],
  );
}

/** Writes who took the later steps; what was proposed stays as it was. */
export async function updateHold(tx: Tx, hold: Hold): Promise<void> {
  await tx.rows(
    `update rights.holds set approved_by = $2, approved_at = $3, lift_reason = $4, lift_proposed_by = $5,
       lift_proposed_at = $6, lifted_by = $7, lifted_at = $8, receipt_id = $9
     where hold_id = $1`,
    [
      hold.holdId,
      hold.approvedBy,
      hold.approvedAt,
      hold.liftReason,
      hold.liftProposedBy,
      hold.liftProposedAt,
      hold.liftedBy,
      hold.liftedAt,
      hold.receiptId,
    ],
  );
}
