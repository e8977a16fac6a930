-- Recall of what was disclosed (policy article 12): who was told that a record no longer holds, by which signed notice, and what
-- they did. Recalls lie with their enterprise; recall_sweeps is kept whole on Citus.
create schema if not exists rights;

-- One notice to one recipient about one disclosure and one record; a second correction of the same record says nothing new.
create table rights.recalls (
  enterprise_id bigint not null,
  recall_id text not null,
  disclosure_id text not null,
  disclosure_kind text not null check (disclosure_kind in
    ('answer', 'verification', 'report', 'export', 'score', 'whitelist_entry')),
  disclosed_at timestamptz not null,
  contract_id text not null,
  delivery_no bigint not null,
  row_no integer not null,
  -- content: the record was in it; derived: something was made from it.
  part text not null check (part in ('content', 'derived')),
  cause_kind text not null check (cause_kind in ('objection', 'repair', 'withdrawal', 'delivery', 'retention')),
  cause_id text not null,
  demand text not null check (demand in ('correct', 'end_use', 'ask_again')),
  -- The node itself answers for what its people and readers were given.
  recipient_kind text not null check (recipient_kind in ('institution', 'node')),
  recipient_id text not null,
  -- Through which it came, and who may confirm as well; null: directly.
  platform_id text,
  -- Null: the profile in force says no day.
  due_on date,
  due_is_certain boolean not null,
  -- Compact JWS of what the recipient is told.
  notice text not null,
  -- The leaf to this recipient with the Merkle root over its notices, and the notice's place in that tree.
  receipt_id text not null,
  notice_hash bytea not null check (length(notice_hash) = 32),
  place integer not null check (place >= 0),
  recalled_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  done text check (done in ('deleted', 'corrected', 'unaffected', 'other')),
  note text check (char_length(note) between 1 and 200),
  acknowledged_receipt_id text,
  primary key (enterprise_id, recall_id),
  check (num_nulls(acknowledged_at, acknowledged_by, done, acknowledged_receipt_id) in (0, 4)),
  check (done is not null or note is null)
);
create unique index recalls_once on rights.recalls (enterprise_id, contract_id, delivery_no, row_no, disclosure_id);
create index recalls_by_id on rights.recalls (recall_id);
create index recalls_by_recipient on rights.recalls (recipient_id, recall_id);
create index recalls_by_platform on rights.recalls (platform_id, recall_id) where platform_id is not null;
create index recalls_open on rights.recalls (due_on, recall_id) where acknowledged_at is null;
create index recalls_of_leaf on rights.recalls (enterprise_id, receipt_id, place);

-- Until which instant of the node ordinary deliveries were looked through for corrections; one row a contract.
create table rights.recall_sweeps (
  contract_id text primary key,
  swept_until timestamptz not null
);
