-- Participants, admission, agreements, mandates (policy articles 1 to 4): who takes part, in which dated state,
-- and who may act for an enterprise. Reference tables on Citus, but for mandates, which lie with their enterprise.

-- A department, platform, institution, regulator or node, and the offices of each.
create table platform.participants (
  participant_id text primary key check (participant_id ~ '^[a-z0-9][a-z0-9_-]{1,63}$'),
  kind text not null check (kind in ('provider', 'platform', 'institution', 'regulator', 'node')),
  institution_type text check (institution_type in ('bank', 'insurer', 'guarantor', 'credit_service')),
  parent_id text,
  -- From the head office down to this office itself; written once, since an office that moves is another office.
  lineage text[] not null,
  name_zh text not null,
  name_en text not null,
  -- Unified social credit code or licence number, as registered; absent for what has none.
  code text,
  is_demonstration boolean not null default false,
  made_by text not null,
  made_at timestamptz not null,
  check ((kind = 'institution') = (institution_type is not null)),
  check (lineage[cardinality(lineage)] = participant_id),
  check ((parent_id is null) = (cardinality(lineage) = 1)),
  check (parent_id is null or lineage[cardinality(lineage) - 1] = parent_id)
);
-- Providers are found by the name that contracts write.
create unique index participants_name on platform.participants (kind, name_zh) where parent_id is null;
create index participants_parent on platform.participants (parent_id);

-- What one person proposed and another decides. The decision is written once.
create table platform.admission_proposals (
  proposal_id text primary key,
  participant_id text not null,
  state text not null check (state in ('trial', 'admitted', 'suspended', 'withdrawn')),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  reason text not null,
  -- SHA-256 of the materials that were looked at, hex.
  materials_digest text check (materials_digest ~ '^[0-9a-f]{64}$'),
  -- How many versions of the admission the proposer had before them: more at the decision means that it is stale.
  versions_seen integer not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  decision text check (decision in ('approved', 'rejected')),
  decided_by text,
  decided_at timestamptz,
  check ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
  check (decision is distinct from 'approved' or decided_by <> proposed_by)
);
create index admission_proposals_open on platform.admission_proposals (participant_id) where decision is null;

-- Dated states. Live versions (known_to = 'infinity') of one participant never overlap in time; between the end of
-- one and the beginning of the next, and after the last, the admission has expired: nothing needs to run for that.
create table platform.admissions (
  participant_id text not null,
  valid_from timestamptz not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  valid_to timestamptz check (valid_to > valid_from),
  state text not null check (state in ('trial', 'admitted', 'suspended', 'withdrawn')),
  reason text not null,
  proposed_by text not null,
  approved_by text not null,
  receipt_id text not null,
  primary key (participant_id, valid_from, known_from)
);
create unique index admissions_live on platform.admissions (participant_id, valid_from)
  include (state, valid_to) where known_to = 'infinity';

-- An institution has signed with a platform. `ended_at` is written once.
create table platform.agreements (
  platform_id text not null,
  institution_id text not null,
  signed_at timestamptz not null,
  valid_to timestamptz check (valid_to > signed_at),
  ended_at timestamptz check (ended_at >= signed_at),
  document_digest text not null check (document_digest ~ '^[0-9a-f]{64}$'),
  made_by text not null,
  ended_by text,
  receipt_id text not null,
  primary key (platform_id, institution_id, signed_at),
  check ((ended_at is null) = (ended_by is null))
);
create index agreements_institution on platform.agreements (institution_id);

-- Who may act for an enterprise, in versions: a change of standing ends one and begins the next.
create table platform.mandates (
  enterprise_id bigint not null,
  mandate_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  account_id text not null,
  capacity text not null check (capacity in ('legal_representative', 'agent')),
  scope text[] not null,
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  standing text not null check (standing in ('entered', 'granted', 'frozen', 'ended')),
  via text not null check (via in ('paper', 'online')),
  document_digest text check (document_digest ~ '^[0-9a-f]{64}$'),
  granted_by text not null,
  -- Who brought about this version, and why where there is a reason to give.
  changed_by text not null,
  reason text,
  receipt_id text not null,
  primary key (enterprise_id, mandate_id, known_from),
  check (via = 'online' or document_digest is not null)
);
create unique index mandates_live on platform.mandates (enterprise_id, mandate_id) where known_to = 'infinity';
create index mandates_account on platform.mandates (enterprise_id, account_id) where known_to = 'infinity';

-- The identity number of the person who acts, sealed under a key of that person, so that it can be destroyed alone.
create table platform.mandate_identities (
  enterprise_id bigint not null,
  mandate_id text not null,
  id_number_sealed text not null,
  primary key (enterprise_id, mandate_id)
);

-- People and machines of participants sign in too.
alter table platform.accounts add column participant_id text;
alter table platform.accounts drop constraint accounts_kind_check;
alter table platform.accounts add constraint accounts_kind_check check (
  kind in ('operator', 'provider', 'institution', 'platform', 'regulator', 'reader', 'enterprise')
);
alter table platform.accounts add constraint accounts_participant_check check (
  kind not in ('institution', 'platform', 'regulator') or participant_id is not null
);
create index accounts_participant on platform.accounts (participant_id);
