import assert from 'node:assert';
import { beijingDate, toEnterpriseId, type Tx } from '#kernel';
import type { TermMatter, Words } from '../definition/term-kinds.ts';
import type { Cause, TermRow } from '../tables.ts';
import { decideTerm } from './decide-term.ts';
import type { Reckoned } from './reckon.ts';
import type { Term } from './term.ts';

/** The live version of a term with what people are told of the profile that its day was reckoned by. */
export type LiveTerm = TermRow & { readonly profile: string; readonly citation: Words | null };

const COLUMNS = `t.enterprise_id::text as "enterpriseId", t.term_id as "termId", t.version_no as "versionNo",
  t.matter_kind as "matterKind", t.matter_id as "matterId", t.term, t.responsible_kind as "responsibleKind",
  t.responsible_id as "responsibleId", t.started_at as "startedAt", t.events, t.stops,
  t.extended_by as "extendedBy", t.extension_reason as "extensionReason", t.profile_hash as "profileHash",
  t.due_on::text as "dueOn", t.due_is_certain as "dueIsCertain", t.is_capped as "isCapped",
  t.ended_at as "endedAt", t.late_days as "lateDays"`;

/** Live versions as `t`; a condition and an order are put behind it. */
export const LIVE_TERMS = `select ${COLUMNS}, p.profile_id || ' ' || p.version as profile,
  p.definition -> 'terms' -> (case when t.is_capped then 'all_in' else t.term end) -> 'citation' as citation
  from rights.terms t join rights.time_limit_profiles p on p.profile_hash = t.profile_hash
  where t.known_to = 'infinity'`;

/** Terms of the matter in the order of their start, ended ones too. Held until the transaction ends. */
export async function takeTerms(tx: Tx, { enterpriseId, kind, id }: TermMatter): Promise<LiveTerm[]> {
  return await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and t.enterprise_id = $1 and t.matter_kind = $2 and t.matter_id = $3
     order by t.started_at, t.term_id for update of t`,
    [enterpriseId, kind, id],
  );
}

/** As `takeTerms` of many matters, not held: of two that change one term at once the second version fails by its key. */
export async function readTermsOf(tx: Tx, matters: readonly TermMatter[]): Promise<LiveTerm[]> {
  return await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and (t.enterprise_id, t.matter_kind, t.matter_id) in (
       select * from unnest($1::bigint[], $2::text[], $3::text[]))
     order by t.enterprise_id, t.started_at, t.term_id`,
    [
      matters.map(({ enterpriseId }) => enterpriseId),
      matters.map(({ kind }) => kind),
      matters.map(({ id }) => id),
    ],
  );
}

export type NextVersion = TermRow & { readonly cause: Cause };

/** The version after `row`, by what changed. */
export function nextVersion(row: TermRow, cause: Cause, changes: Partial<TermRow>): NextVersion {
  return { ...row, ...changes, cause, versionNo: row.versionNo + 1 };
}

/** What changed of the day, if anything did. */
export function hasMoved(row: TermRow, reckoned: Reckoned): boolean {
  return (
    row.dueOn !== reckoned.dueOn ||
    row.dueIsCertain !== reckoned.dueIsCertain ||
    row.isCapped !== reckoned.isCapped
  );
}

/** Ends the versions before and begins these, at one instant. */
export async function writeVersions(tx: Tx, versions: readonly NextVersion[], at: Date): Promise<void> {
  if (versions.length === 0) return;
  await tx.rows(
    `update rights.terms t set known_to = $3
     from unnest($1::bigint[], $2::text[]) as of (enterprise_id, term_id)
     where t.enterprise_id = of.enterprise_id and t.term_id = of.term_id and t.known_to = 'infinity'`,
    [versions.map(({ enterpriseId }) => enterpriseId), versions.map(({ termId }) => termId), at],
  );
  await tx.rows(INSERT, [JSON.stringify(versions.map(toJson)), at]);
}

const INSERT = `insert into rights.terms (enterprise_id, term_id, version_no, matter_kind, matter_id, term,
    responsible_kind, responsible_id, started_at, events, stops, is_stopped, extended_by, extension_reason, profile_hash,
    due_on, due_is_certain, is_capped, ended_at, late_days, cause, known_from)
  select "enterpriseId", "termId", "versionNo", "matterKind", "matterId", term, "responsibleKind", "responsibleId",
    "startedAt", events, stops, "isStopped", "extendedBy", "extensionReason", "profileHash", "dueOn", "dueIsCertain",
    "isCapped", "endedAt", "lateDays", cause, $2
  from jsonb_to_recordset($1::jsonb) as of ("enterpriseId" bigint, "termId" text, "versionNo" integer,
    "matterKind" text, "matterId" text, term text, "responsibleKind" text, "responsibleId" text,
    "startedAt" timestamptz, events jsonb, stops jsonb, "isStopped" boolean, "extendedBy" text,
    "extensionReason" text, "profileHash" text, "dueOn" date, "dueIsCertain" boolean, "isCapped" boolean,
    "endedAt" timestamptz, "lateDays" integer, cause text)`;

function toJson(version: NextVersion): object {
  const isStopped = version.endedAt === null && version.stops.some(({ to }) => to === null);
  return { ...version, isStopped };
}

const NO_LIMIT: Words = { zh: '现行期限方案未作规定', en: 'The profile in force says nothing' };

/** As people and the other duties read it; `today` tells which running ones are late. */
export function toTerm(row: LiveTerm, today?: string): Term {
  return {
    matter: { kind: row.matterKind, id: row.matterId, enterpriseId: toEnterpriseId(row.enterpriseId) },
    term: row.term,
    responsible: { kind: row.responsibleKind, id: row.responsibleId },
    startedAt: row.startedAt,
    startedOn: beijingDate(row.startedAt),
    dueOn: row.dueOn,
    dueIsCertain: row.dueIsCertain,
    isCapped: row.isCapped,
    ...decideTerm(row, today),
    endedAt: row.endedAt,
    isExtended: row.extendedBy !== null,
    citation: row.citation ?? NO_LIMIT,
    profile: row.profile,
  };
}

/** The terms of these ids as they stand now, in the order of the ids. */
export async function readAgain(
  tx: Tx,
  rows: readonly Pick<TermRow, 'enterpriseId' | 'termId'>[],
): Promise<Term[]> {
  const found = await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and (t.enterprise_id, t.term_id) in (select * from unnest($1::bigint[], $2::text[]))`,
    [rows.map(({ enterpriseId }) => enterpriseId), rows.map(({ termId }) => termId)],
  );
  const byId = new Map(found.map((row) => [row.termId, row]));
  return rows.map(({ termId }) => {
    const row = byId.get(termId);
    assert(row !== undefined, 'the term has a live version');
    return toTerm(row);
  });
}
