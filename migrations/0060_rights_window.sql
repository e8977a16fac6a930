-- The window (policy article 12): what a clerk enters for a person who is present, with the scan of what that person signed,
-- and the second check. Everything lies with its enterprise; person and matter stand sealed under the enterprise's data key.
create schema if not exists rights;

-- Scanned papers. The file stands under the SHA-256 of its sealed bytes; `digest` is that of the file as it was handed in.
create table rights.window_scans (
  enterprise_id bigint not null,
  scan_id text not null,
  content_type text not null check (content_type in ('application/pdf', 'image/png', 'image/jpeg')),
  bytes integer not null check (bytes > 0),
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  stored_digest text not null check (stored_digest ~ '^[0-9a-f]{64}$'),
  made_by text not null,
  made_at timestamptz not null,
  primary key (enterprise_id, scan_id)
);
create unique index window_scans_digest on rights.window_scans (enterprise_id, digest);
create index window_scans_stored on rights.window_scans (stored_digest);
create index window_scans_unused on rights.window_scans (made_at);

create table rights.window_entries (
  enterprise_id bigint not null,
  entry_id text not null,
  -- One of the table of acts in src/rights/window/window-acts.ts.
  act text not null,
  capacity text not null check (capacity in ('legal_representative', 'agent')),
  -- {document, name, number} of the person who was present.
  person_sealed text not null,
  -- What the person asks for, as the act takes it; `digest` is over it, the act and this entry.
  asked_sealed text not null,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  scan_digest text not null check (scan_digest ~ '^[0-9a-f]{64}$'),
  -- Of the mandate on paper; an agent's alone.
  mandate_digest text check (mandate_digest ~ '^[0-9a-f]{64}$'),
  -- entered: waits for its check without effect; in_effect: has effect and waits; acting: checked, its act is under way.
  state text not null check (state in ('entered', 'in_effect', 'acting', 'done', 'rejected', 'lapsed')),
  entered_by text not null,
  entered_at timestamptz not null,
  check_by timestamptz not null,
  -- Id of what its act made.
  made_id text,
  decided_by text,
  decided_at timestamptz,
  -- Why the second person did not confirm it; a closed list.
  reason text,
  -- Code of the refusal that its effect, or the undoing of it, met.
  refusal text,
  printed_at timestamptz,
  receipt_id text not null,
  decided_receipt_id text,
  primary key (enterprise_id, entry_id),
  check ((capacity = 'agent') = (mandate_digest is not null)),
  check ((decided_at is null) = (decided_by is null)),
  check (state in ('entered', 'in_effect') or decided_at is not null)
);
create index window_entries_by_id on rights.window_entries (entry_id);
create index window_entries_clerk on rights.window_entries (entered_by, entered_at);
create index window_entries_open on rights.window_entries (check_by, entry_id)
  where state in ('entered', 'in_effect', 'acting');
