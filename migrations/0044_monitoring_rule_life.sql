-- Life of alert rules (policy article 10): every version, where it stands, what it was worth in the past and at work.
-- Reference tables on Citus: they hold rules and figures over groups, and nothing of one enterprise.
create schema if not exists monitoring;

-- A rule by the hash of its definition; never changed, never deleted.
create table monitoring.rules (
  rule_hash text primary key check (rule_hash ~ '^[0-9a-f]{64}$'),
  rule_id text not null,
  version text not null,
  -- The definition as it was read from its file.
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  receipt_id text not null
);
create index rules_by_id on monitoring.rules (rule_id, proposed_at);

-- Where each version stands, and where it stood.
create table monitoring.rule_states (
  rule_hash text not null,
  rule_id text not null,
  state text not null check (state in ('draft', 'back_tested', 'shadow', 'active', 'retired')),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  -- below_floor: it went back to shadow by itself.
  reason text not null check (reason in ('act', 'package', 'successor', 'below_floor')),
  entered_by text not null,
  receipt_id text not null,
  primary key (rule_hash, known_from)
);
create unique index rule_states_live on monitoring.rule_states (rule_hash) where known_to = 'infinity';
create unique index rule_states_active on monitoring.rule_states (rule_id)
  where known_to = 'infinity' and state = 'active';

-- Two persons, neither the one who proposed it; they approve one stay in shadow, and its next one is approved anew.
create table monitoring.rule_approvals (
  rule_hash text not null,
  shadow_from timestamptz not null,
  approved_by text not null,
  approved_at timestamptz not null,
  receipt_id text not null,
  primary key (rule_hash, shadow_from, approved_by)
);

-- What a version would have raised on past days, and what became of the loans.
create table monitoring.rule_backtests (
  rule_hash text not null,
  backtest_id text not null,
  is_passed boolean not null,
  -- With its gates; the hash is over all of it but the id.
  figures jsonb not null,
  figures_hash text not null check (figures_hash ~ '^[0-9a-f]{64}$'),
  made_by text not null,
  made_at timestamptz not null,
  receipt_id text not null,
  primary key (rule_hash, backtest_id)
);
create index rule_backtests_latest on monitoring.rule_backtests (rule_hash, made_at);

-- Precision at work, by what institutions said of the alerts and what became of the loans.
create table monitoring.rule_precisions (
  rule_hash text not null,
  measured_at timestamptz not null,
  since timestamptz not null,
  judged integer not null check (judged >= 0),
  hits integer not null check (hits between 0 and judged),
  floor numeric not null check (floor between 0 and 1),
  is_below boolean not null,
  primary key (rule_hash, measured_at)
);

-- What the persons of a rule are told, until one of the node says that it was seen. No person: whoever keeps the rules.
create table monitoring.rule_notices (
  notice_id text primary key,
  rule_hash text not null,
  rule_id text not null,
  person text,
  what text not null check (what in ('below_floor')),
  told_at timestamptz not null,
  seen_at timestamptz,
  seen_by text,
  check ((seen_at is null) = (seen_by is null))
);
create index rule_notices_open on monitoring.rule_notices (told_at) where seen_at is null;
