import type { Tx } from '#kernel';
import { findEnterprise, readEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, requireAllowed } from '#security';
import { readTerms } from '../time-limits/running/read-terms.ts';
import type { Term } from '../time-limits/running/term.ts';
import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';
import { type ComplaintState, isShownToAgainst, OPEN_STATES } from './definition/complaint.ts';
import { isAbout, ownMatter } from './handle/require-handler.ts';
import {
  type ComplaintContent,
  type ComplaintStep,
  findComplaint,
  openContent,
  readSteps,
  selectComplaints,
  type StoredComplaint,
} from './store.ts';
import { matterOf } from './terms.ts';

const COMPLAINT_LIMITS = Object.freeze({
  /** Lines of one page. */
  pageMax: 100,
});

/** One complaint with what was written; what the reader is not to see is null or left out. */
export type ComplaintView = StoredComplaint &
  ComplaintContent & {
    readonly code: string | null;
    readonly name: string;
    readonly terms: readonly Term[];
    readonly steps: readonly ComplaintStep[];
  };

export type ComplaintPage<Line> = { readonly complaints: readonly Line[]; readonly next: string | null };

export type OwnComplaints = { readonly caller: Caller; readonly code: string };

/** The enterprise's own complaints, the latest first. Throws the policy's refusal, what `proveMandate` throws. */
export async function listOwnComplaints(
  tx: Tx,
  context: ComplaintContext,
  { after, ...asked }: OwnComplaints & { readonly after?: string },
): Promise<ComplaintPage<StoredComplaint & ComplaintContent>> {
  const ids = await requireOwnIds(tx, context, asked);
  const rows = await selectComplaints(
    tx,
    `where c.enterprise_id = any($1::bigint[]) and ($2::text is null or c.complaint_id < $2)
     order by c.complaint_id desc limit $3`,
    [ids, after ?? null, COMPLAINT_LIMITS.pageMax],
  );
  const complaints = [];
  for (const row of rows) complaints.push({ ...row, ...(await openContent(tx, context, row)) });
  return { complaints, next: nextOf(rows) };
}

/** One of its own with terms and every step. Throws as `listOwnComplaints`, `complaints.unknown`. */
export async function readOwnComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: OwnComplaints & { readonly complaint: string },
): Promise<ComplaintView> {
  const ids = await requireOwnIds(tx, context, asked);
  const found = await findComplaint(tx, asked.complaint);
  if (!ids.includes(found.enterpriseId))
    throw complaintRefusal('complaints.unknown', { complaint: asked.complaint });
  return await complete(tx, context, found);
}

async function requireOwnIds(tx: Tx, { policies, clock }: ComplaintContext, { caller, code }: OwnComplaints) {
  const { enterpriseId } = await findEnterprise(tx, code);
  requireAllowed(policies, caller, 'file_complaint', { enterprise: enterpriseId });
  await proveMandate(tx, clock, caller, 'object');
  return await readMergedIds(tx, enterpriseId);
}

/** One line of a list of those who handle or are complained about; what was written is read one by one. */
export type ComplaintLine = StoredComplaint & { readonly code: string | null; readonly name: string };

export type HandledComplaints = {
  readonly caller: Caller;
  readonly states?: readonly ComplaintState[];
  readonly after?: string;
};

/**
 * Oldest first: the supervisor and the auditor see all, the data administrator what is about others and, once it is in somebody's
 * hands, what is about the node; a department, institution or platform what is about itself, likewise. Throws the policy's refusal.
 */
export async function listHandledComplaints(
  tx: Tx,
  context: ComplaintContext,
  { caller, states = OPEN_STATES, after }: HandledComplaints,
): Promise<ComplaintPage<ComplaintLine>> {
  const viewer = requireViewer(context, caller);
  const rows = await selectComplaints(
    tx,
    `where c.state = any($1) and c.complaint_id > $2
       and ($3::boolean or (c.against_kind = $4 and c.against_id = $5 and c.assigned_to is not null)
         or ($4 = 'node' and c.against_kind <> 'node'))
     order by c.complaint_id limit $6`,
    [states, after ?? '', viewer.seesAll, viewer.kind, viewer.id, COMPLAINT_LIMITS.pageMax],
  );
  const complaints = [];
  for (const row of rows) complaints.push({ ...row, ...(await nameOf(tx, row)) });
  return { complaints, next: nextOf(rows) };
}

/** One of those. Throws the policy's refusal, `complaints.unknown`. */
export async function readHandledComplaint(
  tx: Tx,
  context: ComplaintContext,
  { caller, complaint: id }: { readonly caller: Caller; readonly complaint: string },
): Promise<ComplaintView> {
  const viewer = requireViewer(context, caller);
  const found = await findComplaint(tx, id);
  const isHandled = viewer.seesAll || (viewer.kind === 'node' && found.against.kind !== 'node');
  if (isHandled) return await complete(tx, context, found);
  if (!isAbout(found, caller) || !isShownToAgainst(found))
    throw complaintRefusal('complaints.unknown', { complaint: id });
  return forAgainst(await complete(tx, context, found));
}

type Viewer = {
  readonly seesAll: boolean;
  readonly kind: StoredComplaint['against']['kind'] | null;
  readonly id: string | null;
};

function requireViewer({ policies }: ComplaintContext, caller: Caller): Viewer {
  if (caller.kind === 'operator' || caller.kind === 'regulator') {
    requireAllowed(policies, caller, 'oversee_complaints');
    const seesAll = caller.kind === 'regulator' || caller.roles.includes('audit_admin');
    return { seesAll, kind: seesAll ? null : 'node', id: seesAll ? null : 'node' };
  }
  requireAllowed(policies, caller, 'state_on_complaint', ownMatter(caller));
  const { kind, organisation, participantId } = caller;
  if (kind === 'provider') return { seesAll: false, kind, id: organisation };
  if (kind === 'institution' || kind === 'platform') return { seesAll: false, kind, id: participantId };
  return { seesAll: false, kind: null, id: null };
}

/** Whom it is about reads the complaint, its own words and the outcome; not who is behind it, nor what else was said. */
const SHOWN_ACTS: ReadonlySet<string> = new Set(['acknowledge', 'state', 'answer', 'decide', 'withdraw']);

function forAgainst(view: ComplaintView): ComplaintView {
  return {
    ...view,
    attachments: [],
    person: null,
    terms: [],
    steps: view.steps.filter(({ act }) => SHOWN_ACTS.has(act)),
  };
}

async function complete(tx: Tx, context: ComplaintContext, found: StoredComplaint): Promise<ComplaintView> {
  return {
    ...found,
    ...(await openContent(tx, context, found)),
    ...(await nameOf(tx, found)),
    terms: await readTerms(tx, matterOf(found), context.clock.now()),
    steps: await readSteps(tx, context, found),
  };
}

async function nameOf(tx: Tx, { enterpriseId }: StoredComplaint) {
  const { code, name } = await readEnterprise(tx, enterpriseId);
  return { code, name };
}

function nextOf(rows: readonly StoredComplaint[]): string | null {
  return rows.length < COMPLAINT_LIMITS.pageMax ? null : (rows.at(-1)?.complaintId ?? null);
}
