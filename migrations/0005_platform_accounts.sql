-- Accounts and sessions (policy articles 1 to 4): who may sign in, for whom, and who is signed in now.
-- Reference tables on Citus; small, whatever the size of the city.
create schema platform;

-- One person's or one machine's account. A password is kept as scrypt output with its own salt and cost,
-- so that the cost can be raised without anyone signing in anew.
create table platform.accounts (
  account_id text primary key,
  login text not null unique check (login ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
  kind text not null check (kind in ('operator', 'provider', 'reader', 'enterprise')),
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
  made_at timestamptz not null,
  password_changed_at timestamptz not null,
  disabled_at timestamptz,
  check ((kind = 'enterprise') = (enterprise_id is not null)),
  check (kind <> 'provider' or organisation is not null)
);

-- Attempts by SHA-256 of the login as typed: a login that does not exist rests like one that does.
create table platform.sign_in_attempts (
  login_hash bytea primary key,
  attempts integer not null,
  last_at timestamptz not null
);
create index sign_in_attempts_last on platform.sign_in_attempts (last_at);

-- The token itself is nowhere: whoever reads this table cannot sign in with it.
create table platform.sessions (
  token_hash bytea primary key,
  account_id text not null,
  started_at timestamptz not null,
  last_seen_at timestamptz not null
);
create index sessions_account on platform.sessions (account_id);
create index sessions_last_seen on platform.sessions (last_seen_at);

-- Searches per account and minute, in the database so that all processes count together.
create table platform.search_counts (
  account_id text not null,
  minute timestamptz not null,
  searches integer not null,
  primary key (account_id, minute)
);
