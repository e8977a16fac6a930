-- Duties of the node as processor of personal information (policy articles 12 and 13): the register of processing as it stood,
-- impact assessments by two persons, incidents with every step, and who was told. Notices lie with their enterprise; the rest are
-- reference tables on Citus.
create schema if not exists rights;

-- The register as generated from contracts and definition; a change of either makes the next version.
create table rights.processing_registers (
  register_no integer primary key check (register_no > 0),
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  definition_version text not null,
  -- RFC 8785: what the digest is over.
  content text not null,
  known_from timestamptz not null,
  receipt_id text not null
);

-- The questions as they were asked, for ever.
create table rights.assessment_templates (
  template_hash text primary key check (template_hash ~ '^[0-9a-f]{64}$'),
  version text not null,
  definition jsonb not null,
  known_from timestamptz not null
);

-- One filling in of the template for one activity. Answers and reasons stand sealed.
create table rights.impact_assessments (
  assessment_id text primary key,
  activity_id text not null,
  version_no integer not null check (version_no > 0),
  template_hash text not null,
  register_no integer not null,
  -- What the activity read of persons when it was assessed.
  scope_digest text not null check (scope_digest ~ '^[0-9a-f]{64}$'),
  answers_sealed text not null,
  answers_digest text not null check (answers_digest ~ '^[0-9a-f]{64}$'),
  risk text not null check (risk in ('low', 'medium', 'high')),
  state text not null check (state in ('waiting', 'approved', 'rejected')),
  filled_by text not null,
  filled_at timestamptz not null,
  filled_receipt_id text not null,
  decided_by text,
  decided_at timestamptz,
  reason_sealed text,
  decided_receipt_id text,
  valid_until date,
  kept_until date not null,
  unique (activity_id, version_no),
  check (num_nulls(decided_by, decided_at, decided_receipt_id) in (0, 3)),
  check ((state = 'waiting') = (decided_at is null)),
  check ((state = 'approved') = (valid_until is not null)),
  check (decided_by <> filled_by)
);
create unique index impact_assessments_waiting on rights.impact_assessments (activity_id) where state = 'waiting';

-- An incident as it stands: what its steps come to.
create table rights.incidents (
  incident_id text primary key,
  kind text not null check (kind in ('leak', 'tampering', 'loss')),
  state text not null check (state in ('open', 'scoped', 'told', 'not_told', 'closing', 'closed')),
  noticed_at timestamptz not null,
  opened_at timestamptz not null,
  -- By the time-limit profile in force when it was opened; null: it names no day.
  regulators_due_on date,
  persons_due_on date,
  profile text not null,
  -- Of the last scope; null before.
  enterprises integer check (enterprises >= 0),
  persons integer check (persons >= 0),
  sole_traders integer check (sole_traders >= 0)
);
create index incidents_open on rights.incidents (incident_id) where state <> 'closed';

-- The timeline: appended, never changed.
create table rights.incident_steps (
  incident_id text not null,
  step_no integer not null check (step_no > 0),
  act text not null check (act in (
    'opened', 'measure', 'scoped', 'regulator_told', 'withholding_proposed', 'withholding_approved', 'withholding_rejected',
    'notice_ordered', 'persons_told', 'closing_proposed', 'closing_rejected', 'closed')),
  at timestamptz not null,
  by_id text not null,
  words_sealed text,
  -- Ids, closed words and counts.
  facts jsonb not null,
  receipt_id text not null,
  primary key (incident_id, step_no)
);

-- Whom an incident concerns, and what each was told. `step_no`: the step whose words are the notice.
create table rights.incident_notices (
  enterprise_id bigint not null,
  incident_id text not null,
  disclosures integer not null check (disclosures >= 0),
  records integer not null check (records >= 0),
  persons integer not null check (persons >= 0),
  step_no integer,
  told_at timestamptz,
  receipt_id text,
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledged_receipt_id text,
  primary key (enterprise_id, incident_id),
  check (num_nulls(step_no, told_at, receipt_id) in (0, 3)),
  check (num_nulls(acknowledged_at, acknowledged_by, acknowledged_receipt_id) in (0, 3)),
  check (told_at is not null or acknowledged_at is null)
);
create index incident_notices_of on rights.incident_notices (incident_id, enterprise_id);
create index incident_notices_untold on rights.incident_notices (incident_id, enterprise_id) where told_at is null;
