-- What decisions depended on holds no ids, so that thousands of disclosures rest on the same facts: they are kept once,
-- by their hash. A reference table on Citus.
create table security.decision_facts (
  facts_hash text primary key,
  facts jsonb not null
);

alter table security.disclosures add column facts_hash text;
insert into security.decision_facts (facts_hash, facts)
  select distinct on (facts) 'sha256:' || encode(sha256(facts::text::bytea), 'hex'), facts
  from security.disclosures where facts is not null
  on conflict do nothing;
update security.disclosures set facts_hash = 'sha256:' || encode(sha256(facts::text::bytea), 'hex')
  where facts is not null;
alter table security.disclosures drop column facts;

-- A sealed answer is chance to whoever would compress it, and is read and deleted with its row: kept in place, as it is.
alter table security.idempotency set (toast_tuple_target = 8160);
alter table security.idempotency alter column sealed_answer set storage external;
