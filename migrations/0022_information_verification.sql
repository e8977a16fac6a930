-- 核验 (policy article 8): what was claimed of a field and what was answered, one claim per institution, record, field
-- and quarter. The claimed value itself is not kept: a salted digest tells whether the same is claimed again.
create schema if not exists information;

create table information.claims (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  field text not null,
  -- Digest of the record's natural key.
  record_key text not null,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  salt bytea not null,
  claim_digest bytea not null,
  -- Null only inside the transaction that answers.
  answer text,
  disclosure_id text not null,
  at timestamptz not null,
  primary key (enterprise_id, institution, contract_id, field, record_key, quarter)
);

-- New claims of a day in Beijing, by institution as a whole, by enterprise and by field. Local on Citus.
create table information.claim_counts (
  institution text not null,
  day date not null,
  scope text not null,
  claims integer not null check (claims > 0),
  primary key (institution, day, scope)
);
