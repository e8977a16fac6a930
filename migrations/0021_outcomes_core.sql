-- 使用反馈 (policy article 11): what institutions report of the use of what this node gave them, and of the loans.
-- Each row is one version of what one channel said: the institution itself (`direct`) or a platform. Where several
-- channels speak of one fact, one of their rows stands for it (is_standing): facts are counted by standing rows alone.
-- Distributed by enterprise on Citus; batches, refused items are local to the coordinator.
create schema outcomes;

-- Whether a disclosure was used.
create table outcomes.uses (
  enterprise_id bigint not null,
  institution_id text not null,
  disclosure_id text not null,
  channel text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  is_standing boolean not null,
  is_correction boolean not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  was_used boolean not null,
  unused_reason text,
  primary key (enterprise_id, institution_id, disclosure_id, channel, known_from),
  check (was_used = (unused_reason is null))
);
create unique index uses_live on outcomes.uses (enterprise_id, institution_id, disclosure_id, channel)
  where known_to = 'infinity';
create unique index uses_standing on outcomes.uses (enterprise_id, institution_id, disclosure_id)
  where known_to = 'infinity' and is_standing;
create index uses_reported on outcomes.uses (institution_id, batch_id, item_no) where known_to = 'infinity';

-- An application and what was decided on it.
create table outcomes.applications (
  enterprise_id bigint not null,
  institution_id text not null,
  application_no text not null,
  channel text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  applied_on date not null,
  product text not null,
  requested_fen bigint not null check (requested_fen > 0),
  decision text not null check (decision in ('approved', 'declined', 'withdrawn', 'pending')),
  decision_reasons text[] not null,
  decided_on date check (decided_on >= applied_on),
  primary key (enterprise_id, institution_id, application_no, channel, known_from),
  check ((decision = 'pending') = (decided_on is null))
);
create unique index applications_live on outcomes.applications
  (enterprise_id, institution_id, application_no, channel) where known_to = 'infinity';
create unique index applications_standing on outcomes.applications
  (enterprise_id, institution_id, application_no) where known_to = 'infinity' and is_standing;
create index applications_reported on outcomes.applications (institution_id, batch_id, item_no)
  where known_to = 'infinity';

-- A loan, known by the number that the institution gives it, whichever platform reports it.
create table outcomes.loans (
  enterprise_id bigint not null,
  institution_id text not null,
  loan_no text not null,
  channel text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  -- As that channel numbers the application; no part of what the channels must agree on.
  application_no text not null,
  amount_fen bigint not null check (amount_fen > 0),
  annual_rate_bp integer not null check (annual_rate_bp between 0 and 3600),
  term_months integer not null check (term_months > 0),
  guarantee text not null,
  is_first_loan boolean not null,
  is_credit_loan boolean not null check (is_credit_loan = (guarantee = 'none')),
  disbursed_on date not null,
  primary key (enterprise_id, institution_id, loan_no, channel, known_from)
);
create unique index loans_live on outcomes.loans (enterprise_id, institution_id, loan_no, channel)
  where known_to = 'infinity';
create unique index loans_standing on outcomes.loans (enterprise_id, institution_id, loan_no)
  where known_to = 'infinity' and is_standing;
create index loans_reported on outcomes.loans (institution_id, batch_id, item_no) where known_to = 'infinity';

-- How a loan stood at the end of a month.
create table outcomes.balances (
  enterprise_id bigint not null,
  institution_id text not null,
  loan_no text not null,
  -- First day of the month.
  month date not null,
  channel text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  balance_fen bigint not null check (balance_fen >= 0),
  overdue text not null check (overdue in ('none', 'd1_30', 'd31_60', 'd61_90', 'd90_plus')),
  is_bad boolean not null,
  settled_on date,
  primary key (enterprise_id, institution_id, loan_no, month, channel, known_from),
  check (overdue = 'none' or balance_fen > 0),
  check (settled_on is null or (balance_fen = 0 and not is_bad))
);
create unique index balances_live on outcomes.balances
  (enterprise_id, institution_id, loan_no, month, channel) where known_to = 'infinity';
create unique index balances_standing on outcomes.balances (enterprise_id, institution_id, loan_no, month)
  where known_to = 'infinity' and is_standing;
create index balances_reported on outcomes.balances (institution_id, batch_id, item_no)
  where known_to = 'infinity';

-- Channels that contradict each other about one fact. Ends when a person accepts one, or when they agree again.
create table outcomes.conflicts (
  enterprise_id bigint not null,
  conflict_id text not null,
  institution_id text not null,
  kind text not null check (kind in ('use', 'application', 'loan', 'balance')),
  fact_key jsonb not null,
  state text not null default 'open' check (state in ('open', 'accepted', 'dissolved')),
  opened_at timestamptz not null,
  opened_by_batch text not null,
  ended_at timestamptz,
  accepted_channel text,
  decided_by text,
  primary key (enterprise_id, conflict_id),
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'accepted') = (accepted_channel is not null) and (state = 'accepted') = (decided_by is not null))
);
create unique index conflicts_open on outcomes.conflicts (enterprise_id, institution_id, kind, fact_key)
  where state = 'open';
create index conflicts_by_id on outcomes.conflicts (conflict_id);
create index conflicts_ended on outcomes.conflicts (institution_id, ended_at);

-- What was handed in together; every item is in exactly one of the counts.
create table outcomes.batches (
  batch_id text primary key,
  institution_id text not null,
  branch_id text not null,
  channel text not null,
  operator text not null,
  reported_by text not null,
  source text not null check (source in ('call', 'sheet')),
  month date,
  file_digest text,
  reported_at timestamptz not null,
  items integer not null check (items > 0),
  new_items integer not null,
  confirmed_items integer not null,
  changed_items integer not null,
  corrected_items integer not null,
  unchanged_items integer not null,
  conflicting_items integer not null,
  refused_items integer not null,
  merkle_root text not null,
  receipt jsonb not null,
  check (items = new_items + confirmed_items + changed_items + corrected_items + unchanged_items
    + conflicting_items + refused_items)
);
create index batches_institution on outcomes.batches (institution_id, reported_at);

-- An item that was refused, as it came, with everything that is wrong with it: to be put right and reported again.
create table outcomes.refused_items (
  batch_id text not null,
  item_no integer not null,
  faults jsonb not null,
  raw jsonb not null,
  primary key (batch_id, item_no)
);
