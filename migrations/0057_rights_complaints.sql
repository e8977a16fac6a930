-- Complaints (policy article 12): who complains about whom, each step of its handling, and the answer in writing. All lie with
-- their enterprise; texts stand sealed under the enterprise's data key.
create schema if not exists rights;

create table rights.complaints (
  enterprise_id bigint not null,
  complaint_id text not null,
  -- One of models/rights/complaints.yaml.
  kind text not null,
  -- Whom it is about: `node` with the id `node`, a department by its name, an institution or platform by its participant id.
  against_kind text not null check (against_kind in ('node', 'provider', 'institution', 'platform')),
  against_id text not null,
  -- The access that it is about.
  disclosure_id text,
  -- {text, attachments: [{name, sha256, bytes}], person}
  content_sealed text not null,
  -- Of files handed in elsewhere.
  attachment_digests text[] not null,
  filed_by text not null,
  mandate_id text not null,
  rules_version text not null,
  filed_at timestamptz not null,
  receipt_id text not null,
  state text not null check (state in (
    'submitted', 'handling', 'asked_back', 'answered', 'escalated', 'decided', 'withdrawn', 'closed')),
  state_at timestamptz not null,
  assigned_to text,
  asked_back integer not null default 0 check (asked_back >= 0),
  answered_by text,
  answered_at timestamptz,
  outcome text check (outcome in ('upheld', 'partly_upheld', 'rejected')),
  decided_outcome text check (decided_outcome in ('upheld', 'partly_upheld', 'rejected')),
  primary key (enterprise_id, complaint_id),
  check ((answered_at is null) = (outcome is null) and (answered_at is null) = (answered_by is null)),
  check ((state = 'decided') = (decided_outcome is not null))
);
create index complaints_by_id on rights.complaints (complaint_id);
create index complaints_in_state on rights.complaints (state, complaint_id);
create index complaints_against on rights.complaints (against_kind, against_id, complaint_id);
create index complaints_filed on rights.complaints (filed_at, enterprise_id);

-- What was done, by whom, in which words; written once.
create table rights.complaint_steps (
  enterprise_id bigint not null,
  complaint_id text not null,
  step_no integer not null check (step_no > 0),
  act text not null,
  by_kind text not null check (by_kind in ('enterprise', 'node', 'provider', 'institution', 'platform', 'regulator', 'system')),
  by_id text not null,
  at timestamptz not null,
  words_sealed text,
  receipt_id text not null,
  primary key (enterprise_id, complaint_id, step_no)
);
