-- Calls to the sources of departments (policy article 1, dispatch): what each interface carried, minute by minute,
-- so that frequency, capacity and headroom are public figures. No enterprise and no caller stands here.
-- A local or reference table on Citus: a few hundred interfaces, kept for a quarter.
create table platform.source_minutes (
  source_id text not null,
  contract_id text not null,
  minute timestamptz not null,
  calls integer not null check (calls >= 0),
  -- Slow calls are among the failed.
  failed integer not null check (failed between 0 and calls),
  slow integer not null check (slow between 0 and failed),
  ms_total bigint not null,
  last_answered_at timestamptz,
  primary key (source_id, contract_id, minute)
);
create index source_minutes_minute on platform.source_minutes (minute);
