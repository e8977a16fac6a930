-- What a decision was made on (policy article 13): enough to make it again, and the policies it was made under.
alter table security.disclosures
  add column branch text,
  add column consent_id text,
  add column application text,
  add column facts jsonb;
alter table security.disclosures drop constraint disclosures_kind_check;
alter table security.disclosures add constraint disclosures_kind_check check (kind in
  ('answer', 'verification', 'report', 'export', 'score', 'whitelist_entry', 'alert'));
create index disclosures_consent on security.disclosures (consent_id, at) where consent_id is not null;

-- Every access policy that was ever in force, by its hash, with the texts of its files. A reference table on Citus.
create table security.policy_versions (
  hash text primary key,
  files jsonb not null,
  in_force_from timestamptz not null
);

-- Refused attempts of an enterprise, for its accesses.
drop index security.leaf_bodies_subject;
create index leaf_bodies_subject on security.leaf_bodies (subject_id, receipt_id) where subject_id is not null;
