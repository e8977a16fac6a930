-- Data keys of sealed fields (policy article 13): one key per owner, wrapped by a master key that is not in the database.
-- Small and kept whole on Citus. The schema is also made by the migration runner, for its journal.
create schema if not exists kernel;

-- `owner` is 'enterprise:<id>' or 'person:<id>'. A shredded key keeps its row, without the key, so that its number is
-- never used again and a value sealed under it is known to be destroyed rather than damaged.
create table kernel.data_keys (
  owner text not null,
  key_no integer not null,
  suite text not null check (suite in ('intl-1', 'gm-1')),
  master_no integer not null,
  wrapped bytea,
  made_at timestamptz not null default now(),
  shredded_at timestamptz,
  primary key (owner, key_no),
  check ((wrapped is null) = (shredded_at is not null))
);
