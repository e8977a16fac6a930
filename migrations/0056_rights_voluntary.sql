-- Voluntary list (policy article 7): registration, pledges, what was filed through which entrance, how well it is proved, and
-- attachments. Everything lies with its enterprise; values of filings stand sealed under the enterprise's data key.
create schema if not exists rights;

-- An enterprise that takes part, and each state of its check against the register.
create table rights.registrations (
  enterprise_id bigint not null,
  version_no integer not null check (version_no > 0),
  state text not null check (state in ('mismatch', 'at_window', 'registered')),
  -- Which of code, name, representative differed; of a mismatch only.
  mismatched text[] not null,
  document_digest text check (document_digest ~ '^[0-9a-f]{64}$'),
  made_by text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to >= known_from),
  primary key (enterprise_id, version_no)
);
create unique index registrations_live on rights.registrations (enterprise_id) where known_to = 'infinity';

-- The words that were pledged, for ever; a reference table on Citus.
create table rights.pledge_templates (
  template_hash text primary key check (template_hash ~ '^[0-9a-f]{64}$'),
  template_id text not null,
  version text not null,
  definition jsonb not null,
  known_from timestamptz not null
);

create table rights.pledges (
  enterprise_id bigint not null,
  pledge_id text not null,
  version_no integer not null check (version_no > 0),
  template_hash text not null,
  scope text[] not null check (cardinality(scope) > 0),
  signed_by text not null,
  mandate_id text not null,
  signed_at timestamptz not null,
  valid_to date not null,
  -- The statement that was signed (RFC 8785) and the node's signature over it.
  seal jsonb not null,
  -- `expired` is what is read once valid_to is past.
  standing text not null check (standing in ('signed', 'withdrawn', 'breached')),
  -- Who decided the breach, by which document, and what the enterprise says of it.
  authority text,
  decision_no text,
  decided_on date,
  objection_sealed text,
  changed_by text not null,
  receipt_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to >= known_from),
  primary key (enterprise_id, pledge_id, version_no),
  check ((standing = 'breached') = (authority is not null and decision_no is not null and decided_on is not null))
);
create unique index pledges_live on rights.pledges (enterprise_id, pledge_id) where known_to = 'infinity';

-- Whom the enterprise lets file for it, or confirm what it filed.
create table rights.voluntary_openings (
  enterprise_id bigint not null,
  opening_id text not null,
  kind text not null check (kind in ('file', 'confirm')),
  -- A participant, or a department by its name.
  party_id text not null,
  opened_by text not null,
  opened_at timestamptz not null,
  valid_to date not null,
  -- Confirmations that did not agree: a third party may not try values until one fits.
  misses integer not null default 0 check (misses >= 0),
  ended_by text,
  ended_at timestamptz,
  primary key (enterprise_id, opening_id),
  check ((ended_by is null) = (ended_at is null))
);
create unique index voluntary_openings_live on rights.voluntary_openings (enterprise_id, kind, party_id)
  where ended_at is null;

-- One handing in of one item. `accepted` waits for its delivery; the sealed values are what it is made from.
create table rights.filings (
  enterprise_id bigint not null,
  filing_id text not null,
  item_id text not null,
  contract_id text not null,
  values_digest text not null,
  values_sealed text,
  entrance text not null,
  party_id text,
  filed_by text not null,
  filed_at timestamptz not null,
  pledge_id text not null,
  state text not null check (state in ('accepted', 'kept', 'returned', 'beside', 'withdrawing', 'withdrawn')),
  delivery_id text,
  receipt_id text not null,
  settled_at timestamptz,
  primary key (enterprise_id, filing_id)
);
create index filings_open on rights.filings (filed_at, enterprise_id, filing_id)
  where state in ('accepted', 'withdrawing');
create unique index filings_one_open on rights.filings (enterprise_id, item_id)
  where state in ('accepted', 'withdrawing');

-- An item as it stands: the filing that holds, where its record is, how well it is proved and until when it counts.
create table rights.items (
  enterprise_id bigint not null,
  item_id text not null,
  version_no integer not null check (version_no > 0),
  contract_id text not null,
  filing_id text not null,
  record_id text,
  entrances text[] not null,
  level text not null check (level in ('L0', 'L1', 'L2', 'L3')),
  valid_to date not null,
  state text not null check (state in ('current', 'stale', 'withdrawn')),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to >= known_from),
  primary key (enterprise_id, item_id, version_no)
);
create unique index items_live on rights.items (enterprise_id, item_id) where known_to = 'infinity';
create index items_valid_to on rights.items (valid_to, enterprise_id, item_id)
  where known_to = 'infinity' and state = 'current';

-- Two entrances that say different things of one item, until the enterprise settles it.
create table rights.item_conflicts (
  enterprise_id bigint not null,
  conflict_id text not null,
  item_id text not null,
  standing_filing text not null,
  other_filing text not null,
  found_at timestamptz not null,
  chosen_filing text,
  settled_by text,
  settled_at timestamptz,
  primary key (enterprise_id, conflict_id),
  check ((settled_by is null) = (settled_at is null) and (chosen_filing is null) = (settled_at is null))
);
create unique index item_conflicts_open on rights.item_conflicts (enterprise_id, item_id) where settled_at is null;

-- What proves one filing; it lapses with the filing, or with the attachment that it is.
create table rights.item_evidence (
  enterprise_id bigint not null,
  evidence_id text not null,
  item_id text not null,
  filing_id text not null,
  kind text not null check (kind in ('attachment', 'third_party', 'source')),
  -- Attachment, participant or department, or `<contract> <record>`.
  reference text not null,
  given_by text not null,
  receipt_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to >= known_from),
  primary key (enterprise_id, evidence_id)
);
create unique index item_evidence_live on rights.item_evidence (enterprise_id, filing_id, kind, reference)
  where known_to = 'infinity';

-- Attachments: the file lies sealed in the data folder under `stored_digest`; removed ones keep their row.
create table rights.attachments (
  enterprise_id bigint not null,
  attachment_id text not null,
  content_type text not null check (content_type in ('application/pdf', 'image/png')),
  bytes integer not null check (bytes > 0),
  -- Digest of the sealed file, hex.
  stored_digest text not null check (stored_digest ~ '^[0-9a-f]{64}$'),
  -- Digest of what was handed in, sealed: files can be told from each other by it.
  digest_sealed text,
  name_sealed text,
  scanned text not null check (scanned in ('clean', 'no_scanner')),
  made_by text not null,
  made_at timestamptz not null,
  removed_by text,
  removed_at timestamptz,
  primary key (enterprise_id, attachment_id),
  check ((removed_by is null) = (removed_at is null))
);
create index attachments_stored on rights.attachments (stored_digest) where removed_at is null;

-- What the enterprise was told of an item's day; once for each day.
create table rights.item_notices (
  enterprise_id bigint not null,
  item_id text not null,
  valid_to date not null,
  notice text not null check (notice in ('reminder', 'stale')),
  told_at timestamptz not null,
  primary key (enterprise_id, item_id, valid_to, notice)
);
