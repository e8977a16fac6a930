-- Full-coverage evaluation (policy article 9): models, their life, runs, and one score per enterprise and run.

-- An index system with its grading rules and the definitions it rests on, by the hash of the three; never changed, never
-- deleted. Reference tables on Citus, like everything here but the scores.
create table evaluation.models (
  model_hash text primary key check (model_hash ~ '^[0-9a-f]{64}$'),
  system_id text not null,
  system_version text not null,
  grading_id text not null,
  grading_version text not null,
  -- The two files as they were read, and the hash of every indicator.
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  receipt_id text not null
);

-- Where each model stands, and where it stood.
create table evaluation.model_states (
  model_hash text not null,
  state text not null check (state in ('draft', 'validated', 'shadow', 'challenger', 'champion', 'retired')),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  entered_by text not null,
  receipt_id text not null,
  primary key (model_hash, known_from)
);
create unique index model_states_live on evaluation.model_states (model_hash) where known_to = 'infinity';
create unique index model_states_champion on evaluation.model_states (state)
  where known_to = 'infinity' and state = 'champion';

-- What the gates found, each time they were asked.
create table evaluation.model_checks (
  model_hash text not null,
  checked_at timestamptz not null,
  is_passed boolean not null,
  gates jsonb not null,
  checked_by text not null,
  primary key (model_hash, checked_at)
);

-- Two persons, neither the one who proposed it.
create table evaluation.model_approvals (
  model_hash text not null,
  approved_by text not null,
  approved_at timestamptz not null,
  receipt_id text not null,
  primary key (model_hash, approved_by)
);

create table evaluation.runs (
  run_no bigint generated always as identity primary key,
  run_id text not null unique,
  kind text not null check (kind in ('full', 'incremental')),
  -- In which part of its life the model ran: only what a champion gives is read by anybody.
  role text not null check (role in ('champion', 'challenger', 'shadow')),
  state text not null check (state in ('running', 'finished', 'abandoned')),
  model_hash text not null,
  -- Grades of runs under the same rules may be compared, and points under the same system.
  system_hash text not null,
  grading_hash text not null,
  indicators_hash text not null,
  policy_hash text not null,
  as_of date not null,
  known_at timestamptz not null,
  -- The full run of the same role and grading rules before it: whose grades the migration is counted from.
  base_run_no bigint,
  -- Of an incremental run: touched since this instant.
  since timestamptz,
  -- Median points of each leaf that reasons are given against, and of which run they are.
  baseline jsonb not null,
  baseline_run text not null,
  -- One enterprise in so many is counted for the medians of the next baseline.
  sample_every integer not null check (sample_every > 0),
  started_by text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  enterprises bigint,
  -- Over the digests of the slices in their order.
  merkle_root bytea,
  figures jsonb,
  receipt_id text
);
create index runs_latest on evaluation.runs (role, run_no desc) where state = 'finished';
create unique index runs_under_way on evaluation.runs (state) where state = 'running';

-- Written with the run; a slice is done when its digest is there, in the transaction of its scores.
create table evaluation.run_slices (
  run_no bigint not null,
  slice_no integer not null,
  from_id bigint not null,
  until_id bigint not null,
  -- Of an incremental run: the enterprises touched, in order; null: all between the two.
  ids bigint[],
  enterprises integer,
  digest bytea check (length(digest) = 32),
  figures jsonb,
  done_at timestamptz,
  primary key (run_no, slice_no)
);
create index run_slices_open on evaluation.run_slices (run_no, slice_no) where digest is null;

-- One enterprise in one run; inserted once, never changed. The hashes, the day and the instant are the run's.
create table evaluation.scores (
  enterprise_id bigint not null,
  run_no bigint not null,
  -- 1/100 points; null where it was not evaluated.
  score integer,
  covered_marks integer,
  -- Ceilings that hold, a bit each in the order of the grading rules.
  ceilings integer not null,
  -- 0 evaluated, 1 too little data for a grade, 2 a large enterprise, 3 not registered yet.
  state smallint not null check (state between 0 and 3),
  -- Place in the grading rules, 0 the best; null without a grade.
  grade smallint,
  grade_by_score smallint,
  -- What others read, and until which day the enterprise alone reads the new one.
  shown_grade smallint,
  -- While an objection is open: as it would be without the disputed records.
  undisputed_score integer,
  undisputed_grade smallint,
  noticed_until date,
  -- Band of every leaf in its order; below 0 neutral: -1 no data, -2 not covered, -3 stale.
  bins smallint[] not null,
  -- Leaves that cost most against the baseline, the largest loss first.
  reasons smallint[] not null,
  primary key (enterprise_id, run_no)
);
