-- Personal information of natural persons (policy article 12; Personal Information Protection Law): who proved to be whom, where
-- a person stands in the records of enterprises, notices, separate consents, and requests with every step. Nothing of a person is
-- here in clear: numbers and names are sealed under the person's data key, or digests under a key that is not in the database.
create schema if not exists rights;

-- A person known to the node by proof of identity. Reference table on Citus: far smaller than any register.
create table rights.persons (
  person_id text primary key,
  -- HMAC of the identity number; of a person whose data key was shredded it is gone, and the person may be entered anew.
  identity_digest text check (identity_digest ~ '^[0-9a-f]{64}$'),
  -- HMAC of name and masked number, as records carry them.
  link_digest text check (link_digest ~ '^[0-9a-f]{64}$'),
  number_sealed text,
  name_sealed text,
  account_id text not null,
  proof text not null check (proof in ('window', 'outside')),
  document_digest text check (document_digest ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('entered', 'bound', 'ended')),
  entered_by text not null,
  entered_at timestamptz not null,
  confirmed_by text,
  confirmed_at timestamptz,
  ended_at timestamptz,
  receipt_id text not null,
  check ((confirmed_by is null) = (confirmed_at is null)),
  check ((state = 'ended') = (ended_at is not null)),
  check (state = 'ended' or (identity_digest is not null and link_digest is not null
    and number_sealed is not null and name_sealed is not null))
);
create unique index persons_identity on rights.persons (identity_digest) where state <> 'ended';
create unique index persons_account on rights.persons (account_id) where state <> 'ended';
create index persons_link on rights.persons (link_digest) where state = 'bound';

-- In which record of which enterprise somebody stands, as what. Found after deliveries.
create table rights.person_mentions (
  enterprise_id bigint not null,
  contract_id text not null,
  -- `<delivery>:<row>`
  record_id text not null,
  role text not null,
  link_digest text not null check (link_digest ~ '^[0-9a-f]{64}$'),
  known_from timestamptz not null,
  primary key (enterprise_id, contract_id, record_id, role)
);
create index person_mentions_of_person on rights.person_mentions (link_digest, contract_id, enterprise_id, record_id, role);

-- Until when the deliveries of a contract were looked through.
create table rights.person_sweeps (
  contract_id text primary key,
  swept_until timestamptz not null
);

-- 告知 (article 17): owed once for each contract in which somebody first appeared, and kept until it was delivered. Local on Citus.
create table rights.person_notices (
  link_digest text not null check (link_digest ~ '^[0-9a-f]{64}$'),
  contract_id text not null,
  notice_id text not null unique,
  first_found_at timestamptz not null,
  delivered_way text check (delivered_way in ('portal', 'window', 'post')),
  delivered_by text,
  delivered_at timestamptz,
  receipt_id text,
  primary key (link_digest, contract_id),
  check ((delivered_way is null) = (delivered_at is null) and (delivered_by is null) = (delivered_at is null))
);
create index person_notices_owed on rights.person_notices (notice_id) where delivered_at is null;

-- 单独同意 (articles 23, 29): one for each purpose and recipient.
create table rights.person_consents (
  person_id text not null,
  consent_id text not null,
  form_id text not null,
  -- Hash of the words that were shown.
  form_hash text not null check (form_hash ~ '^[0-9a-f]{64}$'),
  purpose text not null,
  recipient text not null,
  roles text[] not null check (cardinality(roles) > 0),
  given_at timestamptz not null,
  valid_to date not null,
  given_receipt text not null,
  withdrawn_at timestamptz,
  withdrawn_receipt text,
  primary key (person_id, consent_id),
  check ((withdrawn_at is null) = (withdrawn_receipt is null))
);
create unique index person_consents_live on rights.person_consents (person_id, purpose, recipient)
  where withdrawn_at is null;

-- What a person asks; words and decision are sealed under the person's data key.
create table rights.person_requests (
  person_id text not null,
  request_id text not null,
  kind text not null check (kind in ('correction', 'deletion', 'consent_withdrawal', 'explanation')),
  -- Which record, of whom; null: of what the person gave the node.
  enterprise_id bigint,
  contract_id text,
  record_id text,
  role text,
  -- Of an explanation: the score, whitelist entry or alert.
  disclosure_id text,
  words_sealed text,
  state text not null check (state in ('submitted', 'forwarded', 'granted', 'refused', 'withdrawn')),
  -- Who owes the answer.
  responsible_kind text not null check (responsible_kind in ('node', 'provider', 'institution')),
  responsible_id text not null,
  -- The objection that a correction has become.
  objection_id text,
  decision_sealed text,
  -- The human who looked, of an explanation.
  looked_by_sealed text,
  decided_by text,
  decided_at timestamptz,
  asked_at timestamptz not null,
  receipt_id text not null,
  primary key (person_id, request_id),
  check ((decided_by is null) = (decided_at is null))
);
create unique index person_requests_by_id on rights.person_requests (request_id);
create index person_requests_open on rights.person_requests (responsible_kind, responsible_id, request_id)
  where state in ('submitted', 'forwarded');
create index person_requests_objection on rights.person_requests (objection_id)
  where objection_id is not null and state = 'forwarded';

create table rights.person_request_steps (
  person_id text not null,
  request_id text not null,
  step_no integer not null check (step_no > 0),
  act text not null,
  by_kind text not null check (by_kind in ('person', 'node', 'provider', 'institution')),
  by_id text not null,
  at timestamptz not null,
  receipt_id text,
  primary key (person_id, request_id, step_no)
);
