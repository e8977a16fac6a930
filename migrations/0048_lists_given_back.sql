-- 逆向共享 (policy article 11): which enterprise lets which institution give which of its data back, as its consents stand.
-- Consent writes a row with every change of a state, in the same transaction; delivery and reading look here.
-- Distributed by enterprise on Citus.
create table lists.giving_grounds (
  enterprise_id bigint not null,
  contract_id text not null,
  institution_id text not null,
  consent_id text not null,
  -- Rows of this business time alone, Beijing dates; no end: up to the day of delivery.
  data_from date not null,
  data_to date check (data_to >= data_from),
  -- At most so many deliveries a period that bring rows of the enterprise, and how many the period under way has had.
  deliveries_max integer not null check (deliveries_max > 0),
  period_unit text not null check (period_unit in ('day', 'week', 'month')),
  period_from date,
  deliveries integer not null default 0 check (deliveries between 0 and deliveries_max),
  -- It runs out by itself; a pause or a revocation ends the row.
  valid_to timestamptz not null,
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity',
  primary key (enterprise_id, contract_id, institution_id, consent_id, known_from)
);
create unique index giving_grounds_live on lists.giving_grounds (enterprise_id, contract_id, institution_id, consent_id)
  where known_to = 'infinity';
