-- The nightly sweep looks for what versions in shadow said longest ago.
create index hosted_shadow_runs_by_time on evaluation.hosted_shadow_runs (at);
