import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database, EnterpriseId } from '#kernel';
import type { OutcomeItem } from '#outcomes';
import { callerOf } from './consent-setting.ts';
import { admissionOf, loanItem } from './outcomes-setting.ts';

const REPORTER = { kind: 'institution', roles: ['machine'] } as const;
export const reporterOf = (institutionId: string, platformId?: string) => ({
  admission: admissionOf({
    institutionId,
    branchId: institutionId,
    ...(platformId === undefined ? {} : { platformId, platformState: 'admitted' as const }),
  }),
  caller: callerOf(
    platformId === undefined
      ? { ...REPORTER, id: `client:${institutionId}`, participantId: institutionId }
      : { ...REPORTER, kind: 'platform', id: `client:${platformId}`, participantId: platformId },
  ),
});

/** Lent and not reported on since, unless a month is given. */
export function lent(disclosureId: string, loanId = 'L-1', month?: OutcomeItem['balance']): OutcomeItem {
  const { loan, balance: _balance, ...item } = loanItem(disclosureId);
  const lending = { ...item, loan: { ...(loan ?? assert.fail()), id: loanId } };
  return month === undefined ? lending : { ...lending, balance: month };
}

export const monthOf = (over: Partial<NonNullable<OutcomeItem['balance']>> = {}) => ({
  loanId: 'L-1',
  month: '2026-09',
  balanceFen: 300_000_00,
  overdue: 'none' as const,
  isBad: false,
  ...over,
});
export const SETTLED = monthOf({ month: '2026-10', balanceFen: 0, settledOn: '2026-10-12' });

/** Versions of an enterprise's watches: loans, balance, why it ended, whether it stands, its last day. */
export async function readVersions(database: Database, id: EnterpriseId) {
  const { rows } = await database.pool.query<{
    loans: number;
    balance: string;
    end: string | null;
    isLive: boolean;
    on: string | null;
  }>(
    `select loans, balance_fen as balance, end_reason as end, known_to = 'infinity' as "isLive", ended_on::text as on
     from monitoring.watches where enterprise_id = $1 order by known_from`,
    [id],
  );
  return rows.map(({ loans, balance, end, isLive, on }) => [loans, Number(balance), end, isLive, on]);
}

/** Returns when somebody waits for a lock; fails when nobody ever does. */
export async function untilSomebodyWaits(database: Database): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await pause(10);
  }
  assert.fail('nobody waits for a lock');
}

/** A busy machine answers late; one on which nobody waits never does. */
const LOOKS_MAX = 2_000;
