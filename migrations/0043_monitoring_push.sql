-- 推送 (policy article 10): messages for institutions, where they are sent, and what became of each. These are queues: on
-- Citus all of them are kept whole.
create schema if not exists monitoring;

-- Numbers are given after the commit of whoever queued, one giver at a time: a reader of numbers skips nothing.
create table monitoring.message_counter (
  counter_id integer not null primary key check (counter_id = 1),
  last_number bigint not null
);
insert into monitoring.message_counter (counter_id, last_number) values (1, 0);

create table monitoring.messages (
  queued_no bigint generated always as identity primary key,
  message_id text not null unique,
  number bigint unique,
  institution_id text not null,
  -- Through which the institution is served; null: directly.
  platform_id text,
  enterprise_id bigint not null,
  type text not null check (type ~ '^cn[.]xinqiao[.][a-z]+[.][a-z]+$'),
  -- Ids, codes, levels and dates; nothing that is known of the enterprise.
  data jsonb not null,
  at timestamptz not null
);
create index messages_unnumbered on monitoring.messages (queued_no) where number is null;
create index messages_by_institution on monitoring.messages (institution_id, number);
create index messages_by_platform on monitoring.messages (platform_id, number) where platform_id is not null;
create index messages_by_time on monitoring.messages (at);

create table monitoring.endpoints (
  endpoint_id text not null primary key,
  -- Head office or platform.
  participant_id text not null,
  url text not null,
  state text not null check (state in ('unverified', 'active', 'paused', 'removed')),
  sealed_secret text not null,
  -- Signs beside the new one until then.
  sealed_previous text,
  previous_until timestamptz,
  registered_by text not null,
  registered_at timestamptz not null,
  challenged_at timestamptz,
  verified_at timestamptz,
  -- Failures since the last success; from a few on the endpoint rests between attempts.
  failures integer not null default 0,
  rests_until timestamptz,
  -- Too much waits: nothing new is queued for it, its messages are to be fetched by cursor.
  full_since timestamptz,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_outcome text,
  check ((sealed_previous is null) = (previous_until is null))
);
create index endpoints_by_participant on monitoring.endpoints (participant_id) where state <> 'removed';

create table monitoring.push_deliveries (
  endpoint_id text not null,
  number bigint not null,
  enterprise_id bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead', 'withheld')),
  attempts integer not null default 0,
  queued_at timestamptz not null,
  -- When it may be tried; while it is being tried, when somebody else may believe the sender gone.
  due_at timestamptz not null,
  last_outcome text,
  ended_at timestamptz,
  primary key (endpoint_id, number),
  check ((state = 'waiting') = (ended_at is null))
);
create index push_deliveries_due on monitoring.push_deliveries (endpoint_id, due_at) where state = 'waiting';
create index push_deliveries_in_order on monitoring.push_deliveries (endpoint_id, enterprise_id, number)
  where state = 'waiting';
create index push_deliveries_ended on monitoring.push_deliveries (endpoint_id, ended_at) where state <> 'waiting';

-- One leaf for what one endpoint took in one Beijing day.
create table monitoring.push_receipts (
  endpoint_id text not null,
  day date not null,
  pushes integer not null check (pushes > 0),
  merkle_root text not null,
  receipt_id text not null,
  at timestamptz not null,
  primary key (endpoint_id, day)
);
