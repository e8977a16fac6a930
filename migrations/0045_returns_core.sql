-- What goes back (policy article 11): sealed months, totals as institutions report them, the hops by which returns travel,
-- and queries that nothing came of. Reference or local tables on Citus, but for unused queries, which lie with their enterprise.
create schema returns;

-- One sealed return; inserted once, never changed. `statistics` for the lead bodies, `sheet:<department>` for each department.
create table returns.month_versions (
  subject text not null,
  month date not null check (extract(day from month) = 1),
  version_no integer not null check (version_no > 0),
  known_at timestamptz not null,
  content jsonb not null,
  -- SHA-256 over the canonical form (RFC 8785) of the content, hex.
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  -- The version that this one puts right, and why.
  corrects_hash text,
  reason text,
  sealed_by text not null,
  sealed_at timestamptz not null,
  receipt_id text not null,
  primary key (subject, month, version_no),
  check ((version_no = 1) = (corrects_hash is null) and (version_no = 1) = (reason is null))
);

-- Which parts of the month's work are done; a crash between two subjects leaves the row missing and the work is taken up.
create table returns.month_runs (
  month date not null,
  kind text not null check (kind in ('first', 'revision')),
  known_at timestamptz not null,
  done_at timestamptz,
  primary key (month, kind)
);

-- What an institution says its month came to, by the channel that it reported loans through.
create table returns.reported_totals (
  institution_id text not null,
  month date not null check (extract(day from month) = 1),
  channel text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  borrowers integer not null check (borrowers >= 0),
  first_borrowers integer not null check (first_borrowers between 0 and borrowers),
  loans integer not null check (loans >= borrowers),
  lent_fen bigint not null check (lent_fen >= 0),
  credit_fen bigint not null check (credit_fen between 0 and lent_fen),
  balance_fen bigint not null check (balance_fen >= 0),
  hop_id text not null,
  reported_by text not null,
  primary key (institution_id, month, channel, known_from)
);
create unique index reported_totals_live on returns.reported_totals (institution_id, month, channel)
  where known_to = 'infinity';

-- One step of a return from one party to the next: institution, platform, node, department. A correction is a row of its own
-- that names the one it puts right.
create table returns.hops (
  hop_id text primary key,
  month date not null check (extract(day from month) = 1),
  route text not null check (route in
    ('institution_to_platform', 'institution_to_node', 'platform_to_node', 'node_to_department')),
  -- Whose return it is: an institution, or a department's name.
  about text not null,
  from_party text not null,
  to_party text not null,
  version_no integer not null check (version_no > 0),
  due_on date not null,
  due_is_certain boolean not null,
  state text not null check (state in ('due', 'handed_in', 'acknowledged', 'rejected', 'corrected')),
  content_hash text check (content_hash ~ '^[0-9a-f]{64}$'),
  content jsonb,
  handed_in_by text,
  handed_in_at timestamptz,
  receipt_id text,
  acknowledge_by date,
  acknowledged_by text,
  acknowledged_at timestamptz,
  answer_reason text,
  acknowledge_receipt_id text,
  corrects_hop_id text,
  correction_reason text,
  unique (month, about, from_party, to_party, version_no),
  check ((state = 'due') = (handed_in_at is null)),
  check ((handed_in_at is null) = (content_hash is null) and (handed_in_at is null) = (receipt_id is null)),
  check (state not in ('acknowledged', 'rejected') or acknowledged_at is not null),
  check (state <> 'rejected' or answer_reason is not null),
  check ((version_no = 1) = (corrects_hop_id is null))
);
create index hops_by_party on returns.hops (to_party, month);
create index hops_from_party on returns.hops (from_party, month);

-- A query of an institution of which no use, application, offer or loan was reported in time; ends when one is.
create table returns.unused_queries (
  enterprise_id bigint not null,
  disclosure_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  institution_id text not null,
  platform_id text,
  kind text not null,
  purpose text not null,
  given_at timestamptz not null,
  -- As the institution said; null: it said nothing.
  unused_reason text,
  primary key (enterprise_id, disclosure_id, known_from)
);
create unique index unused_queries_live on returns.unused_queries (enterprise_id, disclosure_id)
  where known_to = 'infinity';
create index unused_queries_of on returns.unused_queries (institution_id, given_at, disclosure_id)
  where known_to = 'infinity';

-- Queries of an institution in a month that have had their time, and how many of them came to nothing.
create table returns.query_months (
  institution_id text not null,
  month date not null check (extract(day from month) = 1),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  queries integer not null check (queries > 0),
  unused integer not null check (unused between 0 and queries),
  enterprises integer not null check (enterprises > 0),
  primary key (institution_id, month, known_from)
);
create unique index query_months_live on returns.query_months (institution_id, month) where known_to = 'infinity';
