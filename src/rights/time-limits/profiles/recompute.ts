import assert from 'node:assert';
import { beijingDate, type Tx } from '#kernel';
import type { WorkingCalendar } from '#lists';
import type { Profile } from '../definition/profile-shape.ts';
import { reckonMatter } from '../running/reckon.ts';
import { keyOfRow } from '../running/start-term.ts';
import {
  LIVE_TERMS,
  type LiveTerm,
  type NextVersion,
  nextVersion,
  toTerm,
  writeVersions,
} from '../running/store.ts';
import type { Term } from '../running/term.ts';
import { TIME_LIMIT_LIMITS } from '../time-limit-limits.ts';

/** A running term that is past its day under the new profile. */
export type Breach = {
  readonly term: Term;
  readonly dueBefore: string | null;
  /** It was not past its day under the profile before. */
  readonly isNew: boolean;
};

export type Recomputed = {
  /** Running terms that were reckoned again, and of them those whose day moved. */
  readonly recomputed: number;
  readonly moved: number;
  readonly breachedCount: number;
  /** The first of them, by enterprise. */
  readonly breached: readonly Breach[];
};

/**
 * Reckons every running term by another profile: in memory alone, or, with `writeAt`, as versions beside those that held so
 * far. The caller holds the profile's lock when it writes.
 */
export async function recompute(
  tx: Tx,
  profile: Profile,
  {
    calendar,
    at,
    writeAt,
  }: { readonly calendar: WorkingCalendar; readonly at: Date; readonly writeAt?: Date },
): Promise<Recomputed> {
  const found = { recomputed: 0, moved: 0, breachedCount: 0, breached: [] as Breach[] };
  const today = beijingDate(at);
  let after: string | undefined = '0';
  while (after !== undefined) {
    const step: { rows: readonly LiveTerm[]; last: string | undefined } = await readStep(tx, after);
    const next = reckonRows(step.rows, profile, calendar);
    if (writeAt !== undefined) await writeVersions(tx, next, writeAt);
    const before = new Map(step.rows.map((row) => [row.termId, row]));
    const breached = next.flatMap((version) => breachOf(version, { before, profile, today }));
    found.recomputed += next.length;
    found.moved += next.filter(({ termId, dueOn }) => before.get(termId)?.dueOn !== dueOn).length;
    found.breachedCount += breached.length;
    found.breached.push(...breached.slice(0, TIME_LIMIT_LIMITS.breachesShownMax - found.breached.length));
    after = step.last;
  }
  return found;
}

/** Every term of some enterprises that have running ones; whoever writes keeps others from changing them by the profile’s lock. */
async function readStep(
  tx: Tx,
  after: string,
): Promise<{ rows: readonly LiveTerm[]; last: string | undefined }> {
  const ids = await tx.rows<{ id: string }>(
    `select distinct enterprise_id::text as id, enterprise_id from rights.terms
     where known_to = 'infinity' and ended_at is null and enterprise_id > $1 order by enterprise_id limit $2`,
    [after, TIME_LIMIT_LIMITS.enterprisesPerStep],
  );
  const rows = await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and t.enterprise_id = any($1::bigint[])
     order by t.enterprise_id, t.started_at, t.term_id`,
    [ids.map(({ id }) => id)],
  );
  return { rows, last: ids.length < TIME_LIMIT_LIMITS.enterprisesPerStep ? undefined : ids.at(-1)?.id };
}

function reckonRows(rows: readonly LiveTerm[], profile: Profile, calendar: WorkingCalendar): NextVersion[] {
  return [...Map.groupBy(rows, keyOfRow).values()].flatMap((matter) => {
    const reckoned = reckonMatter(matter, { profile, calendar });
    return matter.flatMap((row, index) => {
      const due = reckoned[index];
      assert(due !== undefined, 'one for one');
      if (row.endedAt !== null) return [];
      return [nextVersion(row, 'profile', { ...due, profileHash: profile.hash })];
    });
  });
}

function breachOf(
  version: NextVersion,
  {
    before,
    profile,
    today,
  }: { readonly before: ReadonlyMap<string, LiveTerm>; readonly profile: Profile; readonly today: string },
): Breach[] {
  const row = before.get(version.termId);
  assert(row !== undefined, 'a version follows one that was read');
  const limit = profile.terms[version.isCapped ? 'all_in' : version.term];
  const shown = { profile: `${profile.id} ${profile.version}`, citation: limit?.citation ?? null };
  const term = toTerm({ ...version, ...shown }, today);
  if (term.state !== 'late') return [];
  return [{ term, dueBefore: row.dueOn, isNew: toTerm(row, today).state !== 'late' }];
}
