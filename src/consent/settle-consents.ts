import { type Database, inTransaction, type Tx } from '#kernel';
import { writeVersion } from './change-state.ts';
import type { ConsentContext } from './consent-context.ts';
import { CONSENT_LIMITS } from './consent-limits.ts';
import { findConsent } from './read-consents.ts';
import { pendingSettlement, type StoredState } from './states.ts';

/** The name under which the node's own schedule stands in the log. */
const SCHEDULE = 'system:settle_consents';

/**
 * Writes down what time and use have ended, each with its leaf: requests that lapsed, consents that ran out or are used
 * up. Nothing waits for it, since every look computes the same; any number of processes may run it. Returns how many.
 */
export async function settleConsents(database: Database, context: ConsentContext): Promise<number> {
  let settled = 0;
  for (;;) {
    const batch = await inTransaction(database, (tx) => settleBatch(tx, context));
    settled += batch;
    if (batch < CONSENT_LIMITS.settleBatchMax) return settled;
  }
}

async function settleBatch(tx: Tx, context: ConsentContext): Promise<number> {
  const now = context.clock.now();
  const due = await tx.rows<Due>(FIND_DUE, [now, CONSENT_LIMITS.settleBatchMax]);
  for (const row of due) {
    const times = { answerBy: row.answer_by, validTo: row.valid_to };
    const act = pendingSettlement({ stored: row.state, isUsedUp: row.is_used_up, ...times }, now);
    const record = await findConsent(tx, context.clock, row.consent_id);
    if (act === undefined || record === undefined) continue;
    await writeVersion(tx, context, record, { act, by: SCHEDULE });
  }
  return due.length;
}

type Due = {
  consent_id: string;
  state: StoredState;
  answer_by: Date;
  valid_to: Date;
  is_used_up: boolean;
};

/** What another process has locked is being changed or settled by it. */
const FIND_DUE = `
  select c.consent_id, s.state, c.answer_by, c.valid_to, c.fetch_mode = 'once' and used.is_used as is_used_up
  from consent.states s
  join consent.consents c on c.enterprise_id = s.enterprise_id and c.consent_id = s.consent_id
  cross join lateral (
    select exists (
      select from consent.use_counts u
      where u.enterprise_id = c.enterprise_id and u.consent_id = c.consent_id) as is_used) used
  where s.known_to = 'infinity'
    and (s.state = 'pending' and (c.answer_by < $1 or c.valid_to < $1)
      or s.state in ('active', 'paused') and (c.valid_to < $1 or c.fetch_mode = 'once' and used.is_used))
  order by c.enterprise_id, c.consent_id
  limit $2
  for update of s skip locked`;
