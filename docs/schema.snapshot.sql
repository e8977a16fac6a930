-- Generated from the database's catalog after all migrations; dataset tables stand in their contracts.
-- Renew: node_modules/.bin/node --test-update-snapshots tests/support/run-tests.ts snapshot

create table consent.consents (
  enterprise_id bigint not null,
  consent_id text not null,
  institution_id text not null,
  institution_type text not null,
  branch_id text,
  platforms text[] not null,
  purpose text not null,
  product text,
  scope jsonb not null,
  fetch_mode text not null,
  data_from date not null,
  data_to date,
  frequency_count integer,
  frequency_unit text,
  valid_to timestamp with time zone not null,
  data_life_count integer not null,
  data_life_unit text not null,
  onward_sharing boolean not null default false,
  template text not null,
  words jsonb not null,
  terms_digest text not null,
  fair_use_hash text not null,
  given_how text not null,
  requested_by text not null,
  requested_through text,
  operator text not null,
  requested_at timestamp with time zone not null,
  answer_by timestamp with time zone not null,
  scan_digest text,
  scan_type text,
  signed_on date,
  CHECK (((fetch_mode = 'periodic'::text) = (frequency_count IS NOT NULL))),
  CHECK (((frequency_count IS NULL) = (frequency_unit IS NULL))),
  CHECK (((given_how = 'paper'::text) = (scan_digest IS NOT NULL))),
  CHECK (((scan_digest IS NULL) = (scan_type IS NULL))),
  CHECK (((scan_digest IS NULL) = (signed_on IS NULL))),
  CHECK ((NOT onward_sharing)),
  CHECK ((data_life_count > 0)),
  CHECK ((data_life_unit = ANY (ARRAY['day'::text, 'month'::text, 'year'::text]))),
  CHECK ((fetch_mode = ANY (ARRAY['once'::text, 'periodic'::text]))),
  CHECK ((frequency_count > 0)),
  CHECK ((frequency_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text]))),
  CHECK ((given_how = ANY (ARRAY['redirect'::text, 'decoupled'::text, 'paper'::text]))),
  CHECK ((scan_type = ANY (ARRAY['application/pdf'::text, 'image/jpeg'::text, 'image/png'::text]))),
  PRIMARY KEY (enterprise_id, consent_id)
);

create table consent.fair_use_versions (
  hash text not null,
  body jsonb not null,
  first_used_at timestamp with time zone not null,
  PRIMARY KEY (hash)
);

create table consent.handles (
  consent_id text not null,
  enterprise_id bigint not null,
  code_hash bytea,
  PRIMARY KEY (consent_id)
);
CREATE UNIQUE INDEX handles_code ON consent.handles USING btree (code_hash) WHERE (code_hash IS NOT NULL);

create table consent.states (
  enterprise_id bigint not null,
  consent_id text not null,
  version integer not null,
  state text not null,
  reason text not null,
  by text not null,
  capacity text,
  mandate_id text,
  seal jsonb,
  receipt_id text,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  CHECK ((capacity = ANY (ARRAY['legal_representative'::text, 'agent'::text]))),
  CHECK ((reason = ANY (ARRAY['asked'::text, 'entered'::text, 'granted'::text, 'confirmed'::text, 'refused'::text, 'lapsed'::text, 'paused'::text, 'resumed'::text, 'revoked'::text, 'ran_out'::text, 'used_up'::text]))),
  CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'paused'::text, 'revoked'::text, 'expired'::text, 'exhausted'::text, 'rejected'::text]))),
  CHECK ((version > 0)),
  PRIMARY KEY (enterprise_id, consent_id, version)
);
CREATE UNIQUE INDEX states_live ON consent.states USING btree (enterprise_id, consent_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table consent.use_counts (
  enterprise_id bigint not null,
  consent_id text not null,
  period_from timestamp with time zone not null,
  uses integer not null,
  last_at timestamp with time zone not null,
  CHECK ((uses > 0)),
  PRIMARY KEY (enterprise_id, consent_id, period_from)
);

create table evaluation.card_runs (
  card_run_no bigint not null generated always as identity,
  run_id text not null,
  model_hash text not null,
  role text not null,
  beside_run_no bigint not null,
  as_of date not null,
  known_at timestamp with time zone not null,
  policy_hash text not null,
  enterprises integer not null,
  figures jsonb not null,
  merkle_root bytea not null,
  run_by text not null,
  run_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((length(merkle_root) = 32)),
  CHECK ((role = ANY (ARRAY['shadow'::text, 'challenger'::text, 'champion'::text]))),
  PRIMARY KEY (card_run_no),
  UNIQUE (run_id)
);
CREATE INDEX card_runs_latest ON evaluation.card_runs USING btree (model_hash, card_run_no DESC);
CREATE UNIQUE INDEX card_runs_run_id_key ON evaluation.card_runs USING btree (run_id);

create table evaluation.card_scores (
  enterprise_id bigint not null,
  card_run_no bigint not null,
  score integer not null,
  chance double precision not null,
  grade smallint not null,
  known_values smallint not null,
  bins smallint[] not null,
  PRIMARY KEY (enterprise_id, card_run_no)
);

create table evaluation.definitions (
  hash text not null,
  kind text not null,
  definition_id text not null,
  version text not null,
  body jsonb not null,
  stored_at timestamp with time zone not null,
  CHECK ((kind = ANY (ARRAY['indicator'::text, 'release'::text]))),
  PRIMARY KEY (hash)
);
CREATE INDEX definitions_by_id ON evaluation.definitions USING btree (kind, definition_id);

create table evaluation.hosted_approvals (
  institution text not null,
  model_hash text not null,
  side text not null,
  approved_by text not null,
  approved_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((side = ANY (ARRAY['institution'::text, 'node'::text]))),
  PRIMARY KEY (institution, model_hash, side)
);

create table evaluation.hosted_models (
  institution text not null,
  model_hash text not null,
  name text not null,
  version_no integer not null,
  format text not null,
  content_bytes integer not null,
  manifest text not null,
  content text not null,
  uploaded_by text not null,
  uploaded_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((content_bytes > 0)),
  CHECK ((format = ANY (ARRAY['pmml'::text, 'onnx'::text]))),
  CHECK ((model_hash ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((version_no > 0)),
  PRIMARY KEY (institution, model_hash),
  UNIQUE (institution, name, version_no)
);
CREATE UNIQUE INDEX hosted_models_institution_name_version_no_key ON evaluation.hosted_models USING btree (institution, name, version_no);

create table evaluation.hosted_shadow_runs (
  enterprise_id bigint not null,
  run_id text not null,
  model_hash text not null,
  institution text not null,
  outcome text not null,
  score double precision,
  active_score double precision,
  at timestamp with time zone not null,
  CHECK ((outcome = ANY (ARRAY['scored'::text, 'no_score'::text, 'too_slow'::text, 'failed'::text, 'invalid'::text, 'not_permitted'::text]))),
  PRIMARY KEY (enterprise_id, run_id, model_hash)
);
CREATE INDEX hosted_shadow_runs_by_model ON evaluation.hosted_shadow_runs USING btree (institution, model_hash, enterprise_id, run_id);
CREATE INDEX hosted_shadow_runs_by_time ON evaluation.hosted_shadow_runs USING btree (at);

create table evaluation.hosted_states (
  institution text not null,
  model_hash text not null,
  state text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  name text not null,
  entered_by text not null,
  receipt_id text not null,
  CHECK ((state = ANY (ARRAY['draft'::text, 'validated'::text, 'shadow'::text, 'active'::text, 'retired'::text]))),
  PRIMARY KEY (institution, model_hash, state)
);
CREATE UNIQUE INDEX hosted_states_active ON evaluation.hosted_states USING btree (institution, name) WHERE ((known_to = 'infinity'::timestamp with time zone) AND (state = 'active'::text));
CREATE UNIQUE INDEX hosted_states_live ON evaluation.hosted_states USING btree (institution, model_hash) WHERE (known_to = 'infinity'::timestamp with time zone);

create table evaluation.model_approvals (
  model_hash text not null,
  approved_by text not null,
  approved_at timestamp with time zone not null,
  receipt_id text not null,
  PRIMARY KEY (model_hash, approved_by)
);

create table evaluation.model_checks (
  model_hash text not null,
  checked_at timestamp with time zone not null,
  is_passed boolean not null,
  gates jsonb not null,
  checked_by text not null,
  PRIMARY KEY (model_hash, checked_at)
);

create table evaluation.model_states (
  model_hash text not null,
  state text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  entered_by text not null,
  receipt_id text not null,
  kind text not null default 'index_system'::text,
  CHECK ((kind = ANY (ARRAY['index_system'::text, 'card'::text]))),
  CHECK ((state = ANY (ARRAY['draft'::text, 'validated'::text, 'shadow'::text, 'challenger'::text, 'champion'::text, 'retired'::text]))),
  PRIMARY KEY (model_hash, known_from)
);
CREATE UNIQUE INDEX model_states_champion ON evaluation.model_states USING btree (kind) WHERE ((known_to = 'infinity'::timestamp with time zone) AND (state = 'champion'::text));
CREATE UNIQUE INDEX model_states_live ON evaluation.model_states USING btree (model_hash) WHERE (known_to = 'infinity'::timestamp with time zone);

create table evaluation.models (
  model_hash text not null,
  system_id text not null,
  system_version text not null,
  grading_id text not null,
  grading_version text not null,
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamp with time zone not null,
  receipt_id text not null,
  kind text not null default 'index_system'::text,
  CHECK ((kind = ANY (ARRAY['index_system'::text, 'card'::text]))),
  CHECK ((model_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (model_hash)
);

create table evaluation.peer_figures (
  industry text not null,
  size_class text not null,
  indicator text not null,
  enterprises integer not null,
  quantiles double precision[] not null,
  known_at timestamp with time zone not null,
  CHECK ((enterprises >= 10)),
  PRIMARY KEY (industry, size_class, indicator)
);

create table evaluation.relation_keys (
  enterprise_id bigint not null,
  kind text not null,
  key text not null,
  role text not null,
  CHECK ((kind = ANY (ARRAY['shareholder_code'::text, 'person'::text]))),
  CHECK ((role = ANY (ARRAY['shareholder'::text, 'representative'::text]))),
  PRIMARY KEY (enterprise_id, kind, key, role)
);
CREATE INDEX relation_keys_by_key ON evaluation.relation_keys USING btree (key, kind);

create table evaluation.run_slices (
  run_no bigint not null,
  slice_no integer not null,
  from_id bigint not null,
  until_id bigint not null,
  ids bigint[],
  enterprises integer,
  digest bytea,
  figures jsonb,
  done_at timestamp with time zone,
  CHECK ((length(digest) = 32)),
  PRIMARY KEY (run_no, slice_no)
);
CREATE INDEX run_slices_open ON evaluation.run_slices USING btree (run_no, slice_no) WHERE (digest IS NULL);

create table evaluation.runs (
  run_no bigint not null generated always as identity,
  run_id text not null,
  kind text not null,
  role text not null,
  state text not null,
  model_hash text not null,
  system_hash text not null,
  grading_hash text not null,
  indicators_hash text not null,
  policy_hash text not null,
  as_of date not null,
  known_at timestamp with time zone not null,
  base_run_no bigint,
  since timestamp with time zone,
  baseline jsonb not null,
  baseline_run text not null,
  sample_every integer not null,
  started_by text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  enterprises bigint,
  merkle_root bytea,
  figures jsonb,
  receipt_id text,
  CHECK ((kind = ANY (ARRAY['full'::text, 'incremental'::text]))),
  CHECK ((role = ANY (ARRAY['champion'::text, 'challenger'::text, 'shadow'::text]))),
  CHECK ((sample_every > 0)),
  CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'abandoned'::text]))),
  PRIMARY KEY (run_no),
  UNIQUE (run_id)
);
CREATE INDEX runs_latest ON evaluation.runs USING btree (role, run_no DESC) WHERE (state = 'finished'::text);
CREATE UNIQUE INDEX runs_run_id_key ON evaluation.runs USING btree (run_id);
CREATE UNIQUE INDEX runs_under_way ON evaluation.runs USING btree (state) WHERE (state = 'running'::text);

create table evaluation.scores (
  enterprise_id bigint not null,
  run_no bigint not null,
  score integer,
  covered_marks integer,
  ceilings integer not null,
  state smallint not null,
  grade smallint,
  grade_by_score smallint,
  shown_grade smallint,
  undisputed_score integer,
  undisputed_grade smallint,
  noticed_until date,
  bins smallint[] not null,
  reasons smallint[] not null,
  CHECK (((state >= 0) AND (state <= 3))),
  PRIMARY KEY (enterprise_id, run_no)
);

create table evaluation.whitelist_backtests (
  list_id text not null,
  rules_hash text not null,
  backtest_id text not null,
  dates integer not null,
  figures jsonb not null,
  made_by text not null,
  made_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((dates > 0)),
  PRIMARY KEY (list_id, rules_hash, backtest_id)
);

create table evaluation.whitelist_entries (
  enterprise_id bigint not null,
  list_id text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  state text not null,
  rules_hash text not null,
  district text,
  industry text,
  size_class text,
  valid_until date,
  review_by date,
  reason text,
  rules text[] not null default '{}'::text[],
  note text,
  entered_by text not null,
  receipt_id text not null,
  CHECK (((state <> 'valid'::text) OR (valid_until IS NOT NULL))),
  CHECK (((state = ANY (ARRAY['left'::text, 'dropped'::text, 'rejected'::text])) = (reason IS NOT NULL))),
  CHECK ((known_to > known_from)),
  CHECK ((reason = ANY (ARRAY['rule_not_met'::text, 'excluded'::text, 'data_gone'::text, 'expired'::text, 'withdrawn'::text, 'review_rejected'::text, 'outside_slice'::text]))),
  CHECK ((state = ANY (ARRAY['candidate'::text, 'reviewed'::text, 'valid'::text, 'left'::text, 'rejected'::text, 'dropped'::text]))),
  PRIMARY KEY (enterprise_id, list_id, known_from)
);
CREATE INDEX whitelist_entries_by_list ON evaluation.whitelist_entries USING btree (list_id, state, enterprise_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX whitelist_entries_live ON evaluation.whitelist_entries USING btree (enterprise_id, list_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table evaluation.whitelist_opt_outs (
  enterprise_id bigint not null,
  list_id text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  said_by text not null,
  receipt_id text not null,
  CHECK ((known_to > known_from)),
  PRIMARY KEY (enterprise_id, list_id, known_from)
);
CREATE UNIQUE INDEX whitelist_opt_outs_live ON evaluation.whitelist_opt_outs USING btree (enterprise_id, list_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table evaluation.whitelist_publications (
  list_id text not null,
  rules_hash text not null,
  backtest_id text not null,
  published_by text not null,
  published_at timestamp with time zone not null,
  receipt_id text not null,
  PRIMARY KEY (list_id, rules_hash)
);

create table evaluation.whitelist_push_rows (
  enterprise_id bigint not null,
  list_id text not null,
  institution_id text not null,
  push_no integer not null,
  row_no integer not null,
  change text not null,
  code text,
  name text not null,
  valid_until date,
  reason text,
  disclosure_id text not null,
  at timestamp with time zone not null,
  CHECK (((change = 'left'::text) = (reason IS NOT NULL))),
  CHECK ((change = ANY (ARRAY['added'::text, 'renewed'::text, 'left'::text]))),
  PRIMARY KEY (enterprise_id, list_id, institution_id, push_no)
);
CREATE INDEX whitelist_push_rows_by_push ON evaluation.whitelist_push_rows USING btree (list_id, institution_id, push_no, row_no);

create table evaluation.whitelist_pushes (
  list_id text not null,
  institution_id text not null,
  push_no integer not null,
  push_id text not null,
  rules_hash text not null,
  known_at timestamp with time zone not null,
  rows integer not null,
  members integer not null,
  merkle_root text not null,
  pushed_by text not null,
  pushed_at timestamp with time zone not null,
  receipt_id text not null,
  fetched_at timestamp with time zone,
  fetched_by text,
  fetch_receipt_id text,
  CHECK ((push_no > 0)),
  CHECK ((rows > 0)),
  PRIMARY KEY (list_id, institution_id, push_no)
);

create table evaluation.whitelist_runs (
  list_id text not null,
  run_id text not null,
  rules_hash text not null,
  known_at timestamp with time zone not null,
  enterprises integer not null,
  met integer not null,
  entered integer not null,
  ended integer not null,
  merkle_root text not null,
  receipt_id text not null,
  at timestamp with time zone not null,
  PRIMARY KEY (list_id, run_id)
);

create table evaluation.whitelist_versions (
  list_id text not null,
  rules_hash text not null,
  version text not null,
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((rules_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (list_id, rules_hash)
);

create table information.claim_counts (
  institution text not null,
  day date not null,
  scope text not null,
  claims integer not null,
  CHECK ((claims > 0)),
  PRIMARY KEY (institution, day, scope)
);

create table information.claims (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  field text not null,
  record_key text not null,
  quarter text not null,
  salt bytea not null,
  claim_digest bytea not null,
  answer text,
  disclosure_id text not null,
  at timestamp with time zone not null,
  CHECK ((quarter ~ '^[0-9]{4}Q[1-4]$'::text)),
  PRIMARY KEY (enterprise_id, institution, contract_id, field, record_key, quarter)
);

create table information.query_file_pages (
  file_id text not null,
  page_no integer not null,
  sealed_lines text not null,
  sealed_answers text,
  CHECK ((page_no > 0)),
  PRIMARY KEY (file_id, page_no)
);

create table information.query_files (
  file_id text not null,
  participant_id text not null,
  caller_id text not null,
  digest text not null,
  lines integer not null,
  state text not null default 'received'::text,
  sealed_secret text not null,
  received_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  begun_at timestamp with time zone,
  done_at timestamp with time zone,
  remove_at timestamp with time zone,
  answered integer not null default 0,
  refused integer not null default 0,
  CHECK (((done_at IS NULL) = (remove_at IS NULL))),
  CHECK (((state = 'done'::text) = (done_at IS NOT NULL))),
  CHECK ((lines > 0)),
  CHECK ((state = ANY (ARRAY['received'::text, 'running'::text, 'done'::text]))),
  PRIMARY KEY (file_id)
);
CREATE INDEX query_files_done ON information.query_files USING btree (remove_at) WHERE (state = 'done'::text);
CREATE INDEX query_files_open ON information.query_files USING btree (due_at) WHERE (state <> 'done'::text);

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

create table lists.giving_grounds (
  enterprise_id bigint not null,
  contract_id text not null,
  institution_id text not null,
  consent_id text not null,
  data_from date not null,
  data_to date,
  deliveries_max integer not null,
  period_unit text not null,
  period_from date,
  deliveries integer not null default 0,
  valid_to timestamp with time zone not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  CHECK (((deliveries >= 0) AND (deliveries <= deliveries_max))),
  CHECK ((data_to >= data_from)),
  CHECK ((deliveries_max > 0)),
  CHECK ((period_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text]))),
  PRIMARY KEY (enterprise_id, contract_id, institution_id, consent_id, known_from)
);
CREATE UNIQUE INDEX giving_grounds_live ON lists.giving_grounds USING btree (enterprise_id, contract_id, institution_id, consent_id) WHERE (known_to = 'infinity'::timestamp with time zone);

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
CREATE INDEX marks_out_of_use ON lists.marks USING btree (contract_id) WHERE ((mark = ANY (ARRAY['repaired'::text, 'annulled'::text])) AND (known_to = 'infinity'::timestamp with time zone));

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

create table monitoring.alert_answers (
  enterprise_id bigint not null,
  answer_id text not null,
  alert_id text not null,
  answer text not null,
  said_by text not null,
  said_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK (((char_length(answer) >= 1) AND (char_length(answer) <= 500))),
  PRIMARY KEY (enterprise_id, answer_id)
);
CREATE INDEX alert_answers_of_alert ON monitoring.alert_answers USING btree (enterprise_id, alert_id, said_at);

create table monitoring.alert_recalls (
  enterprise_id bigint not null,
  recall_id text not null,
  alert_id text not null,
  version_no integer not null,
  institution_id text not null,
  platform_id text,
  reason text not null,
  contract text not null,
  delivery_no bigint not null,
  row_no integer not null,
  due_on date not null,
  due_is_certain boolean not null,
  recalled_by text not null,
  recalled_at timestamp with time zone not null,
  receipt_id text not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  acknowledged_receipt_id text,
  CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
  CHECK ((reason = ANY (ARRAY['corrected'::text, 'repaired'::text, 'withdrawn'::text]))),
  PRIMARY KEY (enterprise_id, recall_id)
);
CREATE INDEX alert_recalls_by_id ON monitoring.alert_recalls USING btree (recall_id);
CREATE INDEX alert_recalls_by_institution ON monitoring.alert_recalls USING btree (institution_id, recalled_at);
CREATE UNIQUE INDEX alert_recalls_once ON monitoring.alert_recalls USING btree (enterprise_id, alert_id, version_no);

create table monitoring.alert_versions (
  enterprise_id bigint not null,
  alert_id text not null,
  version_no integer not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  institution_id text not null,
  case_id text not null,
  cause text not null,
  state text not null,
  level text not null,
  signal_id text not null,
  rule_hash text not null,
  occurred_on date not null,
  signal_known_at timestamp with time zone not null,
  is_late boolean not null,
  is_disputed boolean not null,
  evidence jsonb not null,
  consent_id text,
  due_on date,
  due_is_certain boolean not null,
  snoozed_until date,
  escalation smallint not null,
  judgement text,
  action text,
  protected_fen bigint,
  said_by text not null,
  receipt_id text not null,
  disclosure_id text not null,
  CHECK (((escalation >= 0) AND (escalation <= 2))),
  CHECK (((state <> 'resolved'::text) OR ((action IS NOT NULL) AND (judgement IS NOT NULL)))),
  CHECK (((state = 'snoozed'::text) = (snoozed_until IS NOT NULL))),
  CHECK (((state = ANY (ARRAY['resolved'::text, 'recalled'::text, 'lapsed'::text])) = (due_on IS NULL))),
  CHECK ((action = ANY (ARRAY['renew'::text, 'reduce'::text, 'collect'::text, 'add_guarantee'::text, 'none'::text]))),
  CHECK ((cause = ANY (ARRAY['raised'::text, 'upgraded'::text, 'raised_again'::text, 'renewed'::text, 'pushed'::text, 'handled'::text, 'woken'::text, 'reopened'::text, 'escalated'::text, 'recalled'::text, 'lapsed'::text]))),
  CHECK ((judgement = ANY (ARRAY['confirmed'::text, 'useful_hint'::text, 'false_alarm'::text]))),
  CHECK ((known_to > known_from)),
  CHECK ((level = ANY (ARRAY['red'::text, 'orange'::text, 'yellow'::text, 'blue'::text]))),
  CHECK ((protected_fen >= 0)),
  CHECK ((state = ANY (ARRAY['raised'::text, 'pushed'::text, 'acknowledged'::text, 'in_progress'::text, 'snoozed'::text, 'confirmed'::text, 'useful_hint'::text, 'false_alarm'::text, 'resolved'::text, 'recalled'::text, 'lapsed'::text]))),
  CHECK ((version_no > 0)),
  PRIMARY KEY (enterprise_id, alert_id, version_no)
);
CREATE INDEX alert_versions_due ON monitoring.alert_versions USING btree (due_on) WHERE ((known_to = 'infinity'::timestamp with time zone) AND (due_on IS NOT NULL));
CREATE INDEX alert_versions_inbox ON monitoring.alert_versions USING btree (institution_id, alert_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX alert_versions_live ON monitoring.alert_versions USING btree (enterprise_id, alert_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX alert_versions_of_case ON monitoring.alert_versions USING btree (enterprise_id, case_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table monitoring.alerts (
  enterprise_id bigint not null,
  alert_id text not null,
  institution_id text not null,
  branch_id text not null,
  platform_id text,
  rule_id text not null,
  fact text not null,
  raised_at timestamp with time zone not null,
  PRIMARY KEY (enterprise_id, alert_id)
);
CREATE INDEX alerts_by_id ON monitoring.alerts USING btree (alert_id);
CREATE UNIQUE INDEX alerts_of_fact ON monitoring.alerts USING btree (enterprise_id, institution_id, rule_id, fact);

create table monitoring.cases (
  enterprise_id bigint not null,
  case_id text not null,
  institution_id text not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  outcome text,
  CHECK (((closed_at IS NULL) = (outcome IS NULL))),
  CHECK ((outcome = ANY (ARRAY['handled'::text, 'recalled'::text, 'lapsed'::text]))),
  PRIMARY KEY (enterprise_id, case_id)
);
CREATE INDEX cases_by_institution ON monitoring.cases USING btree (institution_id, case_id);
CREATE UNIQUE INDEX cases_open ON monitoring.cases USING btree (enterprise_id, institution_id) WHERE (closed_at IS NULL);

create table monitoring.endpoints (
  endpoint_id text not null,
  participant_id text not null,
  url text not null,
  state text not null,
  sealed_secret text not null,
  sealed_previous text,
  previous_until timestamp with time zone,
  registered_by text not null,
  registered_at timestamp with time zone not null,
  challenged_at timestamp with time zone,
  verified_at timestamp with time zone,
  failures integer not null default 0,
  rests_until timestamp with time zone,
  full_since timestamp with time zone,
  last_success_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  last_outcome text,
  CHECK (((sealed_previous IS NULL) = (previous_until IS NULL))),
  CHECK ((state = ANY (ARRAY['unverified'::text, 'active'::text, 'paused'::text, 'removed'::text]))),
  PRIMARY KEY (endpoint_id)
);
CREATE INDEX endpoints_by_participant ON monitoring.endpoints USING btree (participant_id) WHERE (state <> 'removed'::text);

create table monitoring.episodes (
  enterprise_id bigint not null,
  rule_id text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  level text not null,
  began_on date not null,
  cleared_on date,
  run_id text not null,
  institution_id text not null default ''::text,
  CHECK ((cleared_on >= began_on)),
  CHECK ((known_to > known_from)),
  CHECK ((level = ANY (ARRAY['red'::text, 'orange'::text, 'yellow'::text, 'blue'::text]))),
  PRIMARY KEY (enterprise_id, institution_id, rule_id, known_from)
);
CREATE UNIQUE INDEX episodes_live ON monitoring.episodes USING btree (enterprise_id, institution_id, rule_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table monitoring.followings (
  enterprise_id bigint not null,
  institution_id text not null,
  contract_id text not null,
  consent_id text not null,
  asked_at timestamp with time zone not null,
  outcome text not null,
  failures integer not null,
  due_at timestamp with time zone not null,
  CHECK ((due_at > asked_at)),
  CHECK ((failures >= 0)),
  CHECK ((outcome = ANY (ARRAY['asked'::text, 'ok'::text, 'no_data'::text, 'not_covered'::text, 'not_connected'::text, 'source_down'::text, 'stale'::text, 'not_whole'::text, 'dropped'::text, 'withheld'::text]))),
  PRIMARY KEY (enterprise_id, institution_id, contract_id)
);
CREATE INDEX followings_asked ON monitoring.followings USING btree (asked_at);

create table monitoring.looks (
  enterprise_id bigint not null,
  look_id text not null,
  institution_id text not null,
  consent_id text not null,
  run_id text not null,
  looked_at timestamp with time zone not null,
  contracts text[] not null,
  receipt_id text not null,
  place integer not null,
  leaves integer not null,
  path text[] not null,
  CHECK ((leaves > place)),
  CHECK ((place >= 0)),
  PRIMARY KEY (enterprise_id, look_id)
);
CREATE INDEX looks_by_time ON monitoring.looks USING btree (looked_at);

create table monitoring.message_counter (
  counter_id integer not null,
  last_number bigint not null,
  CHECK ((counter_id = 1)),
  PRIMARY KEY (counter_id)
);

create table monitoring.messages (
  queued_no bigint not null generated always as identity,
  message_id text not null,
  number bigint,
  institution_id text not null,
  platform_id text,
  enterprise_id bigint not null,
  type text not null,
  data jsonb not null,
  at timestamp with time zone not null,
  CHECK ((type ~ '^cn[.]xinqiao[.][a-z]+[.][a-z]+$'::text)),
  PRIMARY KEY (queued_no),
  UNIQUE (message_id),
  UNIQUE (number)
);
CREATE INDEX messages_by_institution ON monitoring.messages USING btree (institution_id, number);
CREATE INDEX messages_by_platform ON monitoring.messages USING btree (platform_id, number) WHERE (platform_id IS NOT NULL);
CREATE INDEX messages_by_time ON monitoring.messages USING btree (at);
CREATE UNIQUE INDEX messages_message_id_key ON monitoring.messages USING btree (message_id);
CREATE UNIQUE INDEX messages_number_key ON monitoring.messages USING btree (number);
CREATE INDEX messages_unnumbered ON monitoring.messages USING btree (queued_no) WHERE (number IS NULL);

create table monitoring.push_deliveries (
  endpoint_id text not null,
  number bigint not null,
  enterprise_id bigint not null,
  state text not null default 'waiting'::text,
  attempts integer not null default 0,
  queued_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  last_outcome text,
  ended_at timestamp with time zone,
  CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
  CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'dead'::text, 'withheld'::text]))),
  PRIMARY KEY (endpoint_id, number)
);
CREATE INDEX push_deliveries_due ON monitoring.push_deliveries USING btree (endpoint_id, due_at) WHERE (state = 'waiting'::text);
CREATE INDEX push_deliveries_ended ON monitoring.push_deliveries USING btree (endpoint_id, ended_at) WHERE (state <> 'waiting'::text);
CREATE INDEX push_deliveries_in_order ON monitoring.push_deliveries USING btree (endpoint_id, enterprise_id, number) WHERE (state = 'waiting'::text);

create table monitoring.push_receipts (
  endpoint_id text not null,
  day date not null,
  pushes integer not null,
  merkle_root text not null,
  receipt_id text not null,
  at timestamp with time zone not null,
  CHECK ((pushes > 0)),
  PRIMARY KEY (endpoint_id, day)
);

create table monitoring.rule_approvals (
  rule_hash text not null,
  shadow_from timestamp with time zone not null,
  approved_by text not null,
  approved_at timestamp with time zone not null,
  receipt_id text not null,
  PRIMARY KEY (rule_hash, shadow_from, approved_by)
);

create table monitoring.rule_backtests (
  rule_hash text not null,
  backtest_id text not null,
  is_passed boolean not null,
  figures jsonb not null,
  figures_hash text not null,
  made_by text not null,
  made_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((figures_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (rule_hash, backtest_id)
);
CREATE INDEX rule_backtests_latest ON monitoring.rule_backtests USING btree (rule_hash, made_at);

create table monitoring.rule_notices (
  notice_id text not null,
  rule_hash text not null,
  rule_id text not null,
  person text,
  what text not null,
  told_at timestamp with time zone not null,
  seen_at timestamp with time zone,
  seen_by text,
  CHECK (((seen_at IS NULL) = (seen_by IS NULL))),
  CHECK ((what = 'below_floor'::text)),
  PRIMARY KEY (notice_id)
);
CREATE INDEX rule_notices_open ON monitoring.rule_notices USING btree (told_at) WHERE (seen_at IS NULL);

create table monitoring.rule_precisions (
  rule_hash text not null,
  measured_at timestamp with time zone not null,
  since timestamp with time zone not null,
  judged integer not null,
  hits integer not null,
  floor numeric not null,
  is_below boolean not null,
  CHECK (((floor >= (0)::numeric) AND (floor <= (1)::numeric))),
  CHECK (((hits >= 0) AND (hits <= judged))),
  CHECK ((judged >= 0)),
  PRIMARY KEY (rule_hash, measured_at)
);

create table monitoring.rule_states (
  rule_hash text not null,
  rule_id text not null,
  state text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  reason text not null,
  entered_by text not null,
  receipt_id text not null,
  CHECK ((known_to > known_from)),
  CHECK ((reason = ANY (ARRAY['act'::text, 'package'::text, 'successor'::text, 'below_floor'::text]))),
  CHECK ((state = ANY (ARRAY['draft'::text, 'back_tested'::text, 'shadow'::text, 'active'::text, 'retired'::text]))),
  PRIMARY KEY (rule_hash, known_from)
);
CREATE UNIQUE INDEX rule_states_active ON monitoring.rule_states USING btree (rule_id) WHERE ((known_to = 'infinity'::timestamp with time zone) AND (state = 'active'::text));
CREATE UNIQUE INDEX rule_states_live ON monitoring.rule_states USING btree (rule_hash) WHERE (known_to = 'infinity'::timestamp with time zone);

create table monitoring.rule_words (
  rule_hash text not null,
  rule_id text not null,
  version text not null,
  name jsonb not null,
  action jsonb not null,
  basis text[] not null,
  CHECK ((rule_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (rule_hash)
);

create table monitoring.rules (
  rule_hash text not null,
  rule_id text not null,
  version text not null,
  body jsonb not null,
  proposed_by text not null,
  proposed_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((rule_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (rule_hash)
);
CREATE INDEX rules_by_id ON monitoring.rules USING btree (rule_id, proposed_at);

create table monitoring.runs (
  run_no bigint not null generated always as identity,
  run_id text not null,
  kind text not null,
  state text not null,
  rules_hash text not null,
  policy_hash text not null,
  as_of date not null,
  since timestamp with time zone,
  known_at timestamp with time zone not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  enterprises integer,
  signals integer,
  alerts integer,
  receipt_id text,
  looks integer,
  CHECK ((kind = ANY (ARRAY['touched'::text, 'sweep'::text]))),
  CHECK ((rules_hash ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'abandoned'::text]))),
  PRIMARY KEY (run_no),
  UNIQUE (run_id)
);
CREATE INDEX monitoring_runs_latest ON monitoring.runs USING btree (run_no DESC) WHERE (state = 'finished'::text);
CREATE UNIQUE INDEX runs_run_id_key ON monitoring.runs USING btree (run_id);

create table monitoring.signal_evidence (
  enterprise_id bigint not null,
  signal_id text not null,
  contract_id text not null,
  delivery_no bigint not null,
  row_no integer not null,
  known_from timestamp with time zone not null,
  PRIMARY KEY (enterprise_id, signal_id, contract_id, delivery_no, row_no, known_from)
);
CREATE INDEX signal_evidence_by_record ON monitoring.signal_evidence USING btree (enterprise_id, contract_id, delivery_no, row_no);

create table monitoring.signals (
  enterprise_id bigint not null,
  signal_id text not null,
  rule_id text not null,
  rule_hash text not null,
  level text not null,
  gravity smallint not null,
  fact text not null,
  role text not null,
  occurred_on date not null,
  known_at timestamp with time zone not null,
  is_late boolean not null,
  is_disputed boolean not null,
  value double precision,
  run_id text not null,
  found_at timestamp with time zone not null,
  institution_id text not null default ''::text,
  answer_digest text,
  CHECK (((gravity >= 1) AND (gravity <= 4))),
  CHECK ((answer_digest ~ '^[0-9a-f]{32}[.][0-9a-f]{64}$'::text)),
  CHECK ((level = ANY (ARRAY['red'::text, 'orange'::text, 'yellow'::text, 'blue'::text]))),
  CHECK ((role = ANY (ARRAY['active'::text, 'shadow'::text]))),
  CHECK ((rule_hash ~ '^[0-9a-f]{64}$'::text)),
  PRIMARY KEY (enterprise_id, signal_id)
);
CREATE INDEX signals_by_rule ON monitoring.signals USING btree (rule_id, found_at);
CREATE UNIQUE INDEX signals_once ON monitoring.signals USING btree (enterprise_id, institution_id, rule_id, fact, gravity);

create table monitoring.watches (
  enterprise_id bigint not null,
  watch_id text not null,
  institution_id text not null,
  branch_id text not null,
  platform_id text,
  since date not null,
  loans integer not null,
  balance_fen bigint not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  end_reason text,
  ended_on date,
  CHECK (((end_reason IS NULL) = (ended_on IS NULL))),
  CHECK (((end_reason IS NULL) OR (known_to < 'infinity'::timestamp with time zone))),
  CHECK ((balance_fen >= 0)),
  CHECK ((end_reason = ANY (ARRAY['settled'::text, 'written_off'::text, 'moved'::text]))),
  CHECK ((known_to > known_from)),
  CHECK ((loans > 0)),
  PRIMARY KEY (enterprise_id, watch_id, known_from)
);
CREATE UNIQUE INDEX watches_live ON monitoring.watches USING btree (enterprise_id, institution_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX watches_of_institution ON monitoring.watches USING btree (institution_id, watch_id) WHERE (known_to = 'infinity'::timestamp with time zone);

create table outcomes.applications (
  enterprise_id bigint not null,
  institution_id text not null,
  application_no text not null,
  channel text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  applied_on date not null,
  product text not null,
  requested_fen bigint not null,
  decision text not null,
  decision_reasons text[] not null,
  decided_on date,
  CHECK (((decision = 'pending'::text) = (decided_on IS NULL))),
  CHECK ((decided_on >= applied_on)),
  CHECK ((decision = ANY (ARRAY['approved'::text, 'declined'::text, 'withdrawn'::text, 'pending'::text]))),
  CHECK ((known_to > known_from)),
  CHECK ((requested_fen > 0)),
  PRIMARY KEY (enterprise_id, institution_id, application_no, channel, known_from)
);
CREATE UNIQUE INDEX applications_live ON outcomes.applications USING btree (enterprise_id, institution_id, application_no, channel) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX applications_reported ON outcomes.applications USING btree (institution_id, batch_id, item_no) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX applications_standing ON outcomes.applications USING btree (enterprise_id, institution_id, application_no) WHERE ((known_to = 'infinity'::timestamp with time zone) AND is_standing);

create table outcomes.balances (
  enterprise_id bigint not null,
  institution_id text not null,
  loan_no text not null,
  month date not null,
  channel text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  balance_fen bigint not null,
  overdue text not null,
  is_bad boolean not null,
  settled_on date,
  CHECK (((overdue = 'none'::text) OR (balance_fen > 0))),
  CHECK (((settled_on IS NULL) OR ((balance_fen = 0) AND (NOT is_bad)))),
  CHECK ((balance_fen >= 0)),
  CHECK ((known_to > known_from)),
  CHECK ((overdue = ANY (ARRAY['none'::text, 'd1_30'::text, 'd31_60'::text, 'd61_90'::text, 'd90_plus'::text]))),
  PRIMARY KEY (enterprise_id, institution_id, loan_no, month, channel, known_from)
);
CREATE UNIQUE INDEX balances_live ON outcomes.balances USING btree (enterprise_id, institution_id, loan_no, month, channel) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX balances_reported ON outcomes.balances USING btree (institution_id, batch_id, item_no) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX balances_standing ON outcomes.balances USING btree (enterprise_id, institution_id, loan_no, month) WHERE ((known_to = 'infinity'::timestamp with time zone) AND is_standing);

create table outcomes.batches (
  batch_id text not null,
  institution_id text not null,
  branch_id text not null,
  channel text not null,
  operator text not null,
  reported_by text not null,
  source text not null,
  month date,
  file_digest text,
  reported_at timestamp with time zone not null,
  items integer not null,
  new_items integer not null,
  confirmed_items integer not null,
  changed_items integer not null,
  corrected_items integer not null,
  unchanged_items integer not null,
  conflicting_items integer not null,
  refused_items integer not null,
  merkle_root text not null,
  receipt jsonb not null,
  CHECK ((items = ((((((new_items + confirmed_items) + changed_items) + corrected_items) + unchanged_items) + conflicting_items) + refused_items))),
  CHECK ((items > 0)),
  CHECK ((source = ANY (ARRAY['call'::text, 'sheet'::text]))),
  PRIMARY KEY (batch_id)
);
CREATE INDEX batches_institution ON outcomes.batches USING btree (institution_id, reported_at);

create table outcomes.conflicts (
  enterprise_id bigint not null,
  conflict_id text not null,
  institution_id text not null,
  kind text not null,
  fact_key jsonb not null,
  state text not null default 'open'::text,
  opened_at timestamp with time zone not null,
  opened_by_batch text not null,
  ended_at timestamp with time zone,
  accepted_channel text,
  decided_by text,
  CHECK ((((state = 'accepted'::text) = (accepted_channel IS NOT NULL)) AND ((state = 'accepted'::text) = (decided_by IS NOT NULL)))),
  CHECK (((state = 'open'::text) = (ended_at IS NULL))),
  CHECK ((kind = ANY (ARRAY['use'::text, 'application'::text, 'loan'::text, 'balance'::text]))),
  CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'dissolved'::text]))),
  PRIMARY KEY (enterprise_id, conflict_id)
);
CREATE INDEX conflicts_by_id ON outcomes.conflicts USING btree (conflict_id);
CREATE INDEX conflicts_ended ON outcomes.conflicts USING btree (institution_id, ended_at);
CREATE UNIQUE INDEX conflicts_open ON outcomes.conflicts USING btree (enterprise_id, institution_id, kind, fact_key) WHERE (state = 'open'::text);

create table outcomes.loans (
  enterprise_id bigint not null,
  institution_id text not null,
  loan_no text not null,
  channel text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  is_standing boolean not null,
  is_correction boolean not null,
  disclosure_id text not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  application_no text not null,
  amount_fen bigint not null,
  annual_rate_bp integer not null,
  term_months integer not null,
  guarantee text not null,
  is_first_loan boolean not null,
  is_credit_loan boolean not null,
  disbursed_on date not null,
  CHECK (((annual_rate_bp >= 0) AND (annual_rate_bp <= 3600))),
  CHECK ((amount_fen > 0)),
  CHECK ((is_credit_loan = (guarantee = 'none'::text))),
  CHECK ((known_to > known_from)),
  CHECK ((term_months > 0)),
  PRIMARY KEY (enterprise_id, institution_id, loan_no, channel, known_from)
);
CREATE UNIQUE INDEX loans_live ON outcomes.loans USING btree (enterprise_id, institution_id, loan_no, channel) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX loans_reported ON outcomes.loans USING btree (institution_id, batch_id, item_no) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX loans_standing ON outcomes.loans USING btree (enterprise_id, institution_id, loan_no) WHERE ((known_to = 'infinity'::timestamp with time zone) AND is_standing);

create table outcomes.refused_items (
  batch_id text not null,
  item_no integer not null,
  faults jsonb not null,
  raw jsonb not null,
  PRIMARY KEY (batch_id, item_no)
);

create table outcomes.uses (
  enterprise_id bigint not null,
  institution_id text not null,
  disclosure_id text not null,
  channel text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  is_standing boolean not null,
  is_correction boolean not null,
  batch_id text not null,
  item_no integer not null,
  content_hash text not null,
  was_used boolean not null,
  unused_reason text,
  CHECK ((known_to > known_from)),
  CHECK ((was_used = (unused_reason IS NULL))),
  PRIMARY KEY (enterprise_id, institution_id, disclosure_id, channel, known_from)
);
CREATE UNIQUE INDEX uses_live ON outcomes.uses USING btree (enterprise_id, institution_id, disclosure_id, channel) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX uses_reported ON outcomes.uses USING btree (institution_id, batch_id, item_no) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE UNIQUE INDEX uses_standing ON outcomes.uses USING btree (enterprise_id, institution_id, disclosure_id) WHERE ((known_to = 'infinity'::timestamp with time zone) AND is_standing);

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

create table returns.hops (
  hop_id text not null,
  month date not null,
  route text not null,
  about text not null,
  from_party text not null,
  to_party text not null,
  version_no integer not null,
  due_on date not null,
  due_is_certain boolean not null,
  state text not null,
  content_hash text,
  content jsonb,
  handed_in_by text,
  handed_in_at timestamp with time zone,
  receipt_id text,
  acknowledge_by date,
  acknowledged_by text,
  acknowledged_at timestamp with time zone,
  answer_reason text,
  acknowledge_receipt_id text,
  corrects_hop_id text,
  correction_reason text,
  CHECK ((((handed_in_at IS NULL) = (content_hash IS NULL)) AND ((handed_in_at IS NULL) = (receipt_id IS NULL)))),
  CHECK (((state <> 'rejected'::text) OR (answer_reason IS NOT NULL))),
  CHECK (((state <> ALL (ARRAY['acknowledged'::text, 'rejected'::text])) OR (acknowledged_at IS NOT NULL))),
  CHECK (((state = 'due'::text) = (handed_in_at IS NULL))),
  CHECK (((version_no = 1) = (corrects_hop_id IS NULL))),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((content_hash ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((route = ANY (ARRAY['institution_to_platform'::text, 'institution_to_node'::text, 'platform_to_node'::text, 'node_to_department'::text]))),
  CHECK ((state = ANY (ARRAY['due'::text, 'handed_in'::text, 'acknowledged'::text, 'rejected'::text, 'corrected'::text]))),
  CHECK ((version_no > 0)),
  PRIMARY KEY (hop_id),
  UNIQUE (month, about, from_party, to_party, version_no)
);
CREATE INDEX hops_by_party ON returns.hops USING btree (to_party, month);
CREATE INDEX hops_from_party ON returns.hops USING btree (from_party, month);
CREATE UNIQUE INDEX hops_month_about_from_party_to_party_version_no_key ON returns.hops USING btree (month, about, from_party, to_party, version_no);

create table returns.month_runs (
  month date not null,
  kind text not null,
  known_at timestamp with time zone not null,
  done_at timestamp with time zone,
  CHECK ((kind = ANY (ARRAY['first'::text, 'revision'::text]))),
  PRIMARY KEY (month, kind)
);

create table returns.month_versions (
  subject text not null,
  month date not null,
  version_no integer not null,
  known_at timestamp with time zone not null,
  content jsonb not null,
  content_hash text not null,
  corrects_hash text,
  reason text,
  sealed_by text not null,
  sealed_at timestamp with time zone not null,
  receipt_id text not null,
  CHECK ((((version_no = 1) = (corrects_hash IS NULL)) AND ((version_no = 1) = (reason IS NULL)))),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((content_hash ~ '^[0-9a-f]{64}$'::text)),
  CHECK ((version_no > 0)),
  PRIMARY KEY (subject, month, version_no)
);

create table returns.query_months (
  institution_id text not null,
  month date not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  queries integer not null,
  unused integer not null,
  enterprises integer not null,
  largest integer,
  CHECK (((largest >= 1) AND (largest <= queries))),
  CHECK (((unused >= 0) AND (unused <= queries))),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((enterprises > 0)),
  CHECK ((known_to > known_from)),
  CHECK ((queries > 0)),
  PRIMARY KEY (institution_id, month, known_from)
);
CREATE UNIQUE INDEX query_months_live ON returns.query_months USING btree (institution_id, month) WHERE (known_to = 'infinity'::timestamp with time zone);

create table returns.reported_totals (
  institution_id text not null,
  month date not null,
  channel text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  borrowers integer not null,
  first_borrowers integer not null,
  loans integer not null,
  lent_fen bigint not null,
  credit_fen bigint not null,
  balance_fen bigint not null,
  hop_id text not null,
  reported_by text not null,
  CHECK (((credit_fen >= 0) AND (credit_fen <= lent_fen))),
  CHECK (((first_borrowers >= 0) AND (first_borrowers <= borrowers))),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((balance_fen >= 0)),
  CHECK ((borrowers >= 0)),
  CHECK ((known_to > known_from)),
  CHECK ((lent_fen >= 0)),
  CHECK ((loans >= borrowers)),
  PRIMARY KEY (institution_id, month, channel, known_from)
);
CREATE UNIQUE INDEX reported_totals_live ON returns.reported_totals USING btree (institution_id, month, channel) WHERE (known_to = 'infinity'::timestamp with time zone);

create table returns.unused_queries (
  enterprise_id bigint not null,
  disclosure_id text not null,
  known_from timestamp with time zone not null,
  known_to timestamp with time zone not null default 'infinity'::timestamp with time zone,
  institution_id text not null,
  platform_id text,
  kind text not null,
  purpose text not null,
  given_at timestamp with time zone not null,
  unused_reason text,
  CHECK ((known_to > known_from)),
  PRIMARY KEY (enterprise_id, disclosure_id, known_from)
);
CREATE UNIQUE INDEX unused_queries_live ON returns.unused_queries USING btree (enterprise_id, disclosure_id) WHERE (known_to = 'infinity'::timestamp with time zone);
CREATE INDEX unused_queries_of ON returns.unused_queries USING btree (institution_id, given_at, disclosure_id) WHERE (known_to = 'infinity'::timestamp with time zone);

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
CREATE INDEX disclosures_at ON security.disclosures USING brin (at);
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
