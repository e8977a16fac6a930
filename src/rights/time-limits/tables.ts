import type { ColumnType, JSONColumnType } from 'kysely';
import type { Stop } from './running/due-of.ts';
import type { Responsible, TermKind, TermMatter } from './definition/term-kinds.ts';

export type Cause = 'started' | 'extended' | 'stopped' | 'resumed' | 'ended' | 'profile' | 'all_in';
export type NoticeKind = 'reminder' | 'overdue' | 'escalated_head' | 'escalated_node';

/** Tables that time limits own. Days are read as text. */
export type TimeLimitTables = {
  'rights.time_limit_profiles': {
    profile_hash: string;
    profile_id: string;
    version: string;
    definition: JSONColumnType<object>;
    known_from: Date;
  };
  'rights.profile_switches': {
    switch_no: number;
    profile_hash: string;
    reason: string;
    proposed_by: string;
    proposed_at: Date;
    approved_by: string | null;
    approved_at: Date | null;
    recomputed: ColumnType<number, number | undefined>;
    breached: ColumnType<number, number | undefined>;
    withdrawn_at: Date | null;
    receipt_id: string | null;
  };
};

/** A row of rights.terms, as the one statement that reads them gives it. */
export type TermRow = {
  readonly enterpriseId: string;
  readonly termId: string;
  readonly versionNo: number;
  readonly matterKind: TermMatter['kind'];
  readonly matterId: string;
  readonly term: TermKind;
  readonly responsibleKind: Responsible['kind'];
  readonly responsibleId: string;
  readonly startedAt: Date;
  readonly events: Readonly<Record<string, string>>;
  readonly stops: readonly Stop[];
  readonly extendedBy: string | null;
  readonly extensionReason: string | null;
  readonly profileHash: string;
  readonly dueOn: string | null;
  readonly dueIsCertain: boolean;
  readonly isCapped: boolean;
  readonly endedAt: Date | null;
  readonly lateDays: number;
};
