import type { Tx } from '#kernel';
import type { Caller } from '#security';
import type { RightsContext } from '../../rights-context.ts';
import type { Responsible, TermKind, TermMatter } from '../definition/term-kinds.ts';
import type { NoticeKind } from '../tables.ts';
import { TIME_LIMIT_LIMITS } from '../time-limit-limits.ts';
import { requireTermViewer, type TermViewer } from './require-viewer.ts';

export type TermNotice = {
  readonly noticeId: string;
  readonly notice: NoticeKind;
  readonly matterKind: TermMatter['kind'];
  readonly matterId: string;
  readonly term: TermKind;
  readonly dueOn: string;
  readonly told: Responsible;
  readonly duty: 'handler' | 'head';
  readonly toldAt: Date;
  readonly seenAt: Date | null;
  readonly seenBy: string | null;
};

/** What is for this viewer: of its own body or of the node; what was escalated to a head only where he is one. */
const FOR_VIEWER = `n.told_kind = $1 and n.told_id = $2 and (n.told_duty = 'handler' or $3)`;

/** Notices that nobody of the caller's body has seen yet, oldest first. Throws the policy's refusal. */
export async function listTermNotices(tx: Tx, context: RightsContext, caller: Caller): Promise<TermNotice[]> {
  const viewer = requireTermViewer(context, caller);
  return await tx.rows<TermNotice>(
    `select n.notice_id as "noticeId", n.notice, t.matter_kind as "matterKind", t.matter_id as "matterId", t.term,
       n.due_on::text as "dueOn", jsonb_build_object('kind', n.told_kind, 'id', n.told_id) as told,
       n.told_duty as duty, n.told_at as "toldAt", n.seen_at as "seenAt", n.seen_by as "seenBy"
     from rights.term_notices n
     join rights.terms t on t.enterprise_id = n.enterprise_id and t.term_id = n.term_id and t.known_to = 'infinity'
     where n.seen_at is null and ${FOR_VIEWER}
     order by n.told_at, n.notice_id limit $4`,
    [...viewerValues(viewer), TIME_LIMIT_LIMITS.noticesShownMax],
  );
}

/** Says that these were seen, by whom and when; others and those seen before stay as they are. Throws the policy's refusal. */
export async function seeTermNotices(
  tx: Tx,
  context: RightsContext,
  { caller, noticeIds }: { readonly caller: Caller; readonly noticeIds: readonly string[] },
): Promise<{ readonly seen: number }> {
  const viewer = requireTermViewer(context, caller);
  const rows = await tx.rows(
    `update rights.term_notices n set seen_at = $5, seen_by = $6
     where n.seen_at is null and ${FOR_VIEWER} and n.notice_id = any($4) returning 1`,
    [...viewerValues(viewer), noticeIds, context.clock.now(), caller.id],
  );
  return { seen: rows.length };
}

/** The node's people are its handlers and, there being nobody above them, its heads. */
function viewerValues({ responsible, isHead }: TermViewer): readonly [string, string, boolean] {
  return responsible === null ? ['node', 'node', true] : [responsible.kind, responsible.id, isHead];
}
