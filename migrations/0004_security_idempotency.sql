-- Idempotency keys (policy article 13: the same call is answered once and counts once), and the way from a disclosure's
-- id to its parties. The first table is local to the coordinator on Citus: a key belongs to a participant, not to an enterprise.

-- One row per key that a participant has used in the last day. Of the key itself only a hash is kept, and the answer is
-- sealed under the key: the node can open it with the participant's next call alone.
create table security.idempotency (
  participant_id text not null,
  operation text not null,
  key_hash bytea not null,
  state text not null check (state in ('reserved', 'completed')),
  -- Of the attempt that holds the key; an attempt that came too late does not find it any more.
  lease_id bytea not null,
  lease_until timestamptz not null,
  suite text not null,
  salt bytea not null,
  -- Keyed by the key too, so that a request cannot be guessed from it.
  request_tag bytea not null,
  sealed_answer bytea,
  expires_at timestamptz not null,
  primary key (participant_id, operation, key_hash),
  check ((state = 'completed') = (sealed_answer is not null))
);
create index idempotency_expires on security.idempotency (expires_at);

-- Outcomes, evidence and objections name a disclosure by its id alone; ids begin with the time, so entries are appended.
create index disclosures_by_id on security.disclosures (disclosure_id);
