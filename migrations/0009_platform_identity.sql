-- Identity (policy articles 1 to 4, 13): the programs that institutions and platforms run, the state of the OAuth
-- server, used proofs, and the second factor of people. Local or reference tables on Citus; small, whatever the city.

-- A program of an institution or platform (OAuth client). It holds its private keys itself; the node knows public ones.
create table platform.clients (
  client_id text primary key check (client_id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
  participant_id text not null,
  label text not null,
  redirect_uris text[] not null,
  grant_types text[] not null,
  made_by text not null,
  made_at timestamptz not null,
  disabled_by text,
  disabled_at timestamptz
);
create index clients_participant on platform.clients (participant_id);

-- Public keys of a client (JWK, RFC 7517). A key that is retired still says which client held it.
create table platform.client_keys (
  client_id text not null,
  kid text not null,
  jwk jsonb not null,
  made_by text not null,
  made_at timestamptz not null,
  retired_at timestamptz,
  primary key (client_id, kid)
);

-- State of the OAuth server between requests: pushed requests, interactions, codes, grants, refresh tokens.
-- `consumed_at` is set at most once; whoever sets it has used the row.
create table platform.oauth_state (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  expires_at timestamptz,
  consumed_at timestamptz,
  primary key (model, id)
);
create index oauth_state_grant on platform.oauth_state (grant_id) where grant_id is not null;
create index oauth_state_uid on platform.oauth_state (model, uid) where uid is not null;
create index oauth_state_expires on platform.oauth_state (expires_at);

-- DPoP proofs (RFC 9449) that were used, by a hash, until their nonce has ended. Unlogged: a crash of the server
-- forgets at most five minutes of them, and only who holds a proof and its token could use one again within these.
create unlogged table platform.used_proofs (
  proof_hash bytea primary key,
  expires_at timestamptz not null
);
create index used_proofs_expires on platform.used_proofs (expires_at);

-- Second factor of an account (TOTP, RFC 6238). The secret is sealed under a key that is not in the database.
-- `last_step` is the time step of the last code that was accepted: none is accepted twice.
create table platform.second_factors (
  account_id text primary key,
  sealed_secret bytea not null,
  made_at timestamptz not null,
  confirmed_at timestamptz,
  last_step bigint not null
);

-- Codes for the day the phone is lost, each good once. 80 random bits, so that a plain hash does not give them away.
create table platform.recovery_codes (
  account_id text not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (account_id, code_hash)
);
