import type { Tx } from '#kernel';
import { readSubject } from './read-subject.ts';
import type { Contract } from '../contract/shape.ts';
import type { ReviewReason } from '../tables.ts';
import { type Candidates, decideSubject, type Subject, type SubjectDecision } from './decide-subject.ts';
import {
  attachCodes,
  dropFindable,
  findCandidates,
  lockRegister,
  makeEnterprises,
  type NewEnterprise,
  openReviewItems,
  type WaitingSubject,
} from './register-sql.ts';

export type ResolveTask = {
  readonly contract: Contract;
  readonly deliveryNo: string;
  readonly knownFrom: Date;
};

/** How many subjects were matched otherwise than by a code in the register, and how many wait for a person. */
export type Resolution = { readonly resolved: number; readonly waiting: number; readonly made: number };

/** Subjects read and decided at once: large enough for few round trips, small enough for constant memory. */
const BATCH = 20_000;

/**
 * Decides every distinct subject of `unmatchedQuery` (columns subject_code, subject_name).
 * Afterwards each is either findable by a live code, or a row of `resolved`, or a row of `waiting`
 * (both temporary tables of the transaction).
 */
export async function resolveSubjects(
  tx: Tx,
  task: ResolveTask,
  unmatchedQuery: string,
  { mayRegister = true }: { mayRegister?: boolean } = {},
): Promise<Resolution> {
  await tx.rows(TEMPORARY);
  const claimed = new Map<string, Claim>();
  const total = { resolved: 0, waiting: 0, made: 0, attached: 0 };
  if (!(await hasRows(tx, unmatchedQuery))) return { resolved: 0, waiting: 0, made: 0 };
  await lockRegister(tx);
  await tx.rows(`declare unmatched no scroll cursor for ${unmatchedQuery} order by 1, 2`);
  for (;;) {
    const rows = await tx.rows<{ subject_code: string; subject_name: string }>(
      `fetch ${BATCH} from unmatched`,
    );
    if (rows.length === 0) break;
    const subjects = rows.map((row) => readSubject(row.subject_code, row.subject_name));
    const done = await resolveBatch(tx, task, { subjects, claimed, mayRegister });
    total.resolved += done.resolved;
    total.waiting += done.waiting;
    total.made += done.made;
    total.attached += done.attached;
  }
  await tx.rows('close unmatched');
  if (total.waiting > 0 && total.made + total.attached > 0)
    total.waiting -= await dropFindable(tx, task.knownFrom);
  return { resolved: total.resolved, waiting: total.waiting, made: total.made };
}

async function hasRows(tx: Tx, query: string): Promise<boolean> {
  return (await tx.rows<object>(`${query} limit 1`)).length > 0;
}

const TEMPORARY = `
  create temporary table resolved (subject_code text, subject_name text, enterprise_id bigint) on commit drop;
  create temporary table waiting (subject_code text, subject_name text, review_no bigint) on commit drop`;

/** A code or name taken by a new enterprise of this very delivery; the next subject must see it. */
type Claim = { readonly code: string; readonly enterprise: NewEnterprise };

type Batch = {
  readonly subjects: readonly Subject[];
  readonly claimed: Map<string, Claim>;
  readonly mayRegister: boolean;
};

type Sorted = {
  made: NewEnterprise[];
  attached: { subject: Subject; enterpriseId: string }[];
  byName: { subject: Subject; enterpriseId: string }[];
  waiting: WaitingSubject[];
};

async function resolveBatch(
  tx: Tx,
  task: ResolveTask,
  batch: Batch,
): Promise<Resolution & { attached: number }> {
  const candidates = await findCandidates(tx, batch.subjects);
  const sorted = sortSubjects(task, batch, candidates);
  await makeEnterprises(tx, sorted.made, task);
  await attachCodes(tx, sorted.attached, task);
  await openReviewItems(tx, sorted.waiting, task.knownFrom);
  await insertResolved(tx, sorted.byName);
  return {
    resolved: sorted.byName.length,
    waiting: sorted.waiting.length,
    made: sorted.made.length,
    attached: sorted.attached.length,
  };
}

function sortSubjects(task: ResolveTask, batch: Batch, candidates: readonly Candidates[]): Sorted {
  const sorted: Sorted = { made: [], attached: [], byName: [], waiting: [] };
  const rights = { registers: task.contract.registers === true, mayRegister: batch.mayRegister };
  for (const [at, subject] of batch.subjects.entries()) {
    const sameCode = batch.claimed.get(`code ${subject.code}`);
    if (sameCode !== undefined && subject.code !== '') continue; // found by its code once that is in
    const found = candidates[at] ?? { byPerson: null, byOrganisationCode: null, byName: [] };
    const decision = decideSubject(subject, found, rights);
    place(sorted, batch.claimed, subject, claimedName(batch.claimed, subject, decision));
  }
  return sorted;
}

/** Two new codes under one name in one delivery are as doubtful as a new code under a known name. */
function claimedName(
  claimed: ReadonlyMap<string, Claim>,
  subject: Subject,
  decision: SubjectDecision,
): SubjectDecision {
  if (decision.kind !== 'new' || !claimed.has(`name ${subject.nameKey}`)) return decision;
  const reason: ReviewReason = 'same_name_other_code';
  return { kind: 'held', reason, candidates: [] };
}

function place(
  sorted: Sorted,
  claimed: Map<string, Claim>,
  subject: Subject,
  decision: SubjectDecision,
): void {
  if (decision.kind === 'held') {
    sorted.waiting.push({ subject, reason: decision.reason, candidates: decision.candidates });
  } else if (decision.kind === 'new') {
    const enterprise: NewEnterprise = { subject, standing: decision.standing };
    sorted.made.push(enterprise);
    claimed.set(`code ${subject.code}`, { code: subject.code, enterprise });
    if (subject.nameKey !== '') claimed.set(`name ${subject.nameKey}`, { code: subject.code, enterprise });
  } else if (decision.attachCode) {
    sorted.attached.push({ subject, enterpriseId: decision.enterpriseId });
    claimed.set(`code ${subject.code}`, {
      code: subject.code,
      enterprise: { subject, standing: 'registered' },
    });
  } else {
    sorted.byName.push({ subject, enterpriseId: decision.enterpriseId });
  }
}

async function insertResolved(tx: Tx, rows: Sorted['byName']): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows('insert into resolved select * from unnest($1::text[], $2::text[], $3::bigint[])', [
    rows.map(({ subject }) => subject.code),
    rows.map(({ subject }) => subject.name),
    rows.map(({ enterpriseId }) => enterpriseId),
  ]);
}
