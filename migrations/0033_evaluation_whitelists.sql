-- 白名单 and 画像 (policy article 9). Entries and pushed rows are distributed by enterprise on Citus, the rest is kept whole.
create schema if not exists evaluation;

-- Rules that were ever proposed; never changed. In force: the one of the list that was published last.
create table evaluation.whitelist_versions (
  list_id text not null,
  rules_hash text not null check (rules_hash ~ '^[0-9a-f]{64}$'),
  version text not null,
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  receipt_id text not null,
  primary key (list_id, rules_hash)
);

-- What the rules would have done on past days; without one nothing is published.
create table evaluation.whitelist_backtests (
  list_id text not null,
  rules_hash text not null,
  backtest_id text not null,
  dates integer not null check (dates > 0),
  figures jsonb not null,
  made_by text not null,
  made_at timestamptz not null,
  receipt_id text not null,
  primary key (list_id, rules_hash, backtest_id)
);

create table evaluation.whitelist_publications (
  list_id text not null,
  rules_hash text not null,
  backtest_id text not null,
  published_by text not null,
  published_at timestamptz not null,
  receipt_id text not null,
  primary key (list_id, rules_hash)
);

create table evaluation.whitelist_runs (
  list_id text not null,
  run_id text not null,
  rules_hash text not null,
  known_at timestamptz not null,
  enterprises integer not null,
  met integer not null,
  entered integer not null,
  ended integer not null,
  merkle_root text not null,
  receipt_id text not null,
  at timestamptz not null,
  primary key (list_id, run_id)
);

-- Where an enterprise stands on a list, and where it stood: a state ends and the next begins.
create table evaluation.whitelist_entries (
  enterprise_id bigint not null,
  list_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  state text not null check (state in ('candidate', 'reviewed', 'valid', 'left', 'rejected', 'dropped')),
  rules_hash text not null,
  -- What slices look at, as the register and the registration said when it was last computed.
  district text,
  industry text,
  size_class text,
  -- Beijing dates; the last day of the entry, and the day by which a person looks again.
  valid_until date,
  review_by date,
  reason text check (reason in
    ('rule_not_met', 'excluded', 'data_gone', 'expired', 'withdrawn', 'review_rejected', 'outside_slice')),
  -- Ids of the rules or exclusions that decided.
  rules text[] not null default '{}',
  note text,
  entered_by text not null,
  receipt_id text not null,
  primary key (enterprise_id, list_id, known_from),
  check ((state in ('left', 'dropped', 'rejected')) = (reason is not null)),
  check (state <> 'valid' or valid_until is not null)
);
create unique index whitelist_entries_live on evaluation.whitelist_entries (enterprise_id, list_id)
  where known_to = 'infinity';
create index whitelist_entries_by_list on evaluation.whitelist_entries (list_id, state, enterprise_id)
  where known_to = 'infinity';

-- An enterprise that wants to be on no such list, until it says otherwise.
create table evaluation.whitelist_opt_outs (
  enterprise_id bigint not null,
  list_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  said_by text not null,
  receipt_id text not null,
  primary key (enterprise_id, list_id, known_from)
);
create unique index whitelist_opt_outs_live on evaluation.whitelist_opt_outs (enterprise_id, list_id)
  where known_to = 'infinity';

-- What one institution was told at once. Numbers of one list and institution have no gap and commit in order.
create table evaluation.whitelist_pushes (
  list_id text not null,
  institution_id text not null,
  push_no integer not null check (push_no > 0),
  push_id text not null,
  rules_hash text not null,
  known_at timestamptz not null,
  rows integer not null check (rows > 0),
  members integer not null,
  -- Over the disclosure ids of its rows, in their order.
  merkle_root text not null,
  pushed_by text not null,
  pushed_at timestamptz not null,
  receipt_id text not null,
  -- The institution's first look at it.
  fetched_at timestamptz,
  fetched_by text,
  fetch_receipt_id text,
  primary key (list_id, institution_id, push_no)
);

create table evaluation.whitelist_push_rows (
  enterprise_id bigint not null,
  list_id text not null,
  institution_id text not null,
  push_no integer not null,
  row_no integer not null,
  change text not null check (change in ('added', 'renewed', 'left')),
  -- As the register had them at the push.
  code text,
  name text not null,
  valid_until date,
  reason text,
  disclosure_id text not null,
  at timestamptz not null,
  primary key (enterprise_id, list_id, institution_id, push_no),
  check ((change = 'left') = (reason is not null))
);
create index whitelist_push_rows_by_push on evaluation.whitelist_push_rows (list_id, institution_id, push_no, row_no);

-- Quantiles of an indicator among the enterprises of one industry and size, of a group of ten at least.
create table evaluation.peer_figures (
  industry text not null,
  size_class text not null,
  indicator text not null,
  enterprises integer not null check (enterprises >= 10),
  -- At 5, 10 … 95 %; the extremes would be one enterprise's own.
  quantiles double precision[] not null,
  known_at timestamptz not null,
  primary key (industry, size_class, indicator)
);

-- What enterprises may have in common, as digests: shareholders by code, persons by name. Derived from the published
-- registration; made anew as a whole.
create table evaluation.relation_keys (
  enterprise_id bigint not null,
  kind text not null check (kind in ('shareholder_code', 'person')),
  key text not null,
  role text not null check (role in ('shareholder', 'representative')),
  primary key (enterprise_id, kind, key, role)
);
create index relation_keys_by_key on evaluation.relation_keys (key, kind);
