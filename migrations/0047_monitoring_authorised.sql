-- 授权信息的监测 (policy article 10): signals and episodes of one lender's consent, looks under consents, and what is asked of
-- sources for whom. All distributed by enterprise on Citus.

-- Empty: found on public records, for whoever watches. Else found under the consent given to this institution, for it alone.
alter table monitoring.signals add column institution_id text not null default '';
-- Of an answer that was fetched at its source and is not kept: `<salt>.<sha-256>`, hex.
alter table monitoring.signals add column answer_digest text check (answer_digest ~ '^[0-9a-f]{32}[.][0-9a-f]{64}$');
drop index monitoring.signals_once;
create unique index signals_once on monitoring.signals (enterprise_id, institution_id, rule_id, fact, gravity);

alter table monitoring.episodes add column institution_id text not null default '';
alter table monitoring.episodes drop constraint episodes_pkey;
alter table monitoring.episodes add primary key (enterprise_id, institution_id, rule_id, known_from);
drop index monitoring.episodes_live;
create unique index episodes_live on monitoring.episodes (enterprise_id, institution_id, rule_id)
  where known_to = 'infinity';

-- Each look at what an enterprise authorised, whether or not anything was found. Kept for two years; the leaf for ever.
create table monitoring.looks (
  enterprise_id bigint not null,
  look_id text not null,
  institution_id text not null,
  consent_id text not null,
  run_id text not null,
  looked_at timestamptz not null,
  contracts text[] not null,
  -- The leaf of the receipt holds the root of a Merkle tree (RFC 6962): this look's place in it, and its path to the root.
  receipt_id text not null,
  place integer not null check (place >= 0),
  leaves integer not null check (leaves > place),
  path text[] not null,
  primary key (enterprise_id, look_id)
);
create index looks_by_time on monitoring.looks (looked_at);

-- Which source was last asked about an enterprise under the consent for an institution, and when it is asked again.
create table monitoring.followings (
  enterprise_id bigint not null,
  institution_id text not null,
  contract_id text not null,
  consent_id text not null,
  asked_at timestamptz not null,
  -- asked: nobody has said what came of it; a process that ended there leaves it so until it is due again. withheld: the
  -- consent does not serve for asking, and nobody was asked.
  outcome text not null check (outcome in ('asked', 'ok', 'no_data', 'not_covered', 'not_connected', 'source_down', 'stale',
    'not_whole', 'dropped', 'withheld')),
  failures integer not null check (failures >= 0),
  due_at timestamptz not null check (due_at > asked_at),
  primary key (enterprise_id, institution_id, contract_id)
);
create index followings_asked on monitoring.followings (asked_at);

alter table monitoring.runs add column looks integer;
