-- Objections (policy article 12): what an enterprise objects to, record by record, each on a course of its own; what was decided,
-- in writing; and every step with who took it. All lie with their enterprise.
create schema if not exists rights;

create table rights.objections (
  enterprise_id bigint not null,
  objection_id text not null,
  applied_by text not null,
  mandate_id text not null,
  reason text not null,
  -- [{name, sha256, bytes}]
  attachments jsonb not null,
  rules_version text not null,
  applied_at timestamptz not null,
  receipt_id text not null,
  primary key (enterprise_id, objection_id)
);
create index objections_by_id on rights.objections (objection_id);
create index objections_of_day on rights.objections (enterprise_id, applied_at);

create table rights.objection_items (
  enterprise_id bigint not null,
  objection_id text not null,
  item_no integer not null check (item_no > 0),
  contract_id text not null,
  provider text not null,
  -- `<delivery>:<row>`; null: a record is missing. The first is as applied for; a delivery moves the other to the version that followed.
  first_record_id text,
  record_id text,
  ground text not null,
  -- [{field, oldValue, claimedValue}]
  fields jsonb not null,
  claim_digest text not null check (claim_digest ~ '^[0-9a-f]{64}$'),
  mode text not null check (mode in ('mark', 'suspend')),
  -- The mark of ours that stands on the record.
  mark text check (mark in ('disputed', 'withheld', 'annulled')),
  state text not null check (state in (
    'submitted', 'checking', 'forwarded', 'upheld', 'rejected', 'refused', 'withdrawn', 'review_asked')),
  outcome text check (outcome in ('corrected', 'annulled', 'withheld', 'expired')),
  -- Where the node itself went wrong.
  fault text check (fault in ('matching', 'transport')),
  decided_kind text check (decided_kind in ('node', 'provider', 'delivery')),
  decided_by text,
  decided_at timestamptz,
  decision text,
  -- [{field, oldValue, newValue}]
  corrected_fields jsonb,
  review_asked_at timestamptz,
  review_reason text,
  reviewed_at timestamptz,
  corrected_at timestamptz,
  statement text,
  -- A delivery may still change what the mark must stand on.
  is_followed boolean not null,
  primary key (enterprise_id, objection_id, item_no),
  check ((decided_at is null) = (decision is null)),
  check ((state = 'upheld') = (outcome is not null)),
  check ((first_record_id is null) = (record_id is null))
);
create unique index objection_items_open on rights.objection_items
  (enterprise_id, contract_id, coalesce(record_id, claim_digest))
  where state in ('submitted', 'checking', 'forwarded', 'review_asked');
create index objection_items_of_provider on rights.objection_items (provider, state, objection_id);
create index objection_items_in_state on rights.objection_items (state, objection_id, item_no);
create index objection_items_of_record on rights.objection_items (record_id) where record_id is not null;
create index objection_items_first_record on rights.objection_items (first_record_id) where first_record_id is not null;
create index objection_items_followed on rights.objection_items (contract_id, enterprise_id) where is_followed;

-- What was done, by whom, in which words; written once.
create table rights.objection_steps (
  enterprise_id bigint not null,
  objection_id text not null,
  step_no integer not null check (step_no > 0),
  item_no integer,
  provider text,
  act text not null,
  by_kind text not null check (by_kind in ('enterprise', 'node', 'provider', 'delivery')),
  by_id text not null,
  at timestamptz not null,
  words text,
  -- Of a decision: [{field, oldValue, newValue}].
  fields jsonb,
  receipt_id text,
  primary key (enterprise_id, objection_id, step_no)
);
create index objection_steps_told on rights.objection_steps (enterprise_id, at) where by_kind <> 'enterprise';
