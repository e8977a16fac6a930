-- Generated from the database's catalog after all migrations; dataset tables stand in their contracts.
-- Renew: node_modules/.bin/node --test-update-snapshots tests/support/run-tests.ts snapshot

create table kernel.data_keys (
  owner text not null,
  key_no integer not null,
  suite text not null,
  master_no integer not null,
  wrapped bytea,
  made_at timestamp with time zone not null default now(),
  shredded_at timestamp with time zone,
  CHECK (((wrapped IS NULL) = (shredded_at IS NOT NULL))),
  CHECK ((suite = ANY (ARRAY['intl-1'::text, 'gm-1'::text]))),
  PRIMARY KEY (owner, key_no)
);

create table kernel.migrations (
  name text not null,
  sha256 text not null,
  ran_at timestamp with time zone not null default now(),
  PRIMARY KEY (name)
);

create table lists.contract_comments (
  contract_id text not null,
  hash text not null,
  comment_no integer not null generated always as identity,
  author text not null,
  text text not null,
  at timestamp with time zone not null,
  PRIMARY KEY (contract_id, hash, comment_no)
);

create table lists.contract_versions (
  contract_id text not null,
  version text not null,
  hash text not null,
  body text not null,
  origin text not null,
  state text not null,
  proposed_by text not null,
  confirmed_by text,
  reviewed_by text,
  published_by text,
  note text not null default ''::text,
  created_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  CHECK ((origin = ANY (ARRAY['package'::text, 'city'::text, 'proposal'::text]))),
  CHECK ((state = ANY (ARRAY['draft'::text, 'department_confirmed'::text, 'node_reviewed'::text, 'published'::text, 'changing'::text, 'withdrawn'::text]))),
  PRIMARY KEY (contract_id, hash)
);
CREATE UNIQUE INDEX contract_versions_in_force ON lists.contract_versions USING btree (contract_id) WHERE (state = ANY (ARRAY['published'::text, 'changing'::text]));

create table lists.dataset_ddl (
  ddl_no bigint not null generated always as identity,
  contract_id text not null,
  contract_hash text not null,
  statement text not null,
  at timestamp with time zone not null,
  PRIMARY KEY (ddl_no)
);

create table lists.dataset_tables (
  contract_id text not null,
  major integer not null,
  table_name text not null,
  columns jsonb not null,
  ddl text not null,
  contract_hash text not null,
  made_at timestamp with time zone not null,
  PRIMARY KEY (contract_id, major)
);

create table lists.defects (
  delivery_no bigint not null,
  row_no integer not null,
  defect_no bigint not null generated always as identity,
  field text not null,
  code text not null,
  rule text not null,
  severity text not null,
  params jsonb not null,
  raw jsonb,
  CHECK ((severity = ANY (ARRAY['block'::text, 'warn'::text]))),
  PRIMARY KEY (delivery_no, row_no, defect_no)
);

create table lists.deliveries (
  delivery_no bigint not null generated always as identity,
  delivery_id text not null,
  contract_id text not null,
  contract_hash text not null,
  provider text not null,
  kind text not null,
  mapping text not null default ''::text,
  mapping_hash text not null default ''::text,
  file_name text not null,
  digest text not null,
  bytes bigint not null,
  state text not null,
  received_by text not null,
  received_at timestamp with time zone not null,
  publishing_since timestamp with time zone,
  known_from timestamp with time zone,
  finished_at timestamp with time zone,
  return_due_on date,
  rows integer,
  new_rows integer,
  changed_rows integer,
  unchanged_rows integer,
  held_rows integer,
  quarantined_rows integer,
  duplicate_rows integer,
  withdrawn_rows integer,
  merkle_root text,
  business_time_max date,
  is_synthetic boolean not null default false,
  summary jsonb,
  refusal jsonb,
  receipt jsonb,
  CHECK (((state <> ALL (ARRAY['published'::text, 'partly_published'::text])) OR (rows = (((((new_rows + changed_rows) + unchanged_rows) + held_rows) + quarantined_rows) + duplicate_rows)))),
  CHECK ((kind = ANY (ARRAY['records'::text, 'withdrawal'::text]))),
  CHECK ((state = ANY (ARRAY['received'::text, 'publishing'::text, 'published'::text, 'partly_published'::text, 'returned'::text, 'refused'::text]))),
  PRIMARY KEY (delivery_no),
  UNIQUE (delivery_id)
);
CREATE UNIQUE INDEX deliveries_bytes ON lists.deliveries USING btree (contract_id, provider, kind, digest, mapping_hash);
CREATE UNIQUE INDEX deliveries_delivery_id_key ON lists.deliveries USING btree (delivery_id);
CREATE INDEX deliveries_latest ON lists.deliveries USING btree (contract_id, received_at DESC);
CREATE INDEX deliveries_publishing ON lists.deliveries USING btree (contract_id) WHERE (publishing_since IS NOT NULL);
CREATE INDEX deliveries_synthetic ON lists.deliveries USING btree (is_synthetic) WHERE is_synthetic;
CREATE INDEX deliveries_unfinished ON lists.deliveries USING btree (contract_id) WHERE (state = ANY (ARRAY['received'::text, 'publishing'::text]));

create table lists.delivery_reminders (
  contract_id text not null,
  period_end date not null,
  reminded_on date not null,
  provider text not null,
  overdue_days integer not null,
  reminded_at timestamp with time zone not null,
  PRIMARY KEY (contract_id, period_end, reminded_on)
);

create table lists.enterprise_aliases (
  alias_id bigint not null,
  enterprise_id bigint not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  decided_by text not null,
  PRIMARY KEY (alias_id, known_from)
);
CREATE INDEX enterprise_aliases_of ON lists.enterprise_aliases USING btree (enterprise_id);

create table lists.enterprise_codes (
  enterprise_id bigint not null,
  code text not null,
  kind text not null,
  checksum_ok boolean not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  delivery_no bigint,
  CHECK ((kind = ANY (ARRAY['uscc'::text, 'organisation'::text, 'old_registration'::text, 'old_tax'::text, 'other'::text]))),
  PRIMARY KEY (enterprise_id, kind, code, known_from)
);
CREATE UNIQUE INDEX enterprise_codes_live ON lists.enterprise_codes USING btree (code) WHERE (known_to = 'infinity'::timestamp with time zone);

create table lists.enterprise_names (
  enterprise_id bigint not null,
  name text not null,
  name_key text not null,
  is_current boolean not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  delivery_no bigint,
  PRIMARY KEY (enterprise_id, name_key, known_from)
);
CREATE INDEX enterprise_names_key ON lists.enterprise_names USING btree (name_key text_pattern_ops) WHERE (known_to = 'infinity'::timestamp with time zone);

create table lists.enterprises (
  enterprise_id bigint not null generated always as identity,
  standing text not null,
  kind text not null default 'organisation'::text,
  size_class text not null default 'unknown'::text,
  size_basis jsonb,
  made_by_delivery bigint,
  made_at timestamp with time zone not null,
  CHECK ((kind = ANY (ARRAY['organisation'::text, 'sole_trader'::text]))),
  CHECK ((standing = ANY (ARRAY['registered'::text, 'provisional'::text]))),
  PRIMARY KEY (enterprise_id)
);

create table lists.held_releases (
  review_no bigint not null,
  delivery_no bigint not null,
  released_at timestamp with time zone not null,
  enterprise_id bigint not null,
  counts jsonb not null,
  undone_at timestamp with time zone,
  PRIMARY KEY (review_no, delivery_no, released_at)
);

create table lists.held_rows (
  delivery_no bigint not null,
  row_no integer not null,
  review_no bigint not null,
  contract_id text not null,
  staged jsonb not null,
  state text not null default 'held'::text,
  CHECK ((state = ANY (ARRAY['held'::text, 'released'::text, 'rejected'::text]))),
  PRIMARY KEY (delivery_no, row_no)
);
CREATE INDEX held_rows_review ON lists.held_rows USING btree (review_no);

create table lists.marks (
  enterprise_id bigint not null,
  mark_no bigint not null generated always as identity,
  contract_id text not null,
  delivery_no bigint not null,
  row_no integer not null,
  field text not null default ''::text,
  mark text not null,
  ground text not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  CHECK ((mark = ANY (ARRAY['disputed'::text, 'withheld'::text, 'repaired'::text, 'annulled'::text, 'declined'::text]))),
  PRIMARY KEY (enterprise_id, mark_no)
);
CREATE INDEX marks_of_record ON lists.marks USING btree (enterprise_id, contract_id, delivery_no, row_no);

create table lists.quality_contests (
  contest_no bigint not null generated always as identity,
  score_no bigint not null,
  provider text not null,
  ground text not null,
  evidence jsonb not null,
  state text not null default 'contested'::text,
  contested_by text not null,
  contested_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  decision text,
  corrected_numerator bigint,
  CHECK ((state = ANY (ARRAY['contested'::text, 'upheld'::text, 'dismissed'::text]))),
  PRIMARY KEY (contest_no)
);
CREATE UNIQUE INDEX quality_contests_open ON lists.quality_contests USING btree (score_no) WHERE (state = 'contested'::text);

create table lists.quality_cross_evidence (
  run_no bigint not null,
  rule text not null,
  contract_id text not null,
  provider text not null,
  dimension text not null,
  checked bigint not null,
  failed bigint not null,
  CHECK ((dimension = ANY (ARRAY['consistency'::text, 'coverage'::text]))),
  PRIMARY KEY (run_no, rule)
);

create table lists.quality_definitions (
  hash text not null,
  body jsonb not null,
  stored_at timestamp with time zone not null,
  PRIMARY KEY (hash)
);

create table lists.quality_evidence (
  delivery_no bigint not null,
  rule text not null,
  dimension text not null,
  severity text not null,
  checked integer not null,
  failed integer not null,
  PRIMARY KEY (delivery_no, rule)
);

create table lists.quality_findings (
  enterprise_id bigint not null,
  run_no bigint not null,
  rule text not null,
  delivery_no bigint not null,
  row_no integer not null,
  PRIMARY KEY (enterprise_id, run_no, rule, delivery_no, row_no)
);
CREATE INDEX quality_findings_rule ON lists.quality_findings USING btree (run_no, rule, delivery_no, row_no);

create table lists.quality_run_deliveries (
  run_no bigint not null,
  delivery_no bigint not null,
  facts jsonb not null,
  PRIMARY KEY (run_no, delivery_no)
);

create table lists.quality_runs (
  run_no bigint not null generated always as identity,
  run_id text not null,
  period text not null,
  period_from date not null,
  period_to date not null,
  known_at timestamp with time zone not null,
  computed_at timestamp with time zone not null,
  computed_by text not null,
  definitions_hash text not null,
  previous_run_no bigint,
  contests bigint[] not null,
  is_synthetic boolean not null,
  checks bigint not null,
  result_hash text not null,
  receipt jsonb,
  CHECK ((checks > 0)),
  PRIMARY KEY (run_no),
  UNIQUE (run_id)
);
CREATE INDEX quality_runs_period ON lists.quality_runs USING btree (period, run_no DESC);
CREATE UNIQUE INDEX quality_runs_run_id_key ON lists.quality_runs USING btree (run_id);

create table lists.quality_scores (
  score_no bigint not null generated always as identity,
  run_no bigint not null,
  scope text not null,
  subject text not null,
  contract_id text,
  provider text,
  dimension text not null,
  numerator bigint not null,
  denominator bigint not null,
  value bigint not null,
  unit text not null,
  rank integer,
  previous_value bigint,
  CHECK ((denominator > 0)),
  CHECK ((dimension = ANY (ARRAY['accuracy'::text, 'completeness'::text, 'timeliness'::text, 'uniqueness'::text, 'consistency'::text, 'coverage'::text, 'freshness'::text, 'overall'::text]))),
  CHECK ((scope = ANY (ARRAY['delivery'::text, 'dataset'::text, 'provider'::text, 'node'::text]))),
  CHECK ((unit = ANY (ARRAY['ppm'::text, 'day'::text]))),
  PRIMARY KEY (score_no)
);
CREATE UNIQUE INDEX quality_scores_subject ON lists.quality_scores USING btree (run_no, scope, subject, dimension);

create table lists.review_items (
  review_no bigint not null generated always as identity,
  reason text not null,
  subject_code text not null,
  subject_name text not null,
  name_key text not null,
  candidates bigint[] not null,
  state text not null default 'open'::text,
  enterprise_id bigint,
  decided_by text,
  decided_at timestamp with time zone,
  undone_at timestamp with time zone,
  made_at timestamp with time zone not null,
  CHECK ((reason = ANY (ARRAY['same_name_other_code'::text, 'checksum_mismatch'::text, 'id_card_shaped'::text, 'code_unknown'::text, 'name_ambiguous'::text]))),
  CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'rejected'::text]))),
  PRIMARY KEY (review_no)
);
CREATE UNIQUE INDEX review_items_subject ON lists.review_items USING btree (subject_code, name_key);

create table lists.tickets (
  ticket_no bigint not null generated always as identity,
  ticket_id text not null,
  kind text not null,
  contract_id text not null,
  provider text not null,
  delivery_no bigint,
  period_end date,
  defect_rows integer not null,
  state text not null default 'open'::text,
  opened_at timestamp with time zone not null,
  due_on date not null,
  due_is_certain boolean not null,
  redelivery_no bigint,
  closed_at timestamp with time zone,
  closed_by text,
  close_note text,
  CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
  CHECK ((kind = ANY (ARRAY['defects'::text, 'returned'::text, 'refused'::text, 'overdue'::text]))),
  CHECK ((state = ANY (ARRAY['open'::text, 'redelivered'::text, 'overdue'::text, 'closed'::text]))),
  PRIMARY KEY (ticket_no),
  UNIQUE (ticket_id)
);
CREATE UNIQUE INDEX tickets_delivery ON lists.tickets USING btree (delivery_no) WHERE (delivery_no IS NOT NULL);
CREATE INDEX tickets_open ON lists.tickets USING btree (contract_id) WHERE (state <> 'closed'::text);
CREATE UNIQUE INDEX tickets_overdue ON lists.tickets USING btree (contract_id, period_end) WHERE (kind = 'overdue'::text);
CREATE UNIQUE INDEX tickets_ticket_id_key ON lists.tickets USING btree (ticket_id);

create table platform.accounts (
  account_id text not null,
  login text not null,
  kind text not null,
  roles text[] not null,
  organisation text,
  enterprise_id bigint,
  label_zh text not null,
  label_en text not null,
  password_salt bytea not null,
  password_hash bytea not null,
  password_cost jsonb not null,
  is_demonstration boolean not null default false,
  made_by text not null,
  made_at timestamp with time zone not null,
  password_changed_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  participant_id text,
  CHECK (((kind <> 'provider'::text) OR (organisation IS NOT NULL))),
  CHECK (((kind <> ALL (ARRAY['institution'::text, 'platform'::text, 'regulator'::text])) OR (participant_id IS NOT NULL))),
  CHECK (((kind = 'enterprise'::text) = (enterprise_id IS NOT NULL))),
  CHECK ((kind = ANY (ARRAY['operator'::text, 'provider'::text, 'institution'::text, 'platform'::text, 'regulator'::text, 'reader'::text, 'enterprise'::text]))),
  CHECK ((login ~ '^[a-z0-9][a-z0-9._-]{1,63}$'::text)),
  PRIMARY KEY (account_id),
  UNIQUE (login)
);
CREATE UNIQUE INDEX accounts_login_key ON platform.accounts USING btree (login);
CREATE INDEX accounts_participant ON platform.accounts USING btree (participant_id);

create table platform.admission_proposals (
  proposal_id text not null,
  participant_id text not null,
  state text not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  reason text not null,
  materials_digest text,
  versions_seen integer not null,
  proposed_by text not null,
  proposed_at timestamp with time zone not null,
  decision text,
  decided_by text,
  decided_at timestamp with time zone,
  CHECK ((((decision IS NULL) = (decided_by IS NULL)) AND ((decision IS NULL) = (decided_at IS NULL)))),
  CHECK (((decision IS DISTINCT FROM 'approved'::text) OR (decided_by <> proposed_by))),
  CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text]))),
  CHECK ((materials_digest ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((state = ANY (ARRAY['trial'::text, 'admitted'::text, 'suspended'::text, 'withdrawn'::text]))),
  CHECK ((valid_to > valid_from)),
  PRIMARY KEY (proposal_id)
);
CREATE INDEX admission_proposals_open ON platform.admission_proposals USING btree (participant_id) WHERE (decision IS NULL);

create table platform.admissions (
  participant_id text not null,
  valid_from timestamp with time zone not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  valid_to timestamp with time zone,
  state text not null,
  reason text not null,
  proposed_by text not null,
  approved_by text not null,
  receipt_id text not null,
  CHECK ((known_to > known_from)),
  CHECK ((state = ANY (ARRAY['trial'::text, 'admitted'::text, 'suspended'::text, 'withdrawn'::text]))),
  CHECK ((valid_to > valid_from)),
  PRIMARY KEY (participant_id, valid_from, known_from)
);
CREATE UNIQUE INDEX admissions_live ON platform.admissions USING btree (participant_id, valid_from) INCLUDE (state, valid_to) WHERE (known_to = 'infinity'::timestamp with time zone);

create table platform.agreements (
  platform_id text not null,
  institution_id text not null,
  signed_at timestamp with time zone not null,
  valid_to timestamp with time zone,
  ended_at timestamp with time zone,
  document_digest text not null,
  made_by text not null,
  ended_by text,
  receipt_id text not null,
  CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
  CHECK ((document_digest ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((ended_at >= signed_at)),
  CHECK ((valid_to > signed_at)),
  PRIMARY KEY (platform_id, institution_id, signed_at)
);
CREATE INDEX agreements_institution ON platform.agreements USING btree (institution_id);

create table platform.call_minutes (
  scope text not null,
  party text not null,
  minute timestamp with time zone not null,
  calls integer not null,
  PRIMARY KEY (minute, scope, party)
);

create table platform.capacity_changes (
  change_id text not null,
  source_id text not null,
  contract_id text not null,
  per_minute integer,
  per_day integer,
  concurrency_max integer,
  reason text not null,
  proposed_by text not null,
  proposed_at timestamp with time zone not null,
  decision text,
  decided_by text,
  decided_at timestamp with time zone,
  receipt_id text,
  CHECK ((((decision IS NULL) = (decided_at IS NULL)) AND ((decision IS NULL) = (decided_by IS NULL)))),
  CHECK ((((per_minute IS NULL) = (concurrency_max IS NOT NULL)) AND ((per_day IS NULL) = (per_minute IS NULL)))),
  CHECK (((contract_id = ''::text) = (concurrency_max IS NOT NULL))),
  CHECK ((concurrency_max > 0)),
  CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text]))),
  CHECK ((per_day > 0)),
  CHECK ((per_minute > 0)),
  PRIMARY KEY (change_id)
);
CREATE INDEX capacity_changes_decided ON platform.capacity_changes USING btree (decided_at) WHERE (decision = 'approved'::text);

create table platform.client_keys (
  client_id text not null,
  kid text not null,
  jwk jsonb not null,
  made_by text not null,
  made_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  PRIMARY KEY (client_id, kid)
);

create table platform.clients (
  client_id text not null,
  participant_id text not null,
  label text not null,
  redirect_uris text[] not null,
  grant_types text[] not null,
  made_by text not null,
  made_at timestamp with time zone not null,
  disabled_by text,
  disabled_at timestamp with time zone,
  CHECK ((client_id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'::text)),
  PRIMARY KEY (client_id)
);
CREATE INDEX clients_participant ON platform.clients USING btree (participant_id);

create table platform.mandate_identities (
  enterprise_id bigint not null,
  mandate_id text not null,
  id_number_sealed text not null,
  PRIMARY KEY (enterprise_id, mandate_id)
);

create table platform.mandates (
  enterprise_id bigint not null,
  mandate_id text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  account_id text not null,
  capacity text not null,
  scope text[] not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  standing text not null,
  via text not null,
  document_digest text,
  granted_by text not null,
  changed_by text not null,
  reason text,
  receipt_id text not null,
  CHECK (((via = 'online'::text) OR (document_digest IS NOT NULL))),
  CHECK ((capacity = ANY (ARRAY['legal_representative'::text, 'agent'::text]))),
  CHECK ((document_digest ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((known_to > known_from)),
  CHECK ((standing = ANY (ARRAY['entered'::text, 'granted'::text, 'frozen'::text, 'ended'::text]))),
  CHECK ((valid_to > valid_from)),
  CHECK ((via = ANY (ARRAY['paper'::text, 'online'::text]))),
  PRIMARY KEY (enterprise_id, mandate_id, known_from)
);
CREATE INDEX mandates_account ON platform.mandates USING btree (enterprise_id, account_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX mandates_live ON platform.mandates USING btree (enterprise_id, mandate_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table platform.oauth_state (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  expires_at timestamp with time zone,
  consumed_at timestamp with time zone,
  PRIMARY KEY (model, id)
);
CREATE INDEX oauth_state_expires ON platform.oauth_state USING btree (expires_at);
CREATE INDEX oauth_state_grant ON platform.oauth_state USING btree (grant_id) WHERE (grant_id IS NOT NULL);
CREATE INDEX oauth_state_uid ON platform.oauth_state USING btree (model, uid) WHERE (uid IS NOT NULL);

create table platform.outside_accounts (
  subject_hash bytea not null,
  account_id text not null,
  linked_by text not null,
  linked_at timestamp with time zone not null,
  PRIMARY KEY (subject_hash),
  UNIQUE (account_id)
);
CREATE UNIQUE INDEX outside_accounts_account_id_key ON platform.outside_accounts USING btree (account_id);

create table platform.participants (
  participant_id text not null,
  kind text not null,
  institution_type text,
  parent_id text,
  lineage text[] not null,
  name_zh text not null,
  name_en text not null,
  code text,
  is_demonstration boolean not null default false,
  made_by text not null,
  made_at timestamp with time zone not null,
  CHECK (((kind = 'institution'::text) = (institution_type IS NOT NULL))),
  CHECK (((parent_id IS NULL) = (cardinality(lineage) = 1))),
  CHECK (((parent_id IS NULL) OR (lineage[(cardinality(lineage) - 1)] = parent_id))),
  CHECK ((institution_type = ANY (ARRAY['bank'::text, 'insurer'::text, 'guarantor'::text, 'credit_service'::text]))),
  CHECK ((kind = ANY (ARRAY['provider'::text, 'platform'::text, 'institution'::text, 'regulator'::text, 'node'::text]))),
  CHECK ((lineage[cardinality(lineage)] = participant_id)),
  CHECK ((participant_id ~ '^[a-z0-9][a-z0-9_-]{1,63}$'::text)),
  PRIMARY KEY (participant_id)
);
CREATE UNIQUE INDEX participants_name ON platform.participants USING btree (kind, name_zh) WHERE (parent_id IS NULL);
CREATE INDEX participants_parent ON platform.participants USING btree (parent_id);

create table platform.recovery_codes (
  account_id text not null,
  code_hash bytea not null,
  used_at timestamp with time zone,
  PRIMARY KEY (account_id, code_hash)
);

create table platform.search_counts (
  account_id text not null,
  minute timestamp with time zone not null,
  searches integer not null,
  PRIMARY KEY (account_id, minute)
);

create table platform.second_factors (
  account_id text not null,
  sealed_secret bytea not null,
  made_at timestamp with time zone not null,
  confirmed_at timestamp with time zone,
  last_step bigint not null,
  PRIMARY KEY (account_id)
);

create table platform.sessions (
  token_hash bytea not null,
  account_id text not null,
  started_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  PRIMARY KEY (token_hash)
);
CREATE INDEX sessions_account ON platform.sessions USING btree (account_id);
CREATE INDEX sessions_last_seen ON platform.sessions USING btree (last_seen_at);

create table platform.sign_in_attempts (
  login_hash bytea not null,
  attempts integer not null,
  last_at timestamp with time zone not null,
  PRIMARY KEY (login_hash)
);
CREATE INDEX sign_in_attempts_last ON platform.sign_in_attempts USING btree (last_at);

create table platform.source_minutes (
  source_id text not null,
  contract_id text not null,
  minute timestamp with time zone not null,
  calls integer not null,
  failed integer not null,
  slow integer not null,
  ms_total bigint not null,
  last_answered_at timestamp with time zone,
  refused integer not null default 0,
  times integer[] not null default '{0,0,0,0,0,0,0,0}'::integer[],
  CHECK (((failed >= 0) AND (failed <= calls))),
  CHECK (((slow >= 0) AND (slow <= failed))),
  CHECK ((calls >= 0)),
  CHECK ((refused >= 0)),
  PRIMARY KEY (source_id, contract_id, minute)
);
CREATE INDEX source_minutes_minute ON platform.source_minutes USING btree (minute);

create table platform.used_proofs (
  proof_hash bytea not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (proof_hash)
);
CREATE INDEX used_proofs_expires ON platform.used_proofs USING btree (expires_at);

create table security.decision_facts (
  facts_hash text not null,
  facts jsonb not null,
  PRIMARY KEY (facts_hash)
);

create table security.disclosure_budget (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  quarter text not null,
  bits_booked numeric(14,6) not null,
  CHECK ((bits_booked >= (0)::numeric)),
  CHECK ((quarter ~ '^[0-9]{4}Q[1-4]$'::text)),
  PRIMARY KEY (enterprise_id, institution, contract_id, quarter)
);

create table security.disclosure_budget_entries (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  quarter text not null,
  disclosure_id text not null,
  kind text not null,
  bits numeric(14,6) not null,
  at timestamp with time zone not null,
  CHECK ((bits > (0)::numeric)),
  PRIMARY KEY (enterprise_id, institution, contract_id, quarter, disclosure_id)
);

create table security.disclosures (
  enterprise_id bigint not null,
  disclosure_id text not null,
  kind text not null,
  contracts text[] not null,
  fields jsonb,
  as_of timestamp with time zone not null,
  known_at timestamp with time zone not null,
  institution text,
  platform text,
  operator text not null,
  purpose text not null,
  policy_hash text not null,
  content_digest text not null,
  receipt_id text not null,
  at timestamp with time zone not null,
  branch text,
  consent_id text,
  application text,
  facts_hash text,
  CHECK ((kind = ANY (ARRAY['answer'::text, 'verification'::text, 'report'::text, 'export'::text, 'score'::text, 'whitelist_entry'::text, 'alert'::text]))),
  PRIMARY KEY (enterprise_id, disclosure_id)
);
CREATE INDEX disclosures_by_id ON security.disclosures USING btree (disclosure_id);
CREATE INDEX disclosures_consent ON security.disclosures USING btree (consent_id, at) WHERE (consent_id IS NOT NULL);

create table security.idempotency (
  participant_id text not null,
  operation text not null,
  key_hash bytea not null,
  state text not null,
  lease_id bytea not null,
  lease_until timestamp with time zone not null,
  suite text not null,
  salt bytea not null,
  request_tag bytea not null,
  sealed_answer bytea,
  expires_at timestamp with time zone not null,
  CHECK (((state = 'completed'::text) = (sealed_answer IS NOT NULL))),
  CHECK ((state = ANY (ARRAY['reserved'::text, 'completed'::text]))),
  PRIMARY KEY (participant_id, operation, key_hash)
);
CREATE INDEX idempotency_expires ON security.idempotency USING btree (expires_at);

create table security.leaf_bodies (
  receipt_id text not null,
  subject_id bigint,
  salt bytea not null,
  body text not null,
  PRIMARY KEY (receipt_id)
);
CREATE INDEX leaf_bodies_subject ON security.leaf_bodies USING btree (subject_id, receipt_id) WHERE (subject_id IS NOT NULL);

create table security.leaf_outbox (
  leaf_no bigint not null generated always as identity,
  receipt_id text not null,
  leaf_hash bytea not null,
  at timestamp with time zone not null,
  PRIMARY KEY (leaf_no)
);

create table security.log_checkpoints (
  tree_size bigint not null,
  note text not null,
  PRIMARY KEY (tree_size)
);

create table security.log_entries (
  entry_index bigint not null,
  receipt_id text not null,
  PRIMARY KEY (entry_index),
  UNIQUE (receipt_id)
);
CREATE UNIQUE INDEX log_entries_receipt_id_key ON security.log_entries USING btree (receipt_id);

create table security.log_tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null,
  PRIMARY KEY (level, tile_index)
);

create table security.policy_versions (
  hash text not null,
  files jsonb not null,
  in_force_from timestamp with time zone not null,
  PRIMARY KEY (hash)
);

create table security.receipt_groups (
  group_id text not null,
  signature bytea not null,
  hashes bytea not null,
  PRIMARY KEY (group_id)
);

create table security.receipts (
  receipt_id text not null,
  kind text not null,
  leaf bytea not null,
  at timestamp with time zone not null,
  promise_ms integer not null,
  suite text not null,
  kid text not null,
  signature bytea,
  group_id text,
  PRIMARY KEY (receipt_id)
);
