-- The watch list (policy article 10): whose loans are live, and so who is watched for whom.
create schema if not exists monitoring;

-- An enterprise is watched for an institution while a loan of that institution to it is live. Each row is one version:
-- a change ends it and begins the next under the same watch_id, and what ended stays as it was known. `since` and
-- `ended_on` are when it was so in the world, known_from and known_to when the node knew it.
-- Whether the enterprise also consented is not written here: it is looked up at every use.
create table monitoring.watches (
  enterprise_id bigint not null,
  watch_id text not null,
  institution_id text not null,
  -- The office to which the loan was granted on data of this node; the institution itself where none is named.
  branch_id text not null,
  -- Through which the institution reports the loan; null: directly.
  platform_id text,
  -- First day on which a loan was live, in Beijing.
  since date not null,
  loans integer not null check (loans > 0),
  balance_fen bigint not null check (balance_fen >= 0),
  known_from timestamptz not null,
  known_to timestamptz not null default 'infinity' check (known_to > known_from),
  -- On the last version: why it ended. moved: the register reads its loans under another enterprise.
  end_reason text check (end_reason in ('settled', 'written_off', 'moved')),
  ended_on date,
  primary key (enterprise_id, watch_id, known_from),
  check ((end_reason is null) = (ended_on is null)),
  check (end_reason is null or known_to < 'infinity')
);
create unique index watches_live on monitoring.watches (enterprise_id, institution_id) where known_to = 'infinity';
create index watches_of_institution on monitoring.watches (institution_id, watch_id) where known_to = 'infinity';
