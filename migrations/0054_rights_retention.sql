-- Retention (policy article 12): what was removed at the end of its years, with the proof; and legal holds, which keep it from that.
-- Removed records lie with their enterprise; batches, holds and files are kept whole on Citus.
create schema if not exists rights;

-- One batch of one contract, and its leaf with the Merkle root over the removed records.
create table rights.removal_batches (
  removal_id text primary key,
  contract_id text not null,
  rules_hash text not null check (rules_hash ~ '^[0-9a-f]{64}$'),
  records integer not null check (records > 0),
  versions integer not null check (versions >= records),
  recalls integer not null check (recalls >= 0),
  merkle_root text not null check (merkle_root ~ '^[0-9a-f]{64}$'),
  receipt_id text not null,
  removed_at timestamptz not null
);

-- A record that was removed: ids and days, and nothing of what it said.
create table rights.removals (
  enterprise_id bigint not null,
  removal_id text not null,
  -- Its place in the tree of the batch.
  place integer not null check (place >= 0),
  contract_id text not null,
  -- `<delivery>:<row>` of each version.
  versions text[] not null check (cardinality(versions) > 0),
  basis text not null check (basis in ('ended', 'fallback', 'withdrawn')),
  kept_until date not null,
  entry_hash bytea not null check (length(entry_hash) = 32),
  removed_at timestamptz not null,
  primary key (enterprise_id, removal_id, place)
);
create index removals_by_place on rights.removals (removal_id, place);
create index removals_of_version on rights.removals using gin (versions);

-- Delivered files that must go, and those that are gone: bytes that are sent again are removed again.
create table rights.removed_files (
  delivery_no bigint primary key,
  contract_id text not null,
  digest text not null,
  due_at timestamptz not null,
  removed_at timestamptz
);

-- What keeps records from removal, on whose word, until when. The reason names a document and no person.
create table rights.holds (
  hold_id text primary key,
  enterprise_id bigint,
  contract_id text,
  record_id text,
  reason text not null check (char_length(reason) between 1 and 500),
  -- Last day; null: until it is lifted.
  until date,
  proposed_by text not null,
  proposed_at timestamptz not null,
  -- From then on an unconfirmed proposal keeps nothing.
  lapses_at timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  lift_reason text check (char_length(lift_reason) between 1 and 500),
  lift_proposed_by text,
  lift_proposed_at timestamptz,
  lifted_by text,
  lifted_at timestamptz,
  receipt_id text not null,
  check (enterprise_id is not null or contract_id is not null),
  check (record_id is null or num_nulls(enterprise_id, contract_id) = 0),
  check (num_nulls(approved_by, approved_at) in (0, 2)),
  check (num_nulls(lift_reason, lift_proposed_by, lift_proposed_at) in (0, 3)),
  check (num_nulls(lifted_by, lifted_at) in (0, 2)),
  check (lifted_at is null or lift_proposed_at is not null)
);
create index holds_open on rights.holds (hold_id) where lifted_at is null;
