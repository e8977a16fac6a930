import assert from 'node:assert';
import { beijingDate, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { holdProfileInForce } from '../definition/profile-in-force.ts';
import type { Profile } from '../definition/profile-shape.ts';
import { type Responsible, type TermKind, type TermMatter, TERM_WORDS } from '../definition/term-kinds.ts';
import type { Cause, TermRow } from '../tables.ts';
import { timeLimitRefusal } from '../time-limit-refusals.ts';
import { decideTerm } from './decide-term.ts';
import { reckonMatter } from './reckon.ts';
import type { TermsContext } from './start-term.ts';
import { hasMoved, type LiveTerm, nextVersion, readAgain, takeTerms, writeVersions } from './store.ts';
import type { Term } from './term.ts';

export type TermAddress = {
  readonly matter: TermMatter;
  readonly term: TermKind;
  /** Needed where several hold a term of this kind in the matter. */
  readonly responsible?: Responsible;
};

/** Ends a term: met, or late by so many days. Throws `time_limits.not_running`. */
export async function endTerm(
  tx: Tx,
  context: TermsContext,
  about: TermAddress & { readonly at: Date },
): Promise<Term> {
  const { profile, terms, row } = await takeRunning(tx, context, about);
  assert(about.at >= row.startedAt, 'a term ends after it began');
  const ended = { ...row, stops: closeStops(row, about.at), endedAt: about.at };
  const due = reckonMatter(replaced(terms, ended), { profile, calendar: context.calendar })[
    terms.indexOf(row)
  ];
  assert(due !== undefined, 'one for one');
  const { lateDays } = decideTerm({ ...ended, dueOn: due.dueOn });
  await writeVersions(tx, [nextVersion(ended, 'ended', { ...due, lateDays })], context.clock.now());
  return await readOne(tx, row);
}

/** Ends whatever of the matter still runs or stands still: it was withdrawn, refused or decided as a whole. */
export async function endTermsOf(
  tx: Tx,
  context: TermsContext,
  { matter, at }: { readonly matter: TermMatter; readonly at: Date },
): Promise<Term[]> {
  const profile = await holdProfileInForce(tx, context);
  const terms = await takeTerms(tx, matter);
  const running = terms.filter(({ endedAt }) => endedAt === null);
  const ended = terms.map((row) =>
    row.endedAt === null ? { ...row, stops: closeStops(row, at), endedAt: at } : row,
  );
  const reckoned = reckonMatter(ended, { profile, calendar: context.calendar });
  const versions = ended.flatMap((row, index) => {
    const due = reckoned[index];
    assert(due !== undefined, 'one for one');
    if (terms[index]?.endedAt !== null) return [];
    const { lateDays } = decideTerm({ ...row, dueOn: due.dueOn });
    return [nextVersion(row, 'ended', { ...due, lateDays })];
  });
  await writeVersions(tx, versions, context.clock.now());
  return await readAgain(tx, running);
}

/**
 * Gives a term more time, once and before its day, where the profile allows it. Whether this person may approve it the caller
 * has asked the policy. Throws `time_limits.not_running`, `time_limits.extension_not_allowed`,
 * `time_limits.extended_already`, `time_limits.extension_late`.
 */
export async function extendTerm(
  tx: Tx,
  context: TermsContext,
  about: TermAddress & { readonly approvedBy: string; readonly reason: string },
): Promise<Term> {
  const { profile, terms, row } = await takeRunning(tx, context, about);
  const at = context.clock.now();
  requireExtensible(row, profile, beijingDate(at));
  const { approvedBy, reason, matter, term } = about;
  const extended = { ...row, extendedBy: approvedBy, extensionReason: reason };
  await moveTerms(tx, context, { terms, changed: [extended], cause: 'extended', profile });
  const body = { act: 'term_extended', matter: matter.id, term, by: approvedBy, reason };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body, subject: matter.enterpriseId });
  return await readOne(tx, row);
}

function requireExtensible(row: LiveTerm, profile: Profile, today: string): void {
  const { zh: termZh } = TERM_WORDS[row.term];
  if (profile.terms[row.term]?.extension === undefined)
    throw timeLimitRefusal('time_limits.extension_not_allowed', { term: termZh });
  if (row.extendedBy !== null) throw timeLimitRefusal('time_limits.extended_already', { term: termZh });
  if (row.dueOn !== null && row.dueOn < today)
    throw timeLimitRefusal('time_limits.extension_late', { term: termZh, due: row.dueOn });
}

/**
 * Writes the changed terms of a matter and those beside them whose day an all-in limit moves. `changed` are rows of `terms`
 * with other facts.
 */
export async function moveTerms(
  tx: Tx,
  { calendar, clock }: TermsContext,
  {
    terms,
    changed,
    cause,
    profile,
  }: {
    readonly terms: readonly LiveTerm[];
    readonly changed: readonly TermRow[];
    readonly cause: Cause;
    readonly profile: Profile;
  },
): Promise<void> {
  const byId = new Map(changed.map((row) => [row.termId, row]));
  const rows = terms.map((row): TermRow => byId.get(row.termId) ?? row);
  const reckoned = reckonMatter(rows, { profile, calendar });
  const versions = rows.flatMap((row, index) => {
    const due = reckoned[index];
    assert(due !== undefined, 'one for one');
    if (byId.has(row.termId)) return [nextVersion(row, cause, due)];
    return row.endedAt === null && hasMoved(row, due) ? [nextVersion(row, 'all_in', due)] : [];
  });
  await writeVersions(tx, versions, clock.now());
}

/** All terms of the matter, and the running one that was meant. */
async function takeRunning(
  tx: Tx,
  context: TermsContext,
  { matter, term, responsible }: TermAddress,
): Promise<{ profile: Profile; terms: readonly LiveTerm[]; row: LiveTerm }> {
  const profile = await holdProfileInForce(tx, context);
  const terms = await takeTerms(tx, matter);
  const [row, ...others] = terms.filter(
    (one) =>
      one.term === term &&
      one.endedAt === null &&
      (responsible === undefined ||
        (one.responsibleKind === responsible.kind && one.responsibleId === responsible.id)),
  );
  if (row === undefined)
    throw timeLimitRefusal('time_limits.not_running', { matter: matter.id, term: TERM_WORDS[term].zh });
  assert(others.length === 0, `several hold a term ${term} of this matter; say whose`);
  return { profile, terms, row };
}

/** A clock that stands when the term ends or goes on stood until then. */
export function closeStops({ stops }: TermRow, at: Date): TermRow['stops'] {
  return stops.map((stop) => (stop.to === null ? { ...stop, to: beijingDate(at) } : stop));
}

function replaced(terms: readonly TermRow[], by: TermRow): TermRow[] {
  return terms.map((row) => (row.termId === by.termId ? by : row));
}

async function readOne(tx: Tx, row: LiveTerm): Promise<Term> {
  const [term] = await readAgain(tx, [row]);
  assert(term !== undefined, 'one for one');
  return term;
}
