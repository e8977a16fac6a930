import type { Tx } from '#kernel';
import type { Responsible } from '../definition/term-kinds.ts';
import { LIVE_TERMS, type LiveTerm, toTerm } from '../running/store.ts';
import type { Term } from '../running/term.ts';
import { TIME_LIMIT_LIMITS } from '../time-limit-limits.ts';

/** How far an overdue term was taken: `none` until its head was told. */
export type OverdueTerm = Term & { readonly termId: string; readonly escalation: 'none' | 'head' | 'node' };

export type OverduePage = {
  /** Beijing day on which it is asked; due days before it are overdue. */
  readonly today: string;
  /** Null or absent: of everybody. */
  readonly responsible?: Responsible | null;
  /** `next` of the page before. */
  readonly after?: OverdueCursor | undefined;
  readonly limit?: number;
};
export type OverdueCursor = { readonly dueOn: string; readonly termId: string };

/** Running terms past their day, the longest overdue first. What stands still is not overdue. */
export async function listOverdue(
  tx: Tx,
  { today, responsible = null, after, limit = TIME_LIMIT_LIMITS.overduePageMax }: OverduePage,
): Promise<{ readonly terms: OverdueTerm[]; readonly next: OverdueCursor | null }> {
  const rows = await tx.rows<LiveTerm & { readonly notices: readonly string[] }>(
    `select l.*, array(select n.notice from rights.term_notices n where n.enterprise_id = l."enterpriseId"::bigint
       and n.term_id = l."termId" and n.due_on = l."dueOn"::date) as notices
     from (${LIVE_TERMS} and t.ended_at is null and not t.is_stopped and t.due_on < $1
       and ($2::text is null or (t.responsible_kind = $2 and t.responsible_id = $3))
       and (t.due_on, t.term_id) > ($4, $5)
       order by t.due_on, t.term_id limit $6) l order by l."dueOn", l."termId"`,
    [
      today,
      responsible?.kind ?? null,
      responsible?.id ?? null,
      after?.dueOn ?? '1970-01-01',
      after?.termId ?? '',
      limit,
    ],
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    terms: rows.map((row) => ({
      ...toTerm(row, today),
      termId: row.termId,
      escalation: escalationOf(row.notices),
    })),
    next: last === undefined ? null : { dueOn: last.dueOn ?? today, termId: last.termId },
  };
}

function escalationOf(notices: readonly string[]): OverdueTerm['escalation'] {
  if (notices.includes('escalated_node')) return 'node';
  return notices.includes('escalated_head') ? 'head' : 'none';
}
