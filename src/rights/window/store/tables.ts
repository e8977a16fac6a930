import type { Capacity } from '#platform';

export type EntryState = 'entered' | 'in_effect' | 'acting' | 'done' | 'rejected' | 'lapsed';

/** Tables that the window owns; `bigint` columns arrive as text. */
export type WindowTables = {
  'rights.window_scans': {
    enterprise_id: string;
    scan_id: string;
    content_type: 'application/pdf' | 'image/png' | 'image/jpeg';
    bytes: number;
    digest: string;
    stored_digest: string;
    made_by: string;
    made_at: Date;
  };
  'rights.window_entries': {
    enterprise_id: string;
    entry_id: string;
    act: string;
    capacity: Capacity;
    person_sealed: string;
    asked_sealed: string;
    digest: string;
    scan_digest: string;
    mandate_digest: string | null;
    state: EntryState;
    entered_by: string;
    entered_at: Date;
    check_by: Date;
    made_id: string | null;
    decided_by: string | null;
    decided_at: Date | null;
    reason: string | null;
    refusal: string | null;
    printed_at: Date | null;
    receipt_id: string;
    decided_receipt_id: string | null;
  };
};
