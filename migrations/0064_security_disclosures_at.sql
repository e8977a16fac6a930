-- Accesses go after ten years, and a recall looks back for some months: rows lie in the order of time.
create index disclosures_at on security.disclosures using brin (at);
