import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import { addWorkingDays } from '#lists';
import { recordLeaf } from '#security';
import type { RightsContext } from '../../rights-context.ts';
import { readProfileInForce } from '../definition/profile-in-force.ts';
import type { NoticeKind, TermRow } from '../tables.ts';
import { TIME_LIMIT_LIMITS } from '../time-limit-limits.ts';
import { decideNotices, type Notice } from './decide-notices.ts';

export type FollowedTerms = {
  readonly reminded: number;
  readonly overdue: number;
  readonly escalated: number;
};

/**
 * What time does to running terms, for a job that runs every hour: reminders before the day, then the responsible, its head and
 * the node's list. In steps of their own; each is said once for each day that was due, so that a second run adds nothing.
 */
export async function followTerms(context: RightsContext): Promise<FollowedTerms> {
  const total = { reminded: 0, overdue: 0, escalated: 0 };
  let after: FollowedRow | undefined;
  do {
    const step = await inTransaction(context.database, (tx) => followStep(tx, context, after));
    total.reminded += countOf(step.told, ['reminder']);
    total.overdue += countOf(step.told, ['overdue']);
    total.escalated += countOf(step.told, ['escalated_head', 'escalated_node']);
    after = step.last;
  } while (after !== undefined);
  return total;
}

function countOf(told: readonly NoticeKind[], kinds: readonly NoticeKind[]): number {
  return told.filter((kind) => kinds.includes(kind)).length;
}

type FollowedRow = Pick<
  TermRow,
  'enterpriseId' | 'termId' | 'responsibleKind' | 'responsibleId' | 'startedAt'
> & {
  readonly dueOn: string;
};

async function followStep(
  tx: Tx,
  context: RightsContext,
  after: FollowedRow | undefined,
): Promise<{ told: readonly NoticeKind[]; last: FollowedRow | undefined }> {
  const { calendar, clock } = context;
  const at = clock.now();
  const today = beijingDate(at);
  const { follow } = await readProfileInForce(tx, context);
  const rows = await readNear(tx, addWorkingDays(calendar, today, follow.remindBefore).date, after);
  const notices = rows.flatMap((row) => {
    const { responsibleKind: kind, responsibleId: id, startedAt, dueOn } = row;
    const followed = { startedOn: beijingDate(startedAt), dueOn, responsible: { kind, id } };
    return decideNotices(followed, { follow, calendar, today }).map((notice) => ({ row, notice }));
  });
  const told = await tell(tx, notices, at);
  if (told.length > 0) await recordFollowing(tx, context, { told, at });
  return { told, last: rows.length < TIME_LIMIT_LIMITS.followedPerStep ? undefined : rows.at(-1) };
}

/** Before every day that can be due. */
const FIRST_DAY = '1970-01-01';

/** Running terms due until the day `until` of which not everything has been said; clocks that stand are left out. */
async function readNear(tx: Tx, until: string, after: FollowedRow | undefined): Promise<FollowedRow[]> {
  return await tx.rows<FollowedRow>(
    `select t.enterprise_id::text as "enterpriseId", t.term_id as "termId", t.responsible_kind as "responsibleKind",
       t.responsible_id as "responsibleId", t.started_at as "startedAt", t.due_on::text as "dueOn"
     from rights.terms t
     where t.known_to = 'infinity' and t.ended_at is null and not t.is_stopped and t.due_on <= $1
       and (t.due_on, t.enterprise_id, t.term_id) > ($2, $3, $4)
       and not exists (select from rights.term_notices n where n.enterprise_id = t.enterprise_id
         and n.term_id = t.term_id and n.due_on = t.due_on and n.notice = 'escalated_node')
     order by t.due_on, t.enterprise_id, t.term_id limit $5`,
    [
      until,
      after?.dueOn ?? FIRST_DAY,
      after?.enterpriseId ?? '0',
      after?.termId ?? '',
      TIME_LIMIT_LIMITS.followedPerStep,
    ],
  );
}

/** Writes what has not been said yet, and returns what that was. */
async function tell(
  tx: Tx,
  notices: readonly { readonly row: FollowedRow; readonly notice: Notice }[],
  at: Date,
): Promise<NoticeKind[]> {
  if (notices.length === 0) return [];
  const values = notices.map(({ row, notice: { notice, told, duty } }) => ({
    enterprise_id: row.enterpriseId,
    term_id: row.termId,
    due_on: row.dueOn,
    notice,
    notice_id: newId('tnt', at),
    told_kind: told.kind,
    told_id: told.id,
    told_duty: duty,
  }));
  const rows = await tx.rows<{ notice: NoticeKind }>(
    `insert into rights.term_notices
       (enterprise_id, term_id, due_on, notice, notice_id, told_kind, told_id, told_duty, told_at)
     select of.*, $2 from jsonb_to_recordset($1::jsonb) as of (enterprise_id bigint, term_id text, due_on date,
       notice text, notice_id text, told_kind text, told_id text, told_duty text)
     on conflict (enterprise_id, term_id, due_on, notice) do nothing returning notice`,
    [JSON.stringify(values), at],
  );
  return rows.map(({ notice }) => notice);
}

async function recordFollowing(
  tx: Tx,
  { keys }: RightsContext,
  { told, at }: { readonly told: readonly NoticeKind[]; readonly at: Date },
): Promise<void> {
  const counts = Object.fromEntries(
    (['reminder', 'overdue', 'escalated_head', 'escalated_node'] as const).map((kind) => [
      kind,
      countOf(told, [kind]),
    ]),
  );
  await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    body: { act: 'terms_followed_up', ...counts, by: 'system:follow_terms' },
  });
}
