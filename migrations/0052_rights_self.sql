-- Self-query (policy article 12): what an enterprise takes away of everything the node has on it. A bundle is kept for some
-- days, sealed in pages by the enterprise's own data key, with which it is gone too; that it was made stays on record.
create schema if not exists rights;

create table rights.own_exports (
  enterprise_id bigint not null,
  export_id text not null,
  -- The account that asked; whether it still may is looked at again when the bundle is made and at every download.
  asked_by text not null,
  asked_at timestamptz not null,
  -- Beijing date of an as-of export; null: as known when it is made.
  as_of date,
  state text not null default 'asked' check (state in ('asked', 'made', 'failed', 'removed')),
  made_at timestamptz,
  remove_at timestamptz,
  known_at timestamptz,
  items integer,
  bytes bigint,
  -- SHA-256 of the bundle, hex.
  digest text,
  disclosure_id text,
  receipt_id text,
  -- Code of the refusal that ended a failed one.
  refusal text,
  primary key (enterprise_id, export_id),
  check ((state in ('made', 'removed')) = (digest is not null)),
  check ((state = 'failed') = (refusal is not null))
);
-- One at a time: whoever asks while one is being made is given that one.
create unique index own_exports_open on rights.own_exports (enterprise_id) where state = 'asked';
create index own_exports_remove on rights.own_exports (remove_at) where state = 'made';

create table rights.own_export_pages (
  enterprise_id bigint not null,
  export_id text not null,
  page_no integer not null check (page_no > 0),
  sealed text not null,
  primary key (enterprise_id, export_id, page_no)
);
