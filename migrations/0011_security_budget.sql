-- 披露预算 (policy article 8, 可用不可见): how many bits about an enterprise an institution has been told in a quarter,
-- by contract. Verification, statistics, scores and modelling draw on the same ledger. Booked before the answer.
create table security.disclosure_budget (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  -- Calendar quarter in Beijing, 2026Q1.
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  bits_booked numeric(14,6) not null check (bits_booked >= 0),
  primary key (enterprise_id, institution, contract_id, quarter)
);

-- What each booking was for; their sum is the ledger's figure.
create table security.disclosure_budget_entries (
  enterprise_id bigint not null,
  institution text not null,
  contract_id text not null,
  quarter text not null,
  disclosure_id text not null,
  kind text not null,
  bits numeric(14,6) not null check (bits > 0),
  at timestamptz not null,
  primary key (enterprise_id, institution, contract_id, quarter, disclosure_id)
);
