-- 月报季评: frozen quality runs, cross-dataset findings, contests, tickets and reminders (policy articles 5 and 6).

-- Text of the formulas, weights and rules that a run used, by hash; never changed, never deleted.
create table lists.quality_definitions (
  hash text primary key,
  body jsonb not null,
  stored_at timestamptz not null
);

-- One frozen snapshot per row; a period may be run again, which makes another row.
create table lists.quality_runs (
  run_no bigint generated always as identity primary key,
  run_id text not null unique,
  period text not null,
  period_from date not null,
  period_to date not null,
  known_at timestamptz not null,
  computed_at timestamptz not null,
  computed_by text not null,
  definitions_hash text not null,
  previous_run_no bigint,
  contests bigint[] not null,
  is_synthetic boolean not null,
  checks bigint not null check (checks > 0),
  result_hash text not null,
  receipt jsonb
);
create index quality_runs_period on lists.quality_runs (period, run_no desc);

-- Evidence references: the deliveries a run stands on, with the facts it read of each.
create table lists.quality_run_deliveries (
  run_no bigint not null,
  delivery_no bigint not null,
  facts jsonb not null,
  primary key (run_no, delivery_no)
);

-- What each cross-dataset rule looked at and found, when the run was made.
create table lists.quality_cross_evidence (
  run_no bigint not null,
  rule text not null,
  contract_id text not null,
  provider text not null,
  dimension text not null check (dimension in ('consistency', 'coverage')),
  checked bigint not null,
  failed bigint not null,
  primary key (run_no, rule)
);

-- The record behind each finding of a cross-dataset rule; row 0 stands for the enterprise in the register.
create table lists.quality_findings (
  enterprise_id bigint not null,
  run_no bigint not null,
  rule text not null,
  delivery_no bigint not null,
  row_no integer not null,
  primary key (enterprise_id, run_no, rule, delivery_no, row_no)
);
create index quality_findings_rule on lists.quality_findings (run_no, rule, delivery_no, row_no);

-- Shares in parts per million, rounded down, so that only what is whole reads 100 %; freshness in days.
create table lists.quality_scores (
  score_no bigint generated always as identity primary key,
  run_no bigint not null,
  scope text not null check (scope in ('delivery', 'dataset', 'provider', 'node')),
  subject text not null,
  contract_id text,
  provider text,
  dimension text not null check (dimension in
    ('accuracy', 'completeness', 'timeliness', 'uniqueness', 'consistency', 'coverage', 'freshness', 'overall')),
  numerator bigint not null,
  denominator bigint not null check (denominator > 0),
  value bigint not null,
  unit text not null check (unit in ('ppm', 'day')),
  rank integer,
  previous_value bigint
);
create unique index quality_scores_subject on lists.quality_scores (run_no, scope, subject, dimension);

-- A provider's word against one number; the frozen number stays, the next computation carries the decision.
create table lists.quality_contests (
  contest_no bigint generated always as identity primary key,
  score_no bigint not null,
  provider text not null,
  ground text not null,
  evidence jsonb not null,
  state text not null default 'contested' check (state in ('contested', 'upheld', 'dismissed')),
  contested_by text not null,
  contested_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision text,
  corrected_numerator bigint
);
create unique index quality_contests_open on lists.quality_contests (score_no) where state = 'contested';

-- 整改闭环: what a provider has to mend, by when, and what closed it.
create table lists.tickets (
  ticket_no bigint generated always as identity primary key,
  ticket_id text not null unique,
  kind text not null check (kind in ('defects', 'returned', 'refused', 'overdue')),
  contract_id text not null,
  provider text not null,
  delivery_no bigint,
  period_end date,
  defect_rows integer not null,
  state text not null default 'open' check (state in ('open', 'redelivered', 'overdue', 'closed')),
  opened_at timestamptz not null,
  due_on date not null,
  due_is_certain boolean not null,
  redelivery_no bigint,
  closed_at timestamptz,
  closed_by text,
  close_note text,
  check ((state = 'closed') = (closed_at is not null))
);
create unique index tickets_delivery on lists.tickets (delivery_no) where delivery_no is not null;
create unique index tickets_overdue on lists.tickets (contract_id, period_end) where kind = 'overdue';
create index tickets_open on lists.tickets (contract_id) where state <> 'closed';

-- Reminders of overdue deliveries, at most one a day; pages and the command show them.
create table lists.delivery_reminders (
  contract_id text not null,
  period_end date not null,
  reminded_on date not null,
  provider text not null,
  overdue_days integer not null,
  reminded_at timestamptz not null,
  primary key (contract_id, period_end, reminded_on)
);
