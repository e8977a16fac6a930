import type { Generated } from 'kysely';

/** Tables that lists owns; no other module names them. `bigint` columns arrive as text. */
export type ListsTables = {
  'lists.contract_versions': {
    contract_id: string;
    version: string;
    hash: string;
    body: string;
    origin: 'package' | 'city' | 'proposal';
    state: ContractState;
    proposed_by: string;
    confirmed_by: string | null;
    reviewed_by: string | null;
    published_by: string | null;
    note: string;
    created_at: Date;
    changed_at: Date;
  };
  'lists.contract_comments': {
    contract_id: string;
    hash: string;
    comment_no: Generated<number>;
    author: string;
    text: string;
    at: Date;
  };
  'lists.dataset_tables': {
    contract_id: string;
    major: number;
    table_name: string;
    columns: string;
    ddl: string;
    contract_hash: string;
    made_at: Date;
  };
  'lists.enterprises': {
    enterprise_id: Generated<string>;
    standing: 'registered' | 'provisional';
    kind: 'organisation' | 'sole_trader';
    size_class: Generated<string>;
    size_basis: string | null;
    made_by_delivery: string | null;
    made_at: Date;
  };
  'lists.enterprise_codes': {
    enterprise_id: string;
    code: string;
    kind: CodeKind;
    checksum_ok: boolean;
    known_from: Date;
    known_to: Generated<Date>;
    delivery_no: string | null;
  };
  'lists.enterprise_names': {
    enterprise_id: string;
    name: string;
    name_key: string;
    is_current: boolean;
    known_from: Date;
    known_to: Generated<Date>;
    delivery_no: string | null;
  };
  'lists.enterprise_aliases': {
    alias_id: string;
    enterprise_id: string;
    known_from: Date;
    known_to: Generated<Date>;
    decided_by: string;
  };
  'lists.review_items': {
    review_no: Generated<string>;
    reason: ReviewReason;
    subject_code: string;
    subject_name: string;
    name_key: string;
    candidates: string[];
    state: Generated<'open' | 'accepted' | 'rejected'>;
    enterprise_id: string | null;
    decided_by: string | null;
    decided_at: Date | null;
    undone_at: Date | null;
    made_at: Date;
  };
  'lists.deliveries': DeliveryRow;
  'lists.defects': {
    delivery_no: string;
    row_no: number;
    defect_no: Generated<string>;
    field: string;
    code: string;
    rule: string;
    severity: 'block' | 'warn';
    params: Record<string, string | number>;
    raw: unknown;
  };
  'lists.held_rows': {
    delivery_no: string;
    row_no: number;
    review_no: string;
    contract_id: string;
    staged: Record<string, unknown>;
    state: Generated<'held' | 'released' | 'rejected'>;
  };
  'lists.quality_evidence': {
    delivery_no: string;
    rule: string;
    dimension: string;
    severity: string;
    checked: number;
    failed: number;
  };
};

export type ContractState =
  | 'draft'
  | 'department_confirmed'
  | 'node_reviewed'
  | 'published'
  | 'changing'
  | 'withdrawn';
export type CodeKind = 'uscc' | 'organisation' | 'old_registration' | 'old_tax' | 'other';
export type ReviewReason =
  | 'same_name_other_code'
  | 'checksum_mismatch'
  | 'id_card_shaped'
  | 'code_unknown'
  | 'name_ambiguous';
export type DeliveryState =
  | 'received'
  | 'publishing'
  | 'published'
  | 'partly_published'
  | 'returned'
  | 'refused';

export type DeliveryRow = {
  delivery_no: Generated<string>;
  delivery_id: string;
  contract_id: string;
  contract_hash: string;
  provider: string;
  kind: 'records' | 'withdrawal';
  mapping: string;
  mapping_hash: string;
  file_name: string;
  digest: string;
  bytes: string;
  state: DeliveryState;
  received_by: string;
  received_at: Date;
  publishing_since: Date | null;
  known_from: Date | null;
  finished_at: Date | null;
  return_due_on: string | null;
  rows: number | null;
  new_rows: number | null;
  changed_rows: number | null;
  unchanged_rows: number | null;
  held_rows: number | null;
  quarantined_rows: number | null;
  duplicate_rows: number | null;
  withdrawn_rows: number | null;
  merkle_root: string | null;
  business_time_max: string | null;
  is_synthetic: Generated<boolean>;
  summary: string | null;
  refusal: string | null;
  receipt: string | null;
};
