-- The three lists (policy articles 5, 6, 7): contracts and their life, enterprise register, deliveries.
-- Tables of the datasets themselves are made from the contracts; see src/lists/store.
create schema lists;

-- Every contract text that was ever in force or proposed, by hash; never changed, never deleted.
create table lists.contract_versions (
  contract_id text not null,
  version text not null,
  hash text not null,
  body text not null,
  origin text not null check (origin in ('package', 'city', 'proposal')),
  state text not null check (state in
    ('draft', 'department_confirmed', 'node_reviewed', 'published', 'changing', 'withdrawn')),
  proposed_by text not null,
  confirmed_by text,
  reviewed_by text,
  published_by text,
  note text not null default '',
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (contract_id, hash)
);
create unique index contract_versions_in_force on lists.contract_versions (contract_id)
  where state in ('published', 'changing');

create table lists.contract_comments (
  contract_id text not null,
  hash text not null,
  comment_no integer generated always as identity,
  author text not null,
  text text not null,
  at timestamptz not null,
  primary key (contract_id, hash, comment_no)
);

-- Recorded DDL of dataset tables: which columns exist and which contract asked for them.
create table lists.dataset_tables (
  contract_id text not null,
  major integer not null,
  table_name text not null,
  columns jsonb not null,
  ddl text not null,
  contract_hash text not null,
  made_at timestamptz not null,
  primary key (contract_id, major)
);

create table lists.dataset_ddl (
  ddl_no bigint generated always as identity primary key,
  contract_id text not null,
  contract_hash text not null,
  statement text not null,
  at timestamptz not null
);

-- Enterprise register. The id is internal and immutable; codes and names are dated rows of their own.
create table lists.enterprises (
  enterprise_id bigint generated always as identity primary key,
  standing text not null check (standing in ('registered', 'provisional')),
  kind text not null default 'organisation' check (kind in ('organisation', 'sole_trader')),
  size_class text not null default 'unknown',
  size_basis jsonb,
  made_by_delivery bigint,
  made_at timestamptz not null
);

create table lists.enterprise_codes (
  enterprise_id bigint not null,
  code text not null,
  kind text not null check (kind in ('uscc', 'organisation', 'old_registration', 'old_tax', 'other')),
  checksum_ok boolean not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  delivery_no bigint,
  primary key (enterprise_id, kind, code, known_from)
);
create unique index enterprise_codes_live on lists.enterprise_codes (code) where known_to = 'infinity';

create table lists.enterprise_names (
  enterprise_id bigint not null,
  name text not null,
  name_key text not null,
  is_current boolean not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  delivery_no bigint,
  primary key (enterprise_id, name_key, known_from)
);
create index enterprise_names_key on lists.enterprise_names (name_key text_pattern_ops) where known_to = 'infinity';

-- A merge is a row, reversible; records never move.
create table lists.enterprise_aliases (
  alias_id bigint not null,
  enterprise_id bigint not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  decided_by text not null,
  primary key (alias_id, known_from)
);
create index enterprise_aliases_of on lists.enterprise_aliases (enterprise_id);

-- What a person must decide: one item per distinct subject, however many rows wait on it.
create table lists.review_items (
  review_no bigint generated always as identity primary key,
  reason text not null check (reason in
    ('same_name_other_code', 'checksum_mismatch', 'id_card_shaped', 'code_unknown', 'name_ambiguous')),
  subject_code text not null,
  subject_name text not null,
  name_key text not null,
  candidates bigint[] not null,
  state text not null default 'open' check (state in ('open', 'accepted', 'rejected')),
  enterprise_id bigint,
  decided_by text,
  decided_at timestamptz,
  undone_at timestamptz,
  made_at timestamptz not null
);
create unique index review_items_subject on lists.review_items (subject_code, name_key);

-- One row per distinct file of a provider for a contract; the same bytes again are the same delivery.
create table lists.deliveries (
  delivery_no bigint generated always as identity primary key,
  delivery_id text not null unique,
  contract_id text not null,
  contract_hash text not null,
  provider text not null,
  kind text not null check (kind in ('records', 'withdrawal')),
  mapping text not null default '',
  mapping_hash text not null default '',
  file_name text not null,
  digest text not null,
  bytes bigint not null,
  state text not null check (state in
    ('received', 'publishing', 'published', 'partly_published', 'returned', 'refused')),
  received_by text not null,
  received_at timestamptz not null,
  publishing_since timestamptz,
  known_from timestamptz,
  finished_at timestamptz,
  return_due_on date,
  rows integer,
  new_rows integer,
  changed_rows integer,
  unchanged_rows integer,
  held_rows integer,
  quarantined_rows integer,
  duplicate_rows integer,
  withdrawn_rows integer,
  merkle_root text,
  business_time_max date,
  is_synthetic boolean not null default false,
  summary jsonb,
  refusal jsonb,
  receipt jsonb,
  check (state not in ('published', 'partly_published') or rows =
    new_rows + changed_rows + unchanged_rows + held_rows + quarantined_rows + duplicate_rows)
);
create unique index deliveries_bytes on lists.deliveries (contract_id, provider, kind, digest, mapping_hash);
create index deliveries_unfinished on lists.deliveries (contract_id) where state in ('received', 'publishing');
create index deliveries_publishing on lists.deliveries (contract_id) where publishing_since is not null;
create index deliveries_synthetic on lists.deliveries (is_synthetic) where is_synthetic;
create index deliveries_latest on lists.deliveries (contract_id, received_at desc);

-- Quarantine and warnings: what was wrong, in which field, with the row as it came.
create table lists.defects (
  delivery_no bigint not null,
  row_no integer not null,
  defect_no bigint generated always as identity,
  field text not null,
  code text not null,
  rule text not null,
  severity text not null check (severity in ('block', 'warn')),
  params jsonb not null,
  raw jsonb,
  primary key (delivery_no, row_no, defect_no)
);

-- Rows that passed the check and wait for a person to say whose they are.
create table lists.held_rows (
  delivery_no bigint not null,
  row_no integer not null,
  review_no bigint not null,
  contract_id text not null,
  staged jsonb not null,
  state text not null default 'held' check (state in ('held', 'released', 'rejected')),
  primary key (delivery_no, row_no)
);
create index held_rows_review on lists.held_rows (review_no);

-- Ledger of releases: what a person's decision published from which delivery, so that it can be undone exactly.
create table lists.held_releases (
  review_no bigint not null,
  delivery_no bigint not null,
  released_at timestamptz not null,
  enterprise_id bigint not null,
  counts jsonb not null,
  undone_at timestamptz,
  primary key (review_no, delivery_no, released_at)
);

-- Evidence behind quality figures: each rule of each delivery with what it looked at.
create table lists.quality_evidence (
  delivery_no bigint not null,
  rule text not null,
  dimension text not null,
  severity text not null,
  checked integer not null,
  failed integer not null,
  primary key (delivery_no, rule)
);

-- Marks on records, bitemporal, rows of their own: what may not be read and what must be read with a word.
create table lists.marks (
  enterprise_id bigint not null,
  mark_no bigint generated always as identity,
  contract_id text not null,
  delivery_no bigint not null,
  row_no integer not null,
  field text not null default '',
  mark text not null check (mark in ('disputed', 'withheld', 'repaired', 'annulled')),
  ground text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null default 'infinity',
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  primary key (enterprise_id, mark_no)
);
create index marks_of_record on lists.marks (enterprise_id, contract_id, delivery_no, row_no);
