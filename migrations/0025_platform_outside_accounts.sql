-- Accounts of people who sign in at the city's identity provider (policy article 13): one link per account, made by a
-- person with that right. The provider's name for the person may be an identity number: only its HMAC under a key that
-- is not in the database is kept. Reference table on Citus; small, whatever the city.
create table platform.outside_accounts (
  subject_hash bytea primary key,
  account_id text not null unique,
  linked_by text not null,
  linked_at timestamptz not null
);
