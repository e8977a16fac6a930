-- Institutions' own models (policy articles 3 and 9). Small and kept whole on Citus, but for the shadow runs.
create schema if not exists evaluation;

-- One version of a model: never changed. Manifest and content are sealed under the institution's data key.
create table evaluation.hosted_models (
  institution text not null,
  -- Of institution, manifest and content's digest in canonical form.
  model_hash text not null check (model_hash ~ '^[0-9a-f]{64}$'),
  name text not null,
  version_no integer not null check (version_no > 0),
  format text not null check (format in ('pmml', 'onnx')),
  content_bytes integer not null check (content_bytes > 0),
  manifest text not null,
  content text not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null,
  receipt_id text not null,
  primary key (institution, model_hash),
  unique (institution, name, version_no)
);

-- Where each version stands, and where it stood.
create table evaluation.hosted_states (
  institution text not null,
  model_hash text not null,
  state text not null check (state in ('draft', 'validated', 'shadow', 'active', 'retired')),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  name text not null,
  entered_by text not null,
  receipt_id text not null,
  primary key (institution, model_hash, state)
);
create unique index hosted_states_live on evaluation.hosted_states (institution, model_hash) where known_to = 'infinity';
create unique index hosted_states_active on evaluation.hosted_states (institution, name)
  where known_to = 'infinity' and state = 'active';

-- One person of the institution and one of the node, neither the one who uploaded it.
create table evaluation.hosted_approvals (
  institution text not null,
  model_hash text not null,
  side text not null check (side in ('institution', 'node')),
  approved_by text not null,
  approved_at timestamptz not null,
  receipt_id text not null,
  primary key (institution, model_hash, side)
);

-- What a version in shadow said beside the active one; returned to nobody but as figures over many enterprises.
create table evaluation.hosted_shadow_runs (
  enterprise_id bigint not null,
  run_id text not null,
  model_hash text not null,
  institution text not null,
  outcome text not null check (outcome in ('scored', 'no_score', 'too_slow', 'failed', 'invalid', 'not_permitted')),
  score double precision,
  -- Of the active version in the same run; null: there was none, or it had no score.
  active_score double precision,
  at timestamptz not null,
  primary key (enterprise_id, run_id, model_hash)
);
create index hosted_shadow_runs_by_model on evaluation.hosted_shadow_runs (institution, model_hash, enterprise_id, run_id);
