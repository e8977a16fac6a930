import { canonicalJson, inTransaction, type KeyStore, type Tx } from '#kernel';
import { type Channel, postEvent, type PushOutcome } from '#monitoring';
import type { RepairContext } from '../repair-context.ts';
import { REPAIR_LIMITS } from '../repair-limits.ts';

/** Type of a state notice in its JOSE header. */
const NOTICE_TYPE = 'xinqiao-repair+jwt';

export type SentNotices = { readonly taken: number; readonly failed: number; readonly dead: number };

type Notice = {
  readonly noticeId: string;
  readonly number: string;
  readonly repairId: string;
  readonly state: string;
  readonly at: Date;
  readonly attempts: number;
};

/**
 * Sends the portal what it waits for, oldest first: signed, to be taken by a status in the two hundreds, else again after the
 * delays of the rules until it is given up. A process that dies in between leaves its notices to the next. The portal may get one
 * twice and tells it by its id.
 */
export async function sendRepairNotices(context: RepairContext, channel: Channel): Promise<SentNotices> {
  const done = { taken: 0, failed: 0, dead: 0 };
  const claimed = await inTransaction(context.database, (tx) => claim(tx, context.clock.now()));
  for (const notice of claimed) {
    const outcome = await postEvent(channel, {
      headers: { 'content-type': 'application/jose', 'idempotency-key': notice.noticeId },
      body: signNotice(context.keys, notice),
    });
    const standing = await inTransaction(context.database, (tx) => settle(tx, context, notice, outcome));
    if (standing === 'waiting') done.failed += 1;
    else done[standing] += 1;
  }
  return done;
}

async function claim(tx: Tx, now: Date): Promise<Notice[]> {
  return await tx.rows<Notice>(
    `update rights.repair_portal_notices n set due_at = $1::timestamptz + $2 * interval '1 millisecond',
       attempts = n.attempts + 1
     from (select notice_id from rights.repair_portal_notices where standing = 'waiting' and due_at <= $1
       order by due_at, notice_id limit $3 for update skip locked) due
     where n.notice_id = due.notice_id
     returning n.notice_id as "noticeId", n.number, n.repair_id as "repairId", n.state, n.at, n.attempts`,
    [now, REPAIR_LIMITS.noticeLeaseMs, REPAIR_LIMITS.noticesPerRun],
  );
}

/** Compact JWS (RFC 7515) by the key that signs reports. */
function signNotice(keys: KeyStore, { noticeId, number, repairId, state, at }: Notice): string {
  const key = keys.get('report');
  const header = encode({ alg: key.algorithm, kid: key.kid, typ: NOTICE_TYPE });
  const facts = { format: 'xinqiao.repair-state/1', notice: noticeId, number, repair: repairId, state };
  const text = `${header}.${encode({ ...facts, at: at.toISOString() })}`;
  return `${text}.${key.sign(Buffer.from(text)).toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(canonicalJson(value)).toString('base64url');
}

async function settle(
  tx: Tx,
  { clock, repairRules: { portal } }: RepairContext,
  { noticeId, attempts, at }: Notice,
  outcome: PushOutcome,
): Promise<'waiting' | 'taken' | 'dead'> {
  const now = clock.now();
  const isOver = now.getTime() - at.getTime() > portal.giveUpAfterHours * 3_600_000;
  const standing = outcome === 'taken' ? 'taken' : isOver ? 'dead' : 'waiting';
  const seconds = portal.retryAfterSeconds[Math.min(attempts, portal.retryAfterSeconds.length) - 1] ?? 0;
  await tx.rows(
    `update rights.repair_portal_notices set standing = $2, due_at = $3, last_outcome = $4
     where notice_id = $1 and standing = 'waiting'`,
    [noticeId, standing, new Date(now.getTime() + seconds * 1000), outcome],
  );
  return standing;
}
