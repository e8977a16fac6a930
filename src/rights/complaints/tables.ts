import type { ColumnType } from 'kysely';
import type { ComplaintOutcome, ComplaintState } from './definition/complaint.ts';
import type { AgainstKind } from './definition/load-complaint-rules.ts';

/** Tables that complaints own. */
export type ComplaintTables = {
  'rights.complaints': {
    enterprise_id: string;
    complaint_id: string;
    kind: string;
    against_kind: AgainstKind;
    against_id: string;
    disclosure_id: string | null;
    content_sealed: string;
    attachment_digests: readonly string[];
    filed_by: string;
    mandate_id: string;
    rules_version: string;
    filed_at: Date;
    receipt_id: string;
    state: ComplaintState;
    state_at: Date;
    assigned_to: string | null;
    asked_back: ColumnType<number, number | undefined, number>;
    answered_by: string | null;
    answered_at: Date | null;
    outcome: ColumnType<ComplaintOutcome | null, null | undefined, ComplaintOutcome>;
    decided_outcome: ColumnType<ComplaintOutcome | null, null | undefined, ComplaintOutcome>;
  };
};
