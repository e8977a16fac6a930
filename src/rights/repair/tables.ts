import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { Severity } from './definition/load-repair-rules.ts';
import type { Entrance, RepairState } from './definition/repair.ts';

/** Why a record of an enterprise is out of use; closed, as in the table's check. */
export type EndCause = 'repair' | 'said_repaired' | 'period_ended' | 'annulled' | 'reorganisation';
export type OwnMark = 'repaired' | 'withheld' | 'annulled';

/** Tables that repair owns. */
export type RepairTables = {
  'rights.repairs': {
    enterprise_id: string;
    repair_id: string;
    contract_id: string;
    record_id: string;
    provider: string;
    body: string;
    entrance: Entrance;
    applied_by: string;
    mandate_id: string | null;
    regime: string;
    severity: Severity;
    rules_version: string;
    earliest_on: ColumnType<string, string, never>;
    content_sealed: string;
    content_digest: string;
    pledge: JSONColumnType<object>;
    state: RepairState;
    applied_at: Date;
    decided_at: Generated<Date | null>;
    synced_at: Generated<Date | null>;
  };
  'rights.repair_marks': {
    enterprise_id: string;
    contract_id: string;
    first_record_id: string;
    record_id: string;
    mark: OwnMark;
    cause: EndCause;
    cause_id: string;
    since: Date;
    ended_at: Generated<Date | null>;
  };
  'rights.repair_shields': {
    enterprise_id: string;
    shield_id: string;
    ruling_sealed: string;
    ruled_on: ColumnType<string, string, never>;
    until: ColumnType<string, string, never>;
    made_by: string;
    made_at: Date;
    receipt_id: string;
    ended_at: Generated<Date | null>;
  };
  'rights.repair_portal_numbers': {
    portal: string;
    number: string;
    enterprise_id: string;
    repair_id: string;
    content_digest: string;
  };
  'rights.repair_portal_notices': {
    notice_id: string;
    number: string;
    repair_id: string;
    state: string;
    at: Date;
    standing: Generated<'waiting' | 'taken' | 'dead'>;
    attempts: Generated<number>;
    due_at: Date;
    last_outcome: string | null;
  };
};
