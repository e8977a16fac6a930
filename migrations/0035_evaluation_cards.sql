-- Laboratory cards in the life of models (policy article 9): a card is a model of its own kind, with the same states, gates
-- and approvals as an index system, and a champion of its kind.

alter table evaluation.models add column kind text not null default 'index_system'
  check (kind in ('index_system', 'card'));
comment on column evaluation.models.system_id is 'of a card: the id of its plan';
comment on column evaluation.models.grading_id is 'of a card: its grade table';

alter table evaluation.model_states add column kind text not null default 'index_system'
  check (kind in ('index_system', 'card'));
drop index evaluation.model_states_champion;
create unique index model_states_champion on evaluation.model_states (kind)
  where known_to = 'infinity' and state = 'champion';

-- A card over the enterprises of one finished full run, at that run's day and instant. Nobody is given its scores.
create table evaluation.card_runs (
  card_run_no bigint generated always as identity primary key,
  run_id text not null unique,
  model_hash text not null,
  role text not null check (role in ('shadow', 'challenger', 'champion')),
  -- The full run whose enterprises, day and instant these are.
  beside_run_no bigint not null,
  as_of date not null,
  known_at timestamptz not null,
  policy_hash text not null,
  enterprises integer not null,
  figures jsonb not null,
  merkle_root bytea not null check (length(merkle_root) = 32),
  run_by text not null,
  run_at timestamptz not null,
  receipt_id text not null
);
create index card_runs_latest on evaluation.card_runs (model_hash, card_run_no desc);

-- Inserted once, never changed. Hashes, day and instant are the run's; points follow from bins and the card.
create table evaluation.card_scores (
  enterprise_id bigint not null,
  card_run_no bigint not null,
  score integer not null,
  -- Of bad; a double, so that a replay compares every bit.
  chance double precision not null,
  -- Place in the grade table, 0 the best.
  grade smallint not null,
  -- Variables of the card with data.
  known_values smallint not null,
  -- Bin of every variable in the card's order.
  bins smallint[] not null,
  primary key (enterprise_id, card_run_no)
);
