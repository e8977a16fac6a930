-- Credit repair (policy article 12): applications and their steps, the marks that repairs, ended periods, annulled decisions and
-- shields have put on records, and the outbox to the outside portal. What people wrote stands sealed under the enterprise's data key.
create schema if not exists rights;

create table rights.repairs (
  enterprise_id bigint not null,
  repair_id text not null,
  contract_id text not null,
  -- `<delivery>:<row>` as applied for.
  record_id text not null,
  provider text not null,
  -- Who made the entry, as the record says, or the provider.
  body text not null,
  entrance text not null check (entrance in ('node', 'portal')),
  applied_by text not null,
  mandate_id text,
  regime text not null,
  severity text not null check (severity in ('minor', 'general', 'serious')),
  rules_version text not null,
  earliest_on date not null,
  -- Proofs and what was said of them, with its digest.
  content_sealed text not null,
  content_digest text not null check (content_digest ~ '^[0-9a-f]{64}$'),
  -- The statement of the pledge (RFC 8785) and the node's signature over it.
  pledge jsonb not null,
  state text not null check (state in ('submitted', 'accepted', 'refused', 'granted', 'denied', 'withdrawn')),
  applied_at timestamptz not null,
  decided_at timestamptz,
  synced_at timestamptz,
  primary key (enterprise_id, repair_id),
  check ((state in ('submitted', 'accepted', 'withdrawn')) = (decided_at is null))
);
create index repairs_by_id on rights.repairs (repair_id);
create unique index repairs_open on rights.repairs (enterprise_id, contract_id, record_id)
  where state in ('submitted', 'accepted');
create index repairs_in_state on rights.repairs (state, repair_id);
create index repairs_unsynced on rights.repairs (enterprise_id, repair_id) where state = 'granted' and synced_at is null;

-- What was done, by whom, in which words; written once.
create table rights.repair_steps (
  enterprise_id bigint not null,
  repair_id text not null,
  step_no integer not null check (step_no > 0),
  act text not null check (act in ('applied', 'accepted', 'refused', 'granted', 'denied', 'withdrawn', 'synced')),
  by_kind text not null check (by_kind in ('enterprise', 'node', 'provider', 'portal')),
  by_id text not null,
  at timestamptz not null,
  words_sealed text,
  receipt_id text not null,
  primary key (enterprise_id, repair_id, step_no)
);

-- A mark of ours and why it stands; it follows its record to each new version that is delivered.
create table rights.repair_marks (
  enterprise_id bigint not null,
  contract_id text not null,
  first_record_id text not null,
  record_id text not null,
  mark text not null check (mark in ('repaired', 'withheld', 'annulled')),
  cause text not null check (cause in ('repair', 'said_repaired', 'period_ended', 'annulled', 'reorganisation')),
  -- Repair, shield, or the leaf of the job.
  cause_id text not null,
  since timestamptz not null,
  ended_at timestamptz,
  primary key (enterprise_id, contract_id, first_record_id, cause, cause_id)
);
create index repair_marks_followed on rights.repair_marks (contract_id, enterprise_id, first_record_id) where ended_at is null;

-- 破产重整: records of an enterprise are withheld until a day, on a court's ruling.
create table rights.repair_shields (
  enterprise_id bigint not null,
  shield_id text not null,
  ruling_sealed text not null,
  ruled_on date not null,
  until date not null check (until > ruled_on),
  made_by text not null,
  made_at timestamptz not null,
  receipt_id text not null,
  ended_at timestamptz,
  primary key (enterprise_id, shield_id)
);
create index repair_shields_in_force on rights.repair_shields (enterprise_id, shield_id) where ended_at is null;

-- Numbers of the portal are its own and unique there; on Citus a reference table.
create table rights.repair_portal_numbers (
  portal text not null,
  number text not null,
  enterprise_id bigint not null,
  repair_id text not null,
  content_digest text not null,
  primary key (portal, number)
);
create unique index repair_portal_numbers_of_repair on rights.repair_portal_numbers (repair_id);

-- State notices to the portal; a queue, kept whole on Citus. Ids, states and instants only.
create table rights.repair_portal_notices (
  notice_id text not null primary key,
  number text not null,
  repair_id text not null,
  state text not null,
  at timestamptz not null,
  standing text not null default 'waiting' check (standing in ('waiting', 'taken', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null,
  last_outcome text
);
create index repair_portal_notices_due on rights.repair_portal_notices (due_at, notice_id) where standing = 'waiting';
