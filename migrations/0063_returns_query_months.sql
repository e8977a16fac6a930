-- For the floor of statistics (policy article 12): queries about the enterprise that an institution asked about most in the
-- month. A ratio that rests on one is not shown. Null where it was counted before; the next sweep counts it.
alter table returns.query_months add column largest integer check (largest between 1 and queries);
