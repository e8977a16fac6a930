-- 信号 (policy article 10): facts that alert rules found, and the episodes of values beyond a threshold. All distributed by
-- enterprise on Citus. A signal says which records it rests on and repeats nothing of them.
create schema if not exists monitoring;

-- Immutable. A fact is found once by a rule, and once more when it has become graver.
create table monitoring.signals (
  enterprise_id bigint not null,
  signal_id text not null,
  rule_id text not null,
  rule_hash text not null check (rule_hash ~ '^[0-9a-f]{64}$'),
  level text not null check (level in ('red', 'orange', 'yellow', 'blue')),
  -- The level as a number, larger is graver.
  gravity smallint not null check (gravity between 1 and 4),
  -- Contract and digest of the natural key, or rule and first day of the episode.
  fact text not null,
  -- In shadow the rule is tried out: nobody was told, and nobody is told later of the same fact.
  role text not null check (role in ('active', 'shadow')),
  occurred_on date not null,
  known_at timestamptz not null,
  is_late boolean not null,
  is_disputed boolean not null,
  value double precision,
  run_id text not null,
  found_at timestamptz not null,
  primary key (enterprise_id, signal_id)
);
create unique index signals_once on monitoring.signals (enterprise_id, rule_id, fact, gravity);
create index signals_by_rule on monitoring.signals (rule_id, found_at);

-- The records that a signal rests on, as known when it was found: what a correction looks up.
create table monitoring.signal_evidence (
  enterprise_id bigint not null,
  signal_id text not null,
  contract_id text not null,
  delivery_no bigint not null,
  row_no integer not null,
  known_from timestamptz not null,
  primary key (enterprise_id, signal_id, contract_id, delivery_no, row_no, known_from)
);
create index signal_evidence_by_record
  on monitoring.signal_evidence (enterprise_id, contract_id, delivery_no, row_no);

-- Where a value stands against its threshold, and where it stood: a state ends and the next begins.
create table monitoring.episodes (
  enterprise_id bigint not null,
  rule_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  level text not null check (level in ('red', 'orange', 'yellow', 'blue')),
  -- Beijing dates; under way while there is no last one.
  began_on date not null,
  cleared_on date check (cleared_on >= began_on),
  run_id text not null,
  primary key (enterprise_id, rule_id, known_from)
);
create unique index episodes_live on monitoring.episodes (enterprise_id, rule_id) where known_to = 'infinity';
