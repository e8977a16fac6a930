/** Tables of changed capacities; `contract_id` empty: of the whole source. */
export type CapacityTables = {
  'platform.capacity_changes': {
    change_id: string;
    source_id: string;
    contract_id: string;
    per_minute: number | null;
    per_day: number | null;
    concurrency_max: number | null;
    reason: string;
    proposed_by: string;
    proposed_at: Date;
    decision: 'approved' | 'rejected' | null;
    decided_by: string | null;
    decided_at: Date | null;
    receipt_id: string | null;
  };
};
