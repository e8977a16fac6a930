-- Runs of the rules (policy article 10): what was looked at, from which instant to which, and what came of it.
create schema if not exists monitoring;

-- A run covers what became known after the last finished one of its kind; a run that was cut is begun again with the same
-- bounds, and finds nothing new in what it had done already.
create table monitoring.runs (
  run_no bigint generated always as identity primary key,
  run_id text not null unique,
  -- touched: enterprises that deliveries and marks touched; sweep: every watched one.
  kind text not null check (kind in ('touched', 'sweep')),
  state text not null check (state in ('running', 'finished', 'abandoned')),
  rules_hash text not null check (rules_hash ~ '^[0-9a-f]{64}$'),
  policy_hash text not null,
  as_of date not null,
  since timestamptz,
  known_at timestamptz not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  enterprises integer,
  signals integer,
  alerts integer,
  receipt_id text
);
create index monitoring_runs_latest on monitoring.runs (run_no desc) where state = 'finished';
