-- Time limits (policy article 12): profiles as published, which one is in force, running terms with every change of their day,
-- and who was told of what is due. Terms lie with their enterprise; profiles are reference tables on Citus.
create schema if not exists rights;

-- A profile as published, for ever: what a day was reckoned by.
create table rights.time_limit_profiles (
  profile_hash text primary key check (profile_hash ~ '^[0-9a-f]{64}$'),
  profile_id text not null,
  version text not null,
  definition jsonb not null,
  known_from timestamptz not null
);

-- Which profile is in force: proposed by one person, in force from the approval by another. The latest approved one holds.
create table rights.profile_switches (
  switch_no integer primary key check (switch_no > 0),
  profile_hash text not null,
  reason text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  -- How many running terms it moved, and how many of them were past their day with it.
  recomputed integer not null default 0 check (recomputed >= 0),
  breached integer not null default 0 check (breached between 0 and recomputed),
  withdrawn_at timestamptz,
  receipt_id text,
  check ((approved_by is null) = (approved_at is null)),
  check (approved_at is null or withdrawn_at is null)
);
create unique index profile_switches_pending on rights.profile_switches ((true))
  where approved_at is null and withdrawn_at is null;

-- One version of how a term stands; a change ends it and begins the next, so that every day that was ever due is on record.
create table rights.terms (
  enterprise_id bigint not null,
  term_id text not null,
  version_no integer not null check (version_no > 0),
  matter_kind text not null check (matter_kind in ('objection', 'repair', 'complaint', 'recall', 'person_request')),
  matter_id text not null,
  term text not null,
  responsible_kind text not null check (responsible_kind in ('node', 'provider', 'institution')),
  responsible_id text not null,
  started_at timestamptz not null,
  -- Other events from which a profile may count, by name.
  events jsonb not null,
  -- Clocks that stood still: [{from, to, reason}], days; an open one has no `to`.
  stops jsonb not null,
  is_stopped boolean not null,
  extended_by text,
  extension_reason text,
  profile_hash text not null,
  due_on date,
  due_is_certain boolean not null,
  is_capped boolean not null,
  ended_at timestamptz,
  late_days integer not null check (late_days >= 0),
  cause text not null check (cause in ('started', 'extended', 'stopped', 'resumed', 'ended', 'profile', 'all_in')),
  known_from timestamptz not null,
  -- Two changes of one instant: the first of them held for no time.
  known_to timestamptz not null default 'infinity' check (known_to >= known_from),
  primary key (enterprise_id, term_id, version_no),
  check ((extended_by is null) = (extension_reason is null)),
  check (ended_at is null or not is_stopped)
);
create unique index terms_live on rights.terms (enterprise_id, term_id) where known_to = 'infinity';
create unique index terms_running on rights.terms
  (enterprise_id, matter_kind, matter_id, term, responsible_kind, responsible_id)
  where known_to = 'infinity' and ended_at is null;
create index terms_of_matter on rights.terms (enterprise_id, matter_kind, matter_id) where known_to = 'infinity';
create index terms_due on rights.terms (due_on, enterprise_id, term_id)
  where known_to = 'infinity' and ended_at is null and not is_stopped;

-- Who was told what of a term, for each day that was due; inserted once, then seen.
create table rights.term_notices (
  enterprise_id bigint not null,
  term_id text not null,
  due_on date not null,
  notice text not null check (notice in ('reminder', 'overdue', 'escalated_head', 'escalated_node')),
  notice_id text not null,
  told_kind text not null check (told_kind in ('node', 'provider', 'institution')),
  told_id text not null,
  told_duty text not null check (told_duty in ('handler', 'head')),
  told_at timestamptz not null,
  seen_at timestamptz,
  seen_by text,
  primary key (enterprise_id, term_id, due_on, notice),
  check ((seen_at is null) = (seen_by is null))
);
create index term_notices_unseen on rights.term_notices (told_kind, told_id, told_at, notice_id) where seen_at is null;
