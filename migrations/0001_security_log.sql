-- Disclosures and the log (policy article 13): what left, and the proof that it did.
-- The log's tables are local to the coordinator on Citus; disclosures are distributed by enterprise.
create schema security;

-- One row for whatever leaves or is derived. A correction affects the rows whose contracts include it
-- and whose known_at lies in the wrong version's life.
create table security.disclosures (
  enterprise_id bigint not null,
  disclosure_id text not null,
  kind text not null check (kind in
    ('answer', 'report', 'export', 'score', 'whitelist_entry', 'alert')),
  contracts text[] not null,
  fields jsonb,
  as_of timestamptz not null,
  known_at timestamptz not null,
  institution text,
  platform text,
  operator text not null,
  purpose text not null,
  policy_hash text not null,
  content_digest text not null,
  receipt_id text not null,
  at timestamptz not null,
  primary key (enterprise_id, disclosure_id)
);

-- What the node promised: one row per leaf, kept for ever, without the body.
create table security.receipts (
  receipt_id text primary key,
  kind text not null,
  leaf bytea not null,
  leaf_hash bytea not null,
  at timestamptz not null,
  promise_ms integer not null,
  suite text not null,
  kid text not null,
  signature bytea not null
);

-- What a leaf commits to. A lawful deletion removes the row: the tree keeps a commitment that nobody can open.
create table security.leaf_bodies (
  receipt_id text primary key,
  subject_id bigint,
  salt bytea not null,
  body text not null
);
create index leaf_bodies_subject on security.leaf_bodies (subject_id) where subject_id is not null;

-- Leaves that are durable and not yet in the tree. The sequencer takes rows and deletes them, whatever their number:
-- a row that commits late under a low number is simply found in the next batch.
create table security.leaf_outbox (
  leaf_no bigint generated always as identity primary key,
  receipt_id text not null,
  leaf_hash bytea not null,
  at timestamptz not null
);

-- The log's own order.
create table security.log_entries (
  entry_index bigint primary key,
  receipt_id text not null unique
);

-- C2SP tlog-tiles: up to 256 hashes of 32 bytes; level 0 holds leaf hashes, level n the roots of full tiles of n - 1.
create table security.log_tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null,
  primary key (level, tile_index)
);

-- Every checkpoint ever signed, so that a fork would have to contradict the node's own signature.
create table security.log_checkpoints (
  tree_size bigint primary key,
  origin text not null,
  root bytea not null,
  note text not null,
  suite text not null,
  kid text not null,
  at timestamptz not null
);
