-- Evaluation (policy article 9): definitions that values were computed by.
create schema evaluation;

-- Every definition of an indicator or release rule that was ever in force, by the hash of its canonical form; never changed,
-- never deleted. Whatever keeps a value keeps this hash. A reference table on Citus.
create table evaluation.definitions (
  hash text primary key,
  kind text not null check (kind in ('indicator', 'release')),
  definition_id text not null,
  version text not null,
  body jsonb not null,
  stored_at timestamptz not null
);
create index definitions_by_id on evaluation.definitions (kind, definition_id);
