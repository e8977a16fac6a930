import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import { readMergedIds } from '#lists';
import type { TermMatter } from '../definition/term-kinds.ts';
import type { Cause } from '../tables.ts';
import { LIVE_TERMS, type LiveTerm, toTerm } from './store.ts';
import type { Term } from './term.ts';

/** Terms of a matter in the order of their start, ended ones too. With `at`, those past their day at that instant are late. */
export async function readTerms(tx: Tx, matter: TermMatter, at?: Date): Promise<Term[]> {
  const rows = await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and t.enterprise_id = $1 and t.matter_kind = $2 and t.matter_id = $3
     order by t.started_at, t.term_id`,
    [matter.enterpriseId, matter.kind, matter.id],
  );
  return rows.map((row) => toTerm(row, at === undefined ? undefined : beijingDate(at)));
}

/** Running terms of an enterprise, and of those merged into it, the earliest day first; those without a day last. */
export async function readRunningTermsOf(tx: Tx, enterpriseId: EnterpriseId, at: Date): Promise<Term[]> {
  const rows = await tx.rows<LiveTerm>(
    `${LIVE_TERMS} and t.enterprise_id = any($1::bigint[]) and t.ended_at is null
     order by t.due_on nulls last, t.term_id`,
    [await readMergedIds(tx, enterpriseId)],
  );
  return rows.map((row) => toTerm(row, beijingDate(at)));
}

/** One day that was due, by which profile, from when to when the node said so. */
export type TermVersion = {
  readonly term: Term['term'];
  readonly responsible: Term['responsible'];
  readonly versionNo: number;
  readonly cause: Cause;
  readonly dueOn: string | null;
  readonly dueIsCertain: boolean;
  readonly profile: string;
  readonly extensionReason: string | null;
  readonly knownFrom: Date;
  /** Null: it stands. */
  readonly knownTo: Date | null;
};

/** Every version of every term of a matter, in the order in which they came. */
export async function readTermHistory(tx: Tx, matter: TermMatter): Promise<TermVersion[]> {
  return await tx.rows<TermVersion>(
    `select t.term, jsonb_build_object('kind', t.responsible_kind, 'id', t.responsible_id) as responsible,
       t.version_no as "versionNo", t.cause, t.due_on::text as "dueOn", t.due_is_certain as "dueIsCertain",
       p.profile_id || ' ' || p.version as profile, t.extension_reason as "extensionReason",
       t.known_from as "knownFrom", nullif(t.known_to, 'infinity') as "knownTo"
     from rights.terms t join rights.time_limit_profiles p on p.profile_hash = t.profile_hash
     where t.enterprise_id = $1 and t.matter_kind = $2 and t.matter_id = $3
     order by t.known_from, t.term_id, t.version_no`,
    [matter.enterpriseId, matter.kind, matter.id],
  );
}
