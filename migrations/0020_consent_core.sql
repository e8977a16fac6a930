-- Consents (policy articles 8 and 12; Regulation on the Administration of the Credit Reporting Industry, articles 18
-- and 20): who may see what of an enterprise, for which purpose, until when, how often, through whom.
-- Distributed by enterprise on Citus, except handles and fair_use_versions, which are kept whole.
create schema consent;

-- What was asked and shown, word for word. A row is written once and never changed: whether it holds is in states.
create table consent.consents (
  enterprise_id bigint not null,
  consent_id text not null,
  institution_id text not null,
  institution_type text not null,
  -- The one office that may use it; null: any office of the institution.
  branch_id text,
  platforms text[] not null,
  purpose text not null,
  product text,
  -- By contract id: {"fields": […], "verifyOnly": […]}.
  scope jsonb not null,
  fetch_mode text not null check (fetch_mode in ('once', 'periodic')),
  data_from date not null,
  data_to date,
  frequency_count integer check (frequency_count > 0),
  frequency_unit text check (frequency_unit in ('day', 'week', 'month')),
  valid_to timestamptz not null,
  data_life_count integer not null check (data_life_count > 0),
  data_life_unit text not null check (data_life_unit in ('day', 'month', 'year')),
  onward_sharing boolean not null default false check (not onward_sharing),
  template text not null,
  -- [{"zh": …, "en": …}], at most six.
  words jsonb not null,
  terms_digest text not null,
  fair_use_hash text not null,
  given_how text not null check (given_how in ('redirect', 'decoupled', 'paper')),
  requested_by text not null,
  requested_through text,
  operator text not null,
  requested_at timestamptz not null,
  -- Nobody has answered by then: it counts as rejected.
  answer_by timestamptz not null,
  -- SHA-256 of the scanned paper, its kind and the day it was signed.
  scan_digest text,
  scan_type text check (scan_type in ('application/pdf', 'image/jpeg', 'image/png')),
  signed_on date,
  primary key (enterprise_id, consent_id),
  check ((fetch_mode = 'periodic') = (frequency_count is not null)),
  check ((frequency_count is null) = (frequency_unit is null)),
  check ((given_how = 'paper') = (scan_digest is not null)),
  check ((scan_digest is null) = (scan_type is null)),
  check ((scan_digest is null) = (signed_on is null))
);

-- Each change is the next version of the consent; the one in force has known_to = infinity.
-- That time ran out or its one use is made is computed when it is read, and written down here by the nightly settlement.
create table consent.states (
  enterprise_id bigint not null,
  consent_id text not null,
  version integer not null check (version > 0),
  state text not null check (state in
    ('pending', 'active', 'paused', 'revoked', 'expired', 'exhausted', 'rejected')),
  reason text not null check (reason in
    ('asked', 'entered', 'granted', 'confirmed', 'refused', 'lapsed', 'paused', 'resumed', 'revoked',
     'ran_out', 'used_up')),
  by text not null,
  -- In which capacity the signatory acted, and by which mandate; null for the node and for clerks.
  capacity text check (capacity in ('legal_representative', 'agent')),
  mandate_id text,
  -- The node's signature over what was granted.
  seal jsonb,
  -- The leaf; null: asking alone gives nothing and leaves none.
  receipt_id text,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  primary key (enterprise_id, consent_id, version)
);
create unique index states_live on consent.states (enterprise_id, consent_id) where known_to = 'infinity';

-- Uses per period; a consent for one use has the one period -infinity. The row is the lock under which uses are counted.
create table consent.use_counts (
  enterprise_id bigint not null,
  consent_id text not null,
  period_from timestamptz not null,
  uses integer not null check (uses > 0),
  last_at timestamptz not null,
  primary key (enterprise_id, consent_id, period_from)
);

-- The way to a consent for whoever does not know the enterprise: by id, or by the SHA-256 of the code in a link.
create table consent.handles (
  consent_id text primary key,
  enterprise_id bigint not null,
  code_hash bytea
);
create unique index handles_code on consent.handles (code_hash) where code_hash is not null;

-- Every edition of the fair-use bounds under which something was asked, by hash; never changed, never deleted.
create table consent.fair_use_versions (
  hash text primary key,
  body jsonb not null,
  first_used_at timestamptz not null
);
