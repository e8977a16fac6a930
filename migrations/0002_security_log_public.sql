-- The log made public (policy article 13): what is served is what was signed, and nothing is kept beside it that could
-- say otherwise. A checkpoint is its note: origin, root and keys stand in it, under its signatures. A leaf's hash is
-- made from the leaf.
alter table security.log_checkpoints
  drop column origin,
  drop column root,
  drop column suite,
  drop column kid,
  drop column at;
-- One signature may cover the receipts of a group. It is kept once, with the hashes of their texts (32 bytes each),
-- under the id of the first of them; a receipt that was signed alone has its own signature and no group.
alter table security.receipts
  drop column leaf_hash,
  alter column signature drop not null,
  add column group_id text;
create table security.receipt_groups (
  group_id text primary key,
  signature bytea not null,
  hashes bytea not null
);
