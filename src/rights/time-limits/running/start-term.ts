import assert from 'node:assert';
import { newId, type Tx } from '#kernel';
import type { RightsContext } from '../../rights-context.ts';
import { holdProfileInForce } from '../definition/profile-in-force.ts';
import type { Responsible, StartEvent, TermKind, TermMatter } from '../definition/term-kinds.ts';
import type { TermRow } from '../tables.ts';
import { reckonMatter, type Rules } from './reckon.ts';
import {
  hasMoved,
  type LiveTerm,
  type NextVersion,
  nextVersion,
  readAgain,
  readTermsOf,
  takeTerms,
  writeVersions,
} from './store.ts';
import type { Term } from './term.ts';

export type TermsContext = Pick<RightsContext, 'timeLimits' | 'calendar' | 'clock' | 'keys'>;

export type TermStart = {
  readonly matter: TermMatter;
  readonly term: TermKind;
  readonly startedAt: Date;
  readonly responsible: Responsible;
  /** When else something happened from which a profile may count; `startedAt` stands for what is not named. */
  readonly events?: Readonly<Partial<Record<StartEvent, Date>>>;
};

/** Starts a term in the caller's transaction. One of this kind must not be running for this responsible in the matter. */
export async function startTerm(tx: Tx, context: TermsContext, about: TermStart): Promise<Term> {
  const [term] = await startTerms(tx, context, [about]);
  assert(term !== undefined, 'one for one');
  return term;
}

/** As `startTerm` for many, of one matter or of many, by one statement; in the order of `abouts`. */
export async function startTerms(
  tx: Tx,
  context: TermsContext,
  abouts: readonly TermStart[],
): Promise<Term[]> {
  if (abouts.length === 0) return [];
  const profile = await holdProfileInForce(tx, context);
  const at = context.clock.now();
  const [matter, ...others] = distinctMatters(abouts);
  assert(matter !== undefined, 'a term has its matter');
  const found =
    others.length === 0 ? await takeTerms(tx, matter) : await readTermsOf(tx, [matter, ...others]);
  const live = Map.groupBy(found, keyOfRow);
  const started = abouts.map((about) => firstRow(about, { hash: profile.hash, at }));
  const versions = [...Map.groupBy(started, keyOfRow)].flatMap(([key, rows]) =>
    versionsOf(live.get(key) ?? [], rows, { profile, calendar: context.calendar }),
  );
  await writeVersions(tx, versions, at);
  return await readAgain(tx, started);
}

/** The new ones, and those running beside them whose day a new all-in limit moves. */
function versionsOf(live: readonly LiveTerm[], started: readonly TermRow[], rules: Rules): NextVersion[] {
  for (const one of started) {
    const isAlike = (row: TermRow): boolean =>
      row !== one && row.endedAt === null && row.term === one.term && isOf(row, one);
    assert(![...live, ...started].some(isAlike), `a term ${one.term} of this matter is running already`);
  }
  const rows: readonly TermRow[] = [...live, ...started];
  const reckoned = reckonMatter(rows, rules);
  return rows.flatMap((row, at): NextVersion[] => {
    const due = reckoned[at];
    assert(due !== undefined, 'one for one');
    if (row.versionNo === 0) return [nextVersion(row, 'started', due)];
    return row.endedAt === null && hasMoved(row, due) ? [nextVersion(row, 'all_in', due)] : [];
  });
}

function isOf(one: TermRow, other: TermRow): boolean {
  return one.responsibleKind === other.responsibleKind && one.responsibleId === other.responsibleId;
}

/** Version 0, which is never written: the day is not reckoned yet. */
function firstRow(
  { matter, term, startedAt, responsible, events = {} }: TermStart,
  { hash, at }: { readonly hash: string; readonly at: Date },
): TermRow {
  return {
    enterpriseId: matter.enterpriseId,
    termId: newId('trm', at),
    versionNo: 0,
    matterKind: matter.kind,
    matterId: matter.id,
    term,
    responsibleKind: responsible.kind,
    responsibleId: responsible.id,
    startedAt,
    events: Object.fromEntries(Object.entries(events).map(([name, when]) => [name, when.toISOString()])),
    stops: [],
    extendedBy: null,
    extensionReason: null,
    profileHash: hash,
    dueOn: null,
    dueIsCertain: true,
    isCapped: false,
    endedAt: null,
    lateDays: 0,
  };
}

export function keyOfRow({ enterpriseId, matterKind, matterId }: TermRow): string {
  return JSON.stringify([enterpriseId, matterKind, matterId]);
}

function distinctMatters(abouts: readonly TermStart[]): TermMatter[] {
  const byKey = new Map(
    abouts.map(({ matter }) => [JSON.stringify([matter.enterpriseId, matter.kind, matter.id]), matter]),
  );
  return [...byKey.values()];
}
