-- Capacity of sources and shares of the interface (policy article 1): what an interface carried and refused, how its
-- limits changed, and who asked how often within the minute. Local or reference tables on Citus; small, whatever the city.

-- Calls that the node did not make because a limit or the breaker stood in the way, and answers by time taken: one
-- number per bound of src/platform/sources/counts.ts, the last for everything slower.
alter table platform.source_minutes add column refused integer not null default 0 check (refused >= 0);
alter table platform.source_minutes add column times integer[] not null default '{0,0,0,0,0,0,0,0}';

-- What a source lets this node ask, as changed by people of the node. Of one interface: per minute and per day; of the
-- whole source (`contract_id` empty): calls at once. The latest approved change is in force over the definition's file.
create table platform.capacity_changes (
  change_id text primary key,
  source_id text not null,
  contract_id text not null,
  per_minute integer check (per_minute > 0),
  per_day integer check (per_day > 0),
  concurrency_max integer check (concurrency_max > 0),
  reason text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  decision text check (decision in ('approved', 'rejected')),
  decided_by text,
  decided_at timestamptz,
  receipt_id text,
  check ((contract_id = '') = (concurrency_max is not null)),
  check ((per_minute is null) = (concurrency_max is not null) and (per_day is null) = (per_minute is null)),
  check ((decision is null) = (decided_at is null) and (decision is null) = (decided_by is null))
);
create index capacity_changes_decided on platform.capacity_changes (decided_at) where decision = 'approved';

-- Calls of this minute by who makes them, from all processes, for limits and equal shares: written every second by each
-- process, forgotten after minutes. Unlogged: a crash of the server starts the minute anew. `party` is an institution or
-- a digest of an address, never the address.
create unlogged table platform.call_minutes (
  scope text not null,
  party text not null,
  minute timestamptz not null,
  calls integer not null,
  primary key (minute, scope, party)
);
