-- Each publication asks what of its dataset is repaired or annulled, which is little.
create index marks_out_of_use on lists.marks (contract_id)
  where mark in ('repaired', 'annulled') and known_to = 'infinity';
